package org.keyward.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.keyward.zone.RecordRow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/**
 * Reads rows of {@code records} as COPY sends them in binary: for each field four bytes of length,
 * -1 for null, and the value. Shares what is the same in many rows. One thread at a time.
 */
final class CopiedRecord {
  private static final Logger log = LoggerFactory.getLogger(CopiedRecord.class);

  /** What {@link #read} reads, in its order; the zone first. */
  static final String COLUMNS =
      "domain_id::INT, id::BIGINT, ttl::INT, prio::INT, name::TEXT, type::TEXT, content::TEXT";

  /** The fields' count, and the length of the first one, are in front of it. */
  private static final int ZONE_AT = Short.BYTES + Integer.BYTES;

  private static final int SHARED = 1 << 14;
  private static final Map<String, String> TYPES = types();

  /** By hash; whoever comes later takes the place. Threads may overwrite each other's: no harm. */
  private static final String[] CONTENTS = new String[SHARED];

  private final byte[] row;
  private int at = ZONE_AT + Integer.BYTES;

  private CopiedRecord(byte[] row) {
    this.row = row;
  }

  private static Map<String, String> types() {
    Map<String, String> types = new TreeMap<>();
    for (int type = 1; type < 300; type++) {
      types.put(Type.string(type), Type.string(type));
    }
    return Map.copyOf(types);
  }

  static int zoneOf(byte[] row) {
    return number(row, ZONE_AT);
  }

  private static int number(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).getInt(at);
  }

  /**
   * @param before the row before it in the same zone, or null: mostly it is of the same name
   * @param origin of the zone
   * @return null, and logged, when the row's name is no domain name
   */
  static RecordRow read(byte[] row, RecordRow before, Name origin) {
    return new CopiedRecord(row).read(before, origin);
  }

  private RecordRow read(RecordRow before, Name origin) {
    long id = longNumber();
    int ttl = intNumber();
    int priority = intNumber();
    String name = text();
    String type = type();
    String content = shared(text());
    Optional<Name> owner = StoredNames.parse(name);
    if (owner.isEmpty()) {
      log.warn("record {}: '{}' is no domain name; left out", id, name);
      return null;
    }
    return new RecordRow(
        id, sameAs(owner.get(), before, origin), type, String.valueOf(content), ttl, priority);
  }

  private static Name sameAs(Name owner, RecordRow before, Name origin) {
    if (before != null && before.owner().equals(owner)) {
      return before.owner();
    }
    return owner.equals(origin) ? origin : owner;
  }

  private int length() {
    int length = number(row, at);
    at += Integer.BYTES;
    return length;
  }

  private int intNumber() {
    if (length() < 0) {
      return 0;
    }
    int value = number(row, at);
    at += Integer.BYTES;
    return value;
  }

  private long longNumber() {
    if (length() < 0) {
      return 0;
    }
    long value = ((long) number(row, at) << 32) | (number(row, at + Integer.BYTES) & 0xffffffffL);
    at += Long.BYTES;
    return value;
  }

  private String text() {
    int length = length();
    if (length < 0) {
      return null;
    }
    String text = new String(row, at, length, StandardCharsets.UTF_8);
    at += length;
    return text;
  }

  private String type() {
    String type = String.valueOf(text());
    String known = TYPES.get(type);
    return known == null ? type.toUpperCase(Locale.ROOT) : known;
  }

  private static String shared(String content) {
    if (content == null) {
      return null;
    }
    int place = (content.hashCode() * 0x9E3779B9) >>> Integer.numberOfLeadingZeros(SHARED - 1);
    String known = CONTENTS[place];
    if (content.equals(known)) {
      return known;
    }
    CONTENTS[place] = content;
    return content;
  }

  /** The rows of a message of COPY: without what comes once, before the first row. */
  static byte[] withoutFileHeader(byte[] message) {
    int flags = 11 + Integer.BYTES;
    return Arrays.copyOfRange(
        message, flags + Integer.BYTES + number(message, flags), message.length);
  }

  /** Whether it is the mark at the end instead of a row. */
  static boolean isEnd(byte[] row) {
    return row.length < ZONE_AT + Integer.BYTES;
  }
}
