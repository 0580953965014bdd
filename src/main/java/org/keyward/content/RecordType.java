package org.keyward.content;

import static org.keyward.content.Field.BASE64;
import static org.keyward.content.Field.CERTIFICATE_TYPE;
import static org.keyward.content.Field.HEX;
import static org.keyward.content.Field.IPV4;
import static org.keyward.content.Field.IPV6;
import static org.keyward.content.Field.LOCATOR;
import static org.keyward.content.Field.NAME;
import static org.keyward.content.Field.STRING;
import static org.keyward.content.Field.STRINGS;
import static org.keyward.content.Field.TAG;
import static org.keyward.content.Field.TIME;
import static org.keyward.content.Field.TYPE;
import static org.keyward.content.Field.TYPES;
import static org.keyward.content.Field.U16;
import static org.keyward.content.Field.U32;
import static org.keyward.content.Field.U8;
import static org.keyward.content.Field.VALUE;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.Type;

/**
 * A record type as PowerDNS knows it.
 *
 * @param number as it goes over the wire
 * @param mnemonic as PowerDNS writes it, for example {@code MX}; {@code TYPE65534} for those
 *     without a name
 * @param layout of its data
 * @param named the releases that know the mnemonic and the layout; the others know the form for
 *     unknown types
 */
public record RecordType(int number, String mnemonic, Layout layout, Set<Release> named) {
  private static final String NUMBERED = "TYPE";
  private static final int TXT = 16;
  private static final int MOST = 0xffff;

  /** They have the form for unknown types, though they have a name. */
  private static final Map<String, Integer> WITHOUT_LAYOUT =
      Map.of("SIG", 24, "A6", 38, "ADDR", 65400);

  /** PowerDNS makes these records itself: they are in lists of types, and never in a row. */
  private static final Map<String, Integer> MADE_BY_POWERDNS =
      Map.of("NSEC3", 50, "NSEC3PARAM", 51);

  /** Of questions and of messages: never in a zone. */
  private static final Set<Integer> META = Set.of(0, 41, 249, 250, 251, 252, 253, 254, 255);

  private static final Set<String> META_NAMES =
      Set.of("OPT", "TKEY", "TSIG", "IXFR", "AXFR", "MAILB", "MAILA", "ANY");

  private static final Map<String, RecordType> BY_NAME = new HashMap<>();
  private static final Map<Integer, RecordType> BY_NUMBER = new HashMap<>();

  static {
    Fields name = Fields.of(NAME);
    Fields preferredName = Fields.of(U16, NAME);
    Fields strings = Fields.of(STRINGS);
    Fields key = Fields.of(U16, U8, U8, BASE64);
    Fields digest = Fields.of(U16, U8, U8, HEX);
    Fields association = Fields.of(U8, U8, U8, HEX);
    Fields base64 = Fields.of(BASE64);
    ServiceBinding service = new ServiceBinding();
    add(1, "A", Fields.of(IPV4));
    add(2, "NS", name);
    add(5, "CNAME", name);
    add(6, "SOA", Fields.of(NAME, NAME, U32, U32, U32, U32, U32));
    add(7, "MB", name);
    add(8, "MG", name);
    add(9, "MR", name);
    add(12, "PTR", name);
    add(13, "HINFO", Fields.of(STRING, STRING));
    add(14, "MINFO", Fields.of(NAME, NAME));
    add(15, "MX", preferredName);
    add(TXT, "TXT", strings);
    add(17, "RP", Fields.of(NAME, NAME));
    add(18, "AFSDB", preferredName);
    add(25, "KEY", key);
    add(28, "AAAA", Fields.of(IPV6));
    add(29, "LOC", new Location());
    add(33, "SRV", Fields.of(U16, U16, U16, NAME));
    add(35, "NAPTR", Fields.of(U16, U16, STRING, STRING, STRING, NAME));
    add(36, "KX", preferredName);
    add(37, "CERT", Fields.of(CERTIFICATE_TYPE, U16, U8, BASE64));
    add(39, "DNAME", name);
    add(42, "APL", new AddressPrefixes());
    add(43, "DS", digest);
    add(44, "SSHFP", Fields.of(U8, U8, HEX));
    add(45, "IPSECKEY", new IpsecKey());
    add(46, "RRSIG", Fields.of(TYPE, U8, U8, U32, TIME, TIME, U16, NAME, BASE64));
    add(47, "NSEC", Fields.of(NAME, TYPES));
    add(48, "DNSKEY", key);
    add(49, "DHCID", base64);
    add(52, "TLSA", association);
    add(53, "SMIMEA", association);
    add(57, "RKEY", key);
    add(59, "CDS", digest);
    add(60, "CDNSKEY", key);
    add(61, "OPENPGPKEY", base64);
    add(62, "CSYNC", Fields.of(U32, U16, TYPES));
    add(63, "ZONEMD", Fields.of(U32, U8, U8, HEX));
    add(64, "SVCB", service);
    add(65, "HTTPS", service);
    add(99, "SPF", strings);
    add(104, "NID", Fields.of(U16, LOCATOR));
    add(105, "L32", Fields.of(U16, IPV4));
    add(106, "L64", Fields.of(U16, LOCATOR));
    add(107, "LP", preferredName);
    add(108, "EUI48", new HardwareAddress(6));
    add(109, "EUI64", new HardwareAddress(8));
    add(256, "URI", Fields.of(U16, U16, VALUE));
    add(257, "CAA", Fields.of(U8, TAG, VALUE));
    add(32769, "DLV", digest);
    add(65401, "ALIAS", name);
    add(65402, "LUA", Fields.of(TYPE, STRINGS));
    later(67, "HHIT", base64);
    later(68, "BRID", base64);
    later(261, "RESINFO", strings);
    later(262, "WALLET", strings);
    WITHOUT_LAYOUT.forEach((mnemonic, number) -> add(number, mnemonic, new GenericData()));
  }

