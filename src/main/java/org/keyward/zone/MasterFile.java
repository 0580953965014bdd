package org.keyward.zone;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;
import org.keyward.content.Content;
import org.keyward.content.ContentException;
import org.keyward.content.Reading;
import org.keyward.content.RecordType;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.RecordData;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * Master files (RFC 1035, section 5) to rows as PowerDNS's tables hold them, and back. {@code
 * $INCLUDE} is refused: whoever may send a zone must not read this machine's files with it.
 */
public final class MasterFile {
  /** Made anew when the zone is signed, so not taken over. */
  private static final Set<String> GENERATED =
      Set.of("RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "TYPE46", "TYPE47", "TYPE50", "TYPE51");

  /** What is plain is written in a master file as in a row, and need not be read to know it. */
  private static final Set<String> SAME_IN_FILES = Set.of("A", "TXT");

  private MasterFile() {}

  /**
   * Reads a zone.
   *
   * @throws IOException naming the line that is wrong
   */
  public static List<RecordRow> read(InputStream in, Name origin) throws IOException {
    return read(in, origin, records -> {});
  }

  /**
   * Reads a zone.
   *
   * @param progress is told after each record how many there are
   * @throws IOException naming the line that is wrong
   */
  public static List<RecordRow> read(InputStream in, Name origin, IntConsumer progress)
      throws IOException {
    List<RecordRow> rows = new ArrayList<>();
    MasterEntries.read(
        in,
        origin,
        entry -> {
          if (!entry.owner().subdomain(origin)) {
            throw new IOException("it is outside " + NameText.of(origin));
          }
          if (!GENERATED.contains(entry.type())) {
            rows.add(checked(row(entry)));
            progress.accept(rows.size());
          }
        });
    return rows;
  }

  /** The database refuses it too, and does not know the line. */
  private static RecordRow checked(RecordRow row) throws IOException {
    Optional<String> fault = InternationalNames.fault(row);
    if (fault.isPresent()) {
      throw new IOException(fault.get());
    }
    return row;
  }

  private static RecordRow row(MasterEntries.Entry entry) throws IOException {
    int number =
        MissingTypes.number(entry.type())
            .orElseThrow(
                () ->
                    new IOException(
                        "PowerDNS knows no type '"
                            + entry.type()
                            + "'; write one that it knows, or TYPE and its number with the form for"
                            + " unknown types (RFC 3597)"));
    RecordType type = RecordType.of(number);
    byte[] data = MasterData.read(number, entry.data(), entry.origin());
    return RecordRow.of(entry.owner(), type.mnemonic(), content(type, data, entry), entry.ttl());
  }

  /** What PowerDNS cannot read stays as it is written, and is reported. */
  private static String content(RecordType type, byte[] data, MasterEntries.Entry entry)
      throws IOException {
    if (entry.data().contains("hint=")) {
      String asked = MasterData.target(entry.data(), entry.origin());
      if (isLive(type, asked)) {
        return asked;
      }
    }
    try {
      return Content.write(type, data);
    } catch (ContentException e) {
      Record typed = RecordData.typed(entry.owner(), type.number(), 0, data);
      return typed == null ? entry.data() : typed.rdataToString();
    }
  }

  private static boolean isLive(RecordType type, String content) {
    try {
      return Content.read(type.mnemonic(), content).live();
    } catch (ContentException e) {
      return false;
    }
  }

  /**
   * Names in content have no trailing dot in PowerDNS's tables, whatever the type; the root keeps
   * its dot, and text in quotes and escaped dots are left alone.
   */
  static String withoutTrailingDots(String content) {
    StringBuilder undotted = new StringBuilder(content.length());
    boolean quoted = false;
    for (int i = 0; i < content.length(); i++) {
      char c = content.charAt(i);
      if (c == '\\' && i + 1 < content.length()) {
        undotted.append(c).append(content.charAt(++i));
        continue;
      }
      quoted ^= c == '"';
      boolean last = i + 1 == content.length() || Character.isWhitespace(content.charAt(i + 1));
      boolean first = i == 0 || Character.isWhitespace(content.charAt(i - 1));
      if (c != '.' || quoted || !last || first) {
        undotted.append(c);
      }
    }
    return undotted.toString();
  }

  /**
   * Writes rows as a master file with absolute names.
   *
   * @return what cannot be written, each with the reason; it is a comment in the file
   */
  public static List<RecordProblem> write(List<RecordRow> rows, PrintWriter out) {
    List<RecordProblem> leftOut = new ArrayList<>();
    for (RecordRow row : rows) {
      try {
        out.println(line(row));
      } catch (IOException e) {
        String reason = String.valueOf(e.getMessage());
        leftOut.add(new RecordProblem(NameText.of(row.owner()), row.type(), row.content(), reason));
        out.println(("; left out: " + text(row, row.type(), row.content())).replaceAll("\\R", " "));
      }
    }
    out.flush();
    return leftOut;
  }

  private static String line(RecordRow row) throws IOException {
    if (row.ttl() < 0) {
      throw new IOException("the TTL " + row.ttl() + " is negative");
    }
    if (SAME_IN_FILES.contains(row.type()) && PlainRows.areServed(List.of(row), Name.root)) {
      return text(row, row.type(), row.content());
    }
    Reading reading = RecordParser.reading(row);
    String data = data(row, reading);
    return text(row, MasterData.name(reading.type(), data), data);
  }

  /**
   * The content of a row as a master file has it: names whole, the priority in front.
   *
   * @throws IOException saying why it cannot be written
   */
  public static String content(RecordRow row) throws IOException {
    return SAME_IN_FILES.contains(row.type()) && PlainRows.areServed(List.of(row), Name.root)
        ? row.content()
        : data(row, RecordParser.reading(row));
  }

  private static String data(RecordRow row, Reading reading) throws IOException {
    RecordType type = reading.type();
    if (reading.live()) {
      return MasterData.withFinalDot(type.number(), row.content());
    }
    requireSame(type, reading.data());
    return MasterData.write(type, reading.data());
  }

  /** When it comes back it is written anew. */
  private static void requireSame(RecordType type, byte[] data) throws IOException {
    byte[] again = Content.read(type.mnemonic(), Content.write(type, data)).data();
    if (!Arrays.equals(again, data)) {
      throw new IOException("what is written of it is not read as the same");
    }
  }

  private static String text(RecordRow row, String type, String data) {
    return NameText.absolute(row.owner())
        + "\t"
        + row.ttl()
        + "\tIN\t"
        + type
        + (data.isEmpty() ? "" : "\t" + data);
  }

  /** What is wrong with a zone's rows, each with a reason. */
  public static List<RecordProblem> problems(ZoneData data, java.time.Clock clock) {
    return new LoadedZone(data, clock).problems();
  }
}
