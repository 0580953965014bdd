package org.keyward.copy;

import java.io.IOException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.keyward.zone.DenialChange;
import org.keyward.zone.RecordRow;
import org.keyward.zone.TsigKey;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneHeader;
import org.xbill.DNS.Name;

/** A zone as it is read from the storage, in the copy. */
final class ZoneFormat {
  private static final DateTimeFormatter SIGNATURE_TIME =
      DateTimeFormatter.ofPattern("uuuuMMddHHmmss");

  private final KeyFormat keys;
  private final SigningFormat signing;

  ZoneFormat(KeyFormat keys) {
    this.keys = keys;
    this.signing = new SigningFormat(keys);
  }

  static void write(TsigKey key, ValueWriter out) throws IOException {
    out.name(key.name());
    out.text(key.algorithm());
    out.text(key.secret());
  }

  static TsigKey tsigKey(ValueReader in) throws IOException {
    return new TsigKey(in.name(), in.text(), in.text());
  }

  static void write(ZoneHeader header, long serial, ValueWriter out) throws IOException {
    out.number(header.id());
    out.name(header.origin());
    out.text(header.kind().name());
    out.list(header.masters(), out::text);
    out.number(serial);
    out.optional(header.notifiedSerial(), out::number);
    out.optional(header.lastCheck(), out::time);
    out.text(header.account());
  }

  static ZoneHeader header(ValueReader in) throws IOException {
    return new ZoneHeader(
        in.number(),
        in.name(),
        ZoneHeader.Kind.valueOf(in.text()),
        in.list(in::text),
        in.longNumber(),
        in.optional(in::longNumber),
        in.optional(in::time),
        in.text());
  }

  void write(ZoneData zone, ValueWriter out) throws IOException {
    write(zone.header(), serial(zone), out);
    out.number(zone.records().size());
    Name before = null;
    for (RecordRow row : zone.records()) {
      write(row, before, out);
      before = row.owner();
    }
    out.list(
        zone.metadata().entrySet(),
        entry -> {
          out.text(entry.getKey());
          out.list(entry.getValue(), out::text);
        });
    out.list(zone.cryptokeys(), key -> keys.write(key, out));
    out.optional(zone.signing(), by -> signing.write(by, out));
    out.list(
        zone.denialChanges(),
        change -> {
          out.optional(change.nsec3param(), out::text);
          out.time(change.since());
          out.duration(change.overlap());
        });
  }

  /** The header of a zone that is read with its records has none. */
  private static long serial(ZoneData zone) {
    for (RecordRow row : zone.records()) {
      if (row.type().equals("SOA") && row.owner().equals(zone.header().origin())) {
        String[] fields = row.content().strip().split("\\s+");
        return fields.length > 2 && fields[2].matches("[0-9]{1,10}")
            ? Long.parseLong(fields[2])
            : 0;
      }
    }
    return 0;
  }

  /** Most rows are at the name of the one before. */
  private static void write(RecordRow row, Name before, ValueWriter out) throws IOException {
    boolean same = row.owner().equals(before);
    out.yes(same);
    if (!same) {
      out.name(row.owner());
    }
    out.number(row.id());
    out.text(row.type());
    out.text(row.content());
    out.number(row.ttl());
    out.number(row.priority());
  }

  /** Without signatures that have expired. */
  ZoneData read(ValueReader in, Instant now) throws IOException {
    ZoneHeader header = header(in);
    return new ZoneData(
        header,
        records(in, now),
        metadata(in),
        in.list(() -> keys.read(in, header.origin())),
        in.optional(() -> signing.read(in, header.origin(), now)),
        in.list(() -> new DenialChange(in.optional(in::text), in.time(), in.duration())));
  }

  private static List<RecordRow> records(ValueReader in, Instant now) throws IOException {
    int count = in.number();
    List<RecordRow> rows = new ArrayList<>(count);
    Name owner = null;
    for (int i = 0; i < count; i++) {
      owner = in.yes() ? owner : in.name();
      RecordRow row =
          new RecordRow(in.longNumber(), owner, in.text(), in.text(), in.longNumber(), in.number());
      if (!row.type().equals("RRSIG") || !hasExpired(row.content(), now)) {
        rows.add(row);
      }
    }
    return rows;
  }

  /** The fifth field of an RRSIG: a time, or seconds since 1970. */
  private static boolean hasExpired(String signature, Instant now) {
    String[] fields = signature.strip().split("\\s+", 6);
    try {
      return fields.length == 6 && !now.isBefore(time(fields[4]));
    } catch (DateTimeParseException | NumberFormatException e) {
      return false; // whoever reads it says so
    }
  }

  private static Instant time(String text) {
    return text.length() == 14
        ? LocalDateTime.parse(text, SIGNATURE_TIME).toInstant(ZoneOffset.UTC)
        : Instant.ofEpochSecond(Long.parseLong(text));
  }

  private static Map<String, List<String>> metadata(ValueReader in) throws IOException {
    Map<String, List<String>> metadata = new HashMap<>();
    int kinds = in.number();
    for (int i = 0; i < kinds; i++) {
      metadata.put(in.text(), in.list(in::text));
    }
    return metadata;
  }
}
