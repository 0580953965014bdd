package org.keyward.zone;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;
import org.keyward.content.Content;
import org.keyward.content.ContentException;
import org.keyward.content.RecordType;
import org.keyward.dnssec.AddedTypes;
import org.keyward.dnssec.RecordData;
import org.keyward.dnssec.RrsetSigner;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Master files (RFC 1035, section 5) to rows as PowerDNS's tables hold them, and back. {@code
 * $INCLUDE} is refused: whoever may send a zone must not read this machine's files with it.
 */
public final class MasterFile {
  /** Made anew when the zone is signed, so not taken over. */
  private static final Set<Integer> GENERATED =
      Set.of(Type.RRSIG, Type.NSEC, Type.NSEC3, Type.NSEC3PARAM);

  static {
    AddedTypes.register();
  }

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
    try (Master master = new Master(in, origin)) {
      master.disableIncludes(true);
      for (Record record = next(master); record != null; record = next(master)) {
        if (!record.getName().subdomain(origin)) {
          throw new IOException(
              record.getName() + " " + Type.string(record.getType()) + " is outside " + origin);
        }
        if (!GENERATED.contains(record.getType())) {
          rows.add(row(record));
          progress.accept(rows.size());
        }
      }
    }
    return rows;
  }

  private static Record next(Master master) throws IOException {
    try {
      return master.nextRecord();
    } catch (TextParseException e) {
      if (String.valueOf(e.getMessage()).contains("$INCLUDE")) {
        throw new IOException(
            e.getMessage() + "; put the files together first: named-compilezone does it", e);
      }
      throw e;
    }
  }

  private static RecordRow row(Record record) {
    RecordType type = RecordType.of(record.getType());
    Name owner = RrsetSigner.lowerCase(record.getName());
    return RecordRow.of(owner, type.mnemonic(), content(type, record), record.getTTL());
  }

  /** What PowerDNS cannot read stays as it is written, and is reported. */
  private static String content(RecordType type, Record record) {
    try {
      return Content.write(type, RecordData.of(record));
    } catch (ContentException e) {
      return record.rdataToString();
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

  /** Writes rows as a master file with absolute names. */
  public static void write(List<RecordRow> rows, PrintWriter out) {
    for (RecordRow row : rows) {
      try {
        Record record = RecordParser.typed(row);
        out.println(
            row.owner()
                + "\t"
                + record.getTTL()
                + "\tIN\t"
                + row.type()
                + "\t"
                + record.rdataToString());
      } catch (IOException e) {
        out.println(
            "; not a record that DNS knows: "
                + row.owner()
                + " "
                + row.ttl()
                + " IN "
                + row.type()
                + " "
                + row.content());
      }
    }
    out.flush();
  }

  /** What is wrong with a zone's rows, each with a reason. */
  public static List<RecordProblem> problems(ZoneData data, java.time.Clock clock) {
    return new LoadedZone(data, clock).problems();
  }
}
