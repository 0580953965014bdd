package org.keyward.zone;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.keyward.content.Content;
import org.keyward.content.ContentException;
import org.keyward.content.RecordType;
import org.keyward.dnssec.AddedTypes;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.RecordData;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * The data of records in master files. dnsjava reads and writes most types; the others, and what it
 * reads wrongly, are here.
 */
final class MasterData {
  private static final String MARK = "\\#";
  private static final int ALIAS = 65401;
  private static final int LUA = 65402;

  /** Types without names in their data, or with one that is made absolute here. */
  private static final Set<Integer> WITHOUT_NAMES =
      Set.of(
          Type.TXT,
          Type.HINFO,
          Type.LOC,
          Type.APL,
          Type.SPF,
          Type.URI,
          Type.CAA,
          ALIAS,
          LUA,
          67,
          68);

  /** Names must be absolute in what is written, whatever the origin. */
  private static final Name PROBE = Name.fromConstantString("relative.invalid.");

  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}\\.?|[0-9a-fA-F:]*:[0-9a-fA-F:.]*");

  private static final Pattern LOCATION =
      Pattern.compile(
          "(\\d+)(?: (\\d+))?(?: ([\\d.]+))? ([NSns]) (\\d+)(?: (\\d+))?(?: ([\\d.]+))? ([EWew])"
              + " (.*)");

  static {
    AddedTypes.register();
  }

  private MasterData() {}

  /**
   * From text to wire.
   *
   * @param text words with one space between them
   */
  static byte[] read(int type, String text, Name origin) throws IOException {
    String[] words = text.split(" ");
    if (words[0].equals(MARK)) {
      return generic(words);
    }
    Optional<byte[]> added = MissingTypes.read(type, text, origin);
    if (added.isPresent()) {
      return added.get();
    }
    return switch (type) {
      case Type.A -> address(type, text, " is no IPv4 address; write four numbers like 192.0.2.1");
      case Type.AAAA -> address(type, text, " is no IPv6 address; write it like 2001:db8::1");
      case Type.NS, Type.MX, Type.SRV, Type.CNAME, Type.DNAME, Type.PTR, ALIAS -> {
        refuseAddress(words[words.length - 1]);
        yield parsed(type, text, origin);
      }
      case Type.LOC -> parsed(type, location(text), origin);
      case Type.SVCB, Type.HTTPS -> service(type, text, origin);
      default -> parsed(type, text, origin);
    };
  }

  private static byte[] address(int type, String text, String fault) throws IOException {
    try {
      return parsed(type, text, Name.root);
    } catch (IOException e) {
      throw new IOException("'" + text + "'" + fault, e);
    }
  }

  /** By the rules it is a name in the zone, and nobody means that. */
  private static void refuseAddress(String target) throws IOException {
    if (ADDRESS.matcher(target).matches()) {
      throw new IOException(
          "'" + target + "' is an address; write the name of the host that has it");
    }
  }

  /** As dnsjava reads it, and else as PowerDNS does, if no name could be taken for absolute. */
  private static byte[] parsed(int type, String text, Name origin) throws IOException {
    try {
      return RecordData.of(Record.fromString(Name.root, type, DClass.IN, 0, text, origin));
    } catch (IOException | RuntimeException e) { // WKS without services
      if (!WITHOUT_NAMES.contains(type)) {
        throw e instanceof IOException io ? io : new IOException(e.getMessage(), e);
      }
      try {
        String absolute = type == ALIAS ? absolute(text, origin) : text;
        return Content.read(RecordType.of(type).mnemonic(), absolute).data();
      } catch (ContentException other) {
        throw e instanceof IOException io ? io : new IOException(e.getMessage(), e);
      }
    }
  }

  private static byte[] generic(String[] words) throws IOException {
    if (words.length < 2 || !words[1].matches("\\d{1,5}")) {
      throw new IOException("the length is missing after \\#");
    }
    String digits = String.join("", Arrays.asList(words).subList(2, words.length));
    if (!digits.matches("[0-9A-Fa-f]*") || digits.length() != 2 * Integer.parseInt(words[1])) {
      throw new IOException("the hexadecimal digits are not twice as many as the length says");
    }
    return HexFormat.of().parseHex(digits);
  }

  /** Minutes and seconds may be left out (RFC 1876, section 3). */
  private static String location(String text) {
    Matcher at = LOCATION.matcher(text);
    return at.matches()
        ? "%s %s %s %s %s %s %s %s %s"
            .formatted(
                at.group(1),
                orZero(at.group(2)),
                orZero(at.group(3)),
                at.group(4),
                at.group(5),
                orZero(at.group(6)),
                orZero(at.group(7)),
                at.group(8),
                at.group(9))
        : text;
  }

  private static String orZero(String number) {
    return number == null ? "0" : number;
  }

  /** dnsjava takes an address of IPv6 that holds one of IPv4 for one of IPv4. */
  private static byte[] service(int type, String text, Name origin) throws IOException {
    try {
      return Content.read(Type.string(type), target(text, origin)).data();
    } catch (ContentException e) {
      return parsed(type, text, origin);
    }
  }

  /** SVCB or HTTPS with its target absolute and without a final dot, as it stands in rows. */
  static String target(String text, Name origin) throws IOException {
    String[] words = text.split(" ", 3);
    if (words.length < 2) {
      throw new IOException("the target is missing");
    }
    words[1] = absolute(words[1], origin);
    return String.join(" ", words);
  }

  private static String absolute(String name, Name origin) throws IOException {
    return NameText.of(Name.fromString(name, origin));
  }

  /** The name of a type that goes with its data: the number with the form for unknown types. */
  static String name(RecordType type, String data) {
    boolean numbered = type.mnemonic().startsWith("TYPE") && !data.startsWith(MARK);
    return numbered ? Type.string(type.number()) : type.mnemonic();
  }

  /** What stands behind the type in a master file: the type's own form, if it has one. */
  static String write(RecordType type, byte[] data) {
    return ownForm(type, data)
        .orElse(
            MARK
                + " "
                + data.length
                + (data.length == 0 ? "" : " " + HexFormat.of().formatHex(data)));
  }

  private static Optional<String> ownForm(RecordType type, byte[] data) {
    try {
      String content = withFinalDot(type.number(), Content.write(type, data));
      if (!content.startsWith(MARK) && isReadAs(type, content, data)) {
        return Optional.of(content);
      }
    } catch (ContentException e) {
      // PowerDNS has no form for these data.
    }
    return dnsjavaForm(type.number(), data)
        .filter(text -> !text.startsWith(MARK) && isReadAs(type, text, data));
  }

  private static Optional<String> dnsjavaForm(int type, byte[] data) {
    try {
      return Optional.ofNullable(RecordData.typed(Name.root, type, 0, data))
          .map(Record::rdataToString);
    } catch (RuntimeException e) {
      return Optional.empty(); // it takes data from the wire that it cannot write
    }
  }

  /** Of the name that these types have: elsewhere names in rows have none. */
  static String withFinalDot(int type, String content) {
    return switch (type) {
      case ALIAS -> content.replaceFirst("([^.])$", "$1.");
      case Type.SVCB, Type.HTTPS -> content.replaceFirst("^(\\S+ \\S*[^. ])(?= |$)", "$1.");
      default -> content;
    };
  }

  /** Also behind a name, where parentheses and semicolons mean something. */
  private static boolean isReadAs(RecordType type, String text, byte[] data) {
    try {
      MasterLines line =
          new MasterLines(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
      String words = line.next() ? String.join(" ", line.words()) : "";
      return Arrays.equals(read(type.number(), words, PROBE), data);
    } catch (IOException e) {
      return false;
    }
  }
}
