package org.keyward.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.keyward.zone.RecordRow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/**
 * Reads the rows of {@code records} of one zone as COPY sends them in binary: for each field four
 * bytes of length, -1 for null, and the value. Shares what is the same in many rows. One thread at
 * a time.
 */
final class CopiedRecord {
  private static final Logger log = LoggerFactory.getLogger(CopiedRecord.class);

  /** What {@link #read} reads, in its order; the zone first. Type and content are never null. */
  static final String COLUMNS =
      "domain_id::INT, id::BIGINT, ttl::INT, prio::INT, name::TEXT, coalesce(type, '')::TEXT,"
          + " coalesce(content, '')::TEXT";

  /** The fields' count, and the length of the first one, are in front of it. */
  private static final int ZONE_AT = Short.BYTES + Integer.BYTES;

  /** Types that are recognised without a text of their own. */
  private static final List<String> USUAL =
      List.of("A", "AAAA", "CNAME", "NS", "MX", "TXT", "SOA", "SRV", "PTR", "DS", "CAA");

  private static final int SHARED = 1 << 14;

  /** By place; whoever comes later takes the place. Threads may overwrite each other's: no harm. */
  private static final String[] TEXTS = new String[SHARED];

  private final Name origin;
  private final String stored;
  private byte[] row = {};
  private int at;
  private byte[] nameBefore = {};
  private Name ownerBefore;

  /**
   * @param origin of the zone
   */
  CopiedRecord(Name origin) {
    this.origin = origin;
    this.stored = StoredNames.of(origin);
  }

  static int zoneOf(byte[] row) {
    return number(row, ZONE_AT);
  }

  private static int number(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).getInt(at);
  }

  /** Null, and logged, when the row's name is no domain name. */
  RecordRow read(byte[] copied) {
    row = copied;
    at = ZONE_AT + Integer.BYTES;
    long id = longNumber();
    int ttl = intNumber();
    int priority = priority();
    Name owner = owner(id);
    String type = type();
    String content = content();
    return owner == null ? null : RecordRow.stored(id, owner, type, content, ttl, priority);
  }

  /** Mostly a row is of the same name as the one before it. */
  private Name owner(long id) {
    int from = at;
    int length = length();
    at += Math.max(0, length);
    if (!Arrays.equals(row, from, at, nameBefore, 0, nameBefore.length)) {
      nameBefore = Arrays.copyOfRange(row, from, at);
      String name = length < 0 ? null : text(at - length, length);
      ownerBefore = StoredNames.parse(name, origin, stored).orElse(null);
      if (ownerBefore == null) {
        log.warn("record {}: '{}' is no domain name; left out", id, name);
      }
    }
    return ownerBefore;
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

  private int priority() {
    if (number(row, at) >= 0) {
      return intNumber();
    }
    at += Integer.BYTES;
    return RecordRow.NO_PRIORITY;
  }

  private long longNumber() {
    if (length() < 0) {
      return 0;
    }
    long value = ((long) number(row, at) << 32) | (number(row, at + Integer.BYTES) & 0xffffffffL);
    at += Long.BYTES;
    return value;
  }

  private String text(int from, int length) {
    return new String(row, from, length, StandardCharsets.UTF_8);
  }

  private String type() {
    int length = length();
    for (String usual : USUAL) {
      if (isHere(usual, length)) {
        at += length;
        return usual;
      }
    }
    at += length;
    return RecordRow.type(text(at - length, length));
  }

  private boolean isHere(String text, int length) {
    if (length != text.length()) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (row[at + i] != text.charAt(i)) { // never for what is beyond ASCII
        return false;
      }
    }
    return true;
  }

  /** Most zones have the same few addresses, name servers and texts. */
  private String content() {
    int length = length();
    int place = place(length);
    String known = TEXTS[place];
    if (known == null || !isHere(known, length)) {
      known = text(at, length);
      TEXTS[place] = known;
    }
    at += length;
    return known;
  }

  /** By the length, the beginning and the end, which is cheaper than a hash of all of it. */
  private int place(int length) {
    int hash = length;
    for (int i = 0; i < Math.min(length, 6); i++) {
      hash = 31 * (31 * hash + row[at + i]) + row[at + length - 1 - i];
    }
    return (hash * 0x9E3779B9) >>> Integer.numberOfLeadingZeros(SHARED - 1);
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