  private static void add(int number, String mnemonic, Layout layout) {
    add(new RecordType(number, mnemonic, layout, Release.all()));
  }

  private static void later(int number, String mnemonic, Layout layout) {
    add(new RecordType(number, mnemonic, layout, Set.of(Release.R5_1)));
  }

  private static void add(RecordType type) {
    BY_NAME.put(type.mnemonic, type);
    BY_NUMBER.put(type.number, type);
  }

  /** The type of that number, whichever it is. */
  public static RecordType of(int number) {
    RecordType known = BY_NUMBER.get(number);
    return known == null
        ? new RecordType(number, NUMBERED + number, new GenericData(), Release.all())
        : known;
  }

  /**
   * The type that PowerDNS takes a name for.
   *
   * @param name for example {@code MX} or {@code TYPE65534}
   * @throws ContentException when it is none that may be in a zone
   */
  public static RecordType named(String name) throws ContentException {
    String upper = name.toUpperCase(Locale.ROOT);
    RecordType known = BY_NAME.get(upper);
    if (known != null) {
      return known;
    }
    int number = isNumbered(upper) ? Integer.parseInt(upper.substring(NUMBERED.length())) : -1;
    if (META_NAMES.contains(upper) || META.contains(number)) {
      throw new ContentException("the type '" + name + "' is none that a zone has");
    }
    if (number < 0 || number > MOST) {
      throw new ContentException(
          "PowerDNS does not know the type '"
              + name
              + "' by name; write it as "
              + (Type.value(upper) > 0 ? NUMBERED + Type.value(upper) : "TYPE and its number")
              + ", with the form for unknown types"
              + " (RFC 3597)");
    }
    return of(number);
  }

  static boolean isNumbered(String upper) {
    return upper.matches(NUMBERED + "[0-9]{1,6}");
  }

  boolean isText() {
    return number == TXT;
  }

  /** The number of a type in a list of types. */
  static int listed(Text in) throws ContentException {
    String name = Text.string(in.word());
    String upper = name.toUpperCase(Locale.ROOT);
    RecordType known = BY_NAME.get(upper);
    if (known != null && !WITHOUT_LAYOUT.containsKey(upper)) {
      in.only(known.named, "it names the type " + known.mnemonic);
      return known.number;
    }
    if (MADE_BY_POWERDNS.containsKey(upper)) {
      return MADE_BY_POWERDNS.get(upper);
    }
    if (!name.startsWith(NUMBERED) && !name.startsWith(NUMBERED.toLowerCase(Locale.ROOT))) {
      throw new ContentException("'" + name + "' in a list of types is none that PowerDNS knows");
    }
    String digits = name.substring(NUMBERED.length());
    return digits.isEmpty() ? 0 : Numbers.leading(digits, MOST);
  }

  /** The name of a type in a list of types, as all releases read it. */
  public static String listed(int number) {
    RecordType type = of(number);
    boolean everywhere =
        type.named.equals(Release.all()) && !WITHOUT_LAYOUT.containsKey(type.mnemonic);
    return everywhere && !MADE_BY_POWERDNS.containsValue(number)
        ? type.mnemonic
        : madeByPowerDns(number).orElse(NUMBERED + number);
  }

  private static Optional<String> madeByPowerDns(int number) {
    return MADE_BY_POWERDNS.entrySet().stream()
        .filter(made -> made.getValue() == number)
        .map(Map.Entry::getKey)
        .findFirst();
  }
}
