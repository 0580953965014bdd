package org.keyward.zone;

import java.io.IOException;
import java.util.Set;
import org.keyward.dnssec.AddedTypes;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Between rows as PowerDNS's tables hold them and dnsjava's records. */
public final class RecordParser {
  /** Types that only PowerDNS knows: it expands them itself, so they cannot be signed ahead. */
  private static final Set<String> LIVE_TYPES = Set.of("ALIAS", "LUA", "ENT", "A+", "WALLET");

  /** Types that no PowerDNS knows by name: it would serve an empty name. */
  private static final Set<String> UNKNOWN_TYPES = Set.of("AMTRELAY", "TALINK");

  private static final String GENERIC_FORM = "\\#";

  /** Types that Keyward or PowerDNS make themselves; stored ones are left over from elsewhere. */
  private static final Set<String> GENERATED = Set.of("NSEC", "NSEC3", "NSEC3PARAM", "RRSIG");

  static {
    AddedTypes.register();
  }

  private RecordParser() {}

  public static boolean isLive(RecordRow row) {
    return LIVE_TYPES.contains(row.type());
  }

  /**
   * PowerDNS reads the form of RFC 3597 for types that it does not know alone, and answers SERVFAIL
   * for the whole name when it meets it elsewhere.
   */
  static void requireOwnForm(RecordRow row) throws IOException {
    if (UNKNOWN_TYPES.contains(row.type())) {
      throw new IOException(
          "PowerDNS does not know this type by name; write it as TYPE"
              + Type.value(row.type())
              + " in the form for unknown types (RFC 3597)");
    }
    if (row.content().startsWith(GENERIC_FORM) && !row.type().startsWith("TYPE")) {
      throw new IOException(
          "it is in the form for unknown types, which PowerDNS does not read for "
              + row.type()
              + "; write it in the form of its type");
    }
  }

  public static boolean isGenerated(RecordRow row) {
    return GENERATED.contains(row.type());
  }

  /**
   * The record that a row stands for.
   *
   * @throws IOException saying what is wrong with it
   */
  public static Record parse(RecordRow row) throws IOException {
    return parse(row, row.ttl());
  }

  /**
   * The same with the TTL of its set.
   *
   * @throws IOException saying what is wrong with it
   */
  static Record parse(RecordRow row, long ttl) throws IOException {
    int type = Type.value(row.type(), true);
    if (type < 0) {
      throw new IOException("'" + row.type() + "' is no record type");
    }
    if (row.ttl() < 0) {
      throw new IOException("the TTL " + row.ttl() + " is negative");
    }
    try {
      return Record.fromString(row.owner(), type, DClass.IN, ttl, servedContent(row), Name.root);
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** The content as PowerDNS gets it: the priority, which has a column of its own, in front. */
  static String servedContent(RecordRow row) {
    boolean priority = row.type().equals("MX") || row.type().equals("SRV");
    return priority ? row.priority() + " " + row.content() : row.content();
  }
}
