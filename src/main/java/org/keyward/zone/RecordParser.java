package org.keyward.zone;

import java.io.IOException;
import java.util.Set;
import org.keyward.content.Content;
import org.keyward.content.ContentException;
import org.keyward.content.Reading;
import org.keyward.content.RecordType;
import org.keyward.content.Release;
import org.keyward.dnssec.RecordData;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * From rows as PowerDNS's tables hold them to records. PowerDNS parses the content of a row itself,
 * so a record here is what it makes of the row, byte for byte: that is what is signed.
 */
public final class RecordParser {
  /** Types that PowerDNS expands itself, so they cannot be signed ahead. */
  private static final Set<String> LIVE_TYPES = Set.of("ALIAS", "LUA");

  private static final Set<String> SERVICES = Set.of("SVCB", "HTTPS");

  /** Types that Keyward or PowerDNS make themselves; stored ones are left over from elsewhere. */
  private static final Set<String> GENERATED =
      Set.of("NSEC", "NSEC3", "NSEC3PARAM", "RRSIG", "TYPE47", "TYPE50", "TYPE51", "TYPE46");

  private static final Set<String> WITH_PRIORITY = Set.of("MX", "SRV", "TYPE15", "TYPE33");

  private RecordParser() {}

  /** Whether PowerDNS makes its data, or a part of them, while it answers. */
  public static boolean isLive(RecordRow row) {
    return LIVE_TYPES.contains(row.type()) || (SERVICES.contains(row.type()) && hasLiveHints(row));
  }

  private static boolean hasLiveHints(RecordRow row) {
    try {
      return row.content().contains("auto") && reading(row).live();
    } catch (ContentException e) {
      return false;
    }
  }

  public static boolean isGenerated(RecordRow row) {
    return GENERATED.contains(row.type());
  }

  /** Whether the priority, which has a column of its own, is a part of the content. */
  static boolean hasPriority(String type) {
    return WITH_PRIORITY.contains(type);
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
    return record(row, reading(row), ttl);
  }

  /**
   * The record as dnsjava takes it apart.
   *
   * @throws IOException saying what is wrong with it
   */
  public static Record typed(RecordRow row) throws IOException {
    Reading reading = reading(row);
    Record typed =
        RecordData.typed(row.owner(), reading.type().number(), row.ttl(), reading.data());
    return typed == null ? record(row, reading, row.ttl()) : typed;
  }

  static boolean isAlias(RecordRow row) throws ContentException {
    return row.type().equals("CNAME") && reading(row).type().number() == Type.CNAME;
  }

  static Reading reading(RecordRow row) throws ContentException {
    return Content.read(row.type(), servedContent(row));
  }

  static Record record(RecordRow row, Reading reading, long ttl) throws IOException {
    if (row.ttl() < 0) {
      throw new IOException("the TTL " + row.ttl() + " is negative");
    }
    return RecordData.record(row.owner(), reading.type().number(), ttl, reading.data());
  }

  /** Under the name that all releases of PowerDNS have for its type. */
  static RecordRow named(RecordRow row, Reading reading) {
    RecordType type = reading.type();
    boolean named = row.type().equals(type.mnemonic()) || !type.named().equals(Release.all());
    return named
        ? row
        : new RecordRow(
            row.id(), row.owner(), type.mnemonic(), row.content(), row.ttl(), row.priority());
  }

  /** The number of a type that was read before. */
  static int number(RecordRow row) {
    try {
      return RecordType.named(row.type()).number();
    } catch (ContentException e) {
      throw new IllegalStateException("it was read before: " + row, e);
    }
  }

  /** The content as PowerDNS gets it: the priority in front. */
  static String servedContent(RecordRow row) {
    return hasPriority(row.type()) ? row.priority() + " " + row.content() : row.content();
  }
}
