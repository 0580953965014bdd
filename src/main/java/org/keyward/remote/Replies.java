package org.keyward.remote;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.keyward.content.HostAddress;
import org.keyward.dnssec.NameText;
import org.keyward.remote.Reply.Outcome;
import org.keyward.remote.Reply.Ready;
import org.keyward.remote.Reply.Streamed;
import org.keyward.zone.Answer;
import org.keyward.zone.AnswerRow;
import org.keyward.zone.CryptoKey;
import org.keyward.zone.RecordRow;
import org.keyward.zone.Replication;
import org.keyward.zone.TsigKey;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.ZoneSource.FoundRecord;
import org.xbill.DNS.Name;

/**
 * Every reply in JSON. The types are exact because PowerDNS's client is not: a TTL in quotes
 * becomes 0, {@code "auth":false} counts as true, and one bad row makes all later queries on its
 * connection fail.
 */
final class Replies {
  /** PowerDNS reads numbers into an int. */
  private static final long MAX_TTL = Integer.MAX_VALUE;

  private static final long MAX_SERIAL = 4_294_967_295L;

  static final String SIGNATURE = "RRSIG";

  static final Ready TRUE = bool(Outcome.OK, true);
  static final Ready FALSE = bool(Outcome.NONE, false);
  static final Ready NO_ROWS = result(JsonGenerator::writeStartArray, JsonGenerator::writeEndArray);

  private Replies() {}

  static Ready answer(int zoneId, Answer answer) {
    return new Ready(
        Outcome.OK,
        answer.rendered("ANY", all -> rows(zoneId, all.rows()::stream).ready().bytes()));
  }

  /** For a PowerDNS that asks for signatures by their type. */
  static Ready answerButSignatures(int zoneId, Answer answer) {
    return some(zoneId, answer, "ANY but RRSIG", row -> !row.type().equals(SIGNATURE));
  }

  /**
   * @param type as rows have it
   */
  static Ready answer(int zoneId, Answer answer, String type) {
    return some(zoneId, answer, type, row -> row.type().equals(type));
  }

  private static Ready some(int zoneId, Answer answer, String name, Predicate<AnswerRow> wanted) {
    if (answer.rows().stream().noneMatch(wanted)) {
      return NO_ROWS;
    }
    return new Ready(
        Outcome.OK,
        answer.rendered(
            name, all -> rows(zoneId, () -> all.rows().stream().filter(wanted)).ready().bytes()));
  }

  static Streamed rows(int zoneId, Supplier<Stream<AnswerRow>> rows) {
    return array(
        json -> {
          try (Stream<AnswerRow> stream = rows.get()) {
            for (Iterator<AnswerRow> i = stream.iterator(); i.hasNext(); ) {
              AnswerRow row = i.next();
              row(json, zoneId, row.owner(), row.type(), row.content(), row.ttl(), row.auth());
            }
          }
        });
  }

  static Streamed found(Collection<FoundRecord> found) {
    return array(
        json -> {
          for (FoundRecord record : found) {
            RecordRow row = record.row();
            row(json, record.zoneId(), row.owner(), row.type(), withPriority(row), row.ttl(), true);
          }
        });
  }

  static Streamed domain(ZoneHeader header) {
    return result(json -> domain(json, header));
  }

  static Streamed domains(Collection<ZoneHeader> headers) {
    return array(
        json -> {
          for (ZoneHeader header : headers) {
            domain(json, header);
          }
        });
  }

  /** {@code before} and {@code after} are relative to the zone, {@code unhashed} is absolute. */
  static Streamed neighbours(String before, String after, Name unhashed) {
    return result(
        json -> {
          json.writeStartObject();
          json.writeStringField("unhashed", NameText.absolute(unhashed));
          json.writeStringField("before", before);
          json.writeStringField("after", after);
          json.writeEndObject();
        });
  }

  static Streamed metadata(Map<String, List<String>> metadata) {
    return result(
        json -> {
          json.writeStartObject();
          for (Map.Entry<String, List<String>> entry : metadata.entrySet()) {
            json.writeFieldName(entry.getKey());
            strings(json, entry.getValue());
          }
          json.writeEndObject();
        });
  }

  static Streamed values(List<String> values) {
    return result(json -> strings(json, values));
  }

  static Streamed keys(List<CryptoKey> keys) {
    // Opened first: one that cannot be opened is an error, and no half reply.
    List<String> contents = keys.stream().map(key -> key.content().reveal()).toList();
    return array(
        json -> {
          for (int i = 0; i < contents.size(); i++) {
            CryptoKey key = keys.get(i);
            json.writeStartObject();
            json.writeNumberField("id", key.id());
            json.writeNumberField("flags", key.flags());
            json.writeBooleanField("active", key.active());
            json.writeBooleanField("published", key.published());
            json.writeStringField("content", contents.get(i));
            json.writeEndObject();
          }
        });
  }

  static Streamed tsigKey(TsigKey key) {
    return result(json -> tsigKey(json, key));
  }

  static Streamed tsigKeys(Collection<TsigKey> keys) {
    return array(
        json -> {
          for (TsigKey key : keys) {
            tsigKey(json, key);
          }
        });
  }

  static Streamed text(String text) {
    return result(json -> json.writeString(text));
  }

  static Streamed number(long number) {
    return result(json -> json.writeNumber(number));
  }

  static Streamed autoprimary(Replication.Autoprimary found) {
    return result(
        json -> {
          json.writeStartObject();
          json.writeStringField("nameserver", found.server());
          json.writeStringField("account", found.account());
          json.writeEndObject();
        });
  }

  /** The message goes to PowerDNS's log at level info. */
  static Streamed malformed(String message) {
    return no(Outcome.MALFORMED, message);
  }

  /** The message goes to PowerDNS's log at level info. */
  static Streamed refused(String message) {
    return no(Outcome.REFUSED, message);
  }

  private static Streamed no(Outcome outcome, String message) {
    return new Streamed(
        outcome,
        json -> {
          json.writeBooleanField("result", false);
          log(json, message);
        });
  }

  /** No result at all: PowerDNS answers SERVFAIL instead of denying what it cannot see. */
  static Streamed failed(String message) {
    return new Streamed(Outcome.FAILED, json -> log(json, message));
  }

  private static Ready bool(Outcome outcome, boolean value) {
    return new Streamed(outcome, json -> json.writeBooleanField("result", value)).ready();
  }

  private static Ready result(Reply.Body first, Reply.Body second) {
    return result(
            json -> {
              first.write(json);
              second.write(json);
            })
        .ready();
  }

  private static Streamed result(Reply.Body value) {
    return new Streamed(
        Outcome.OK,
        json -> {
          json.writeFieldName("result");
          value.write(json);
        });
  }

  private static Streamed array(Reply.Body elements) {
    return result(
        json -> {
          json.writeStartArray();
          elements.write(json);
          json.writeEndArray();
        });
  }

  private static void row(
      JsonGenerator json,
      int zoneId,
      Name owner,
      String type,
      String content,
      long ttl,
      boolean authoritative)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("qtype", requireNonNull(type));
    json.writeStringField("qname", NameText.absolute(owner));
    json.writeStringField("content", requireNonNull(content));
    json.writeNumberField("ttl", Math.max(0, Math.min(ttl, MAX_TTL)));
    if (!authoritative) { // PowerDNS takes it for 1 else, and need not parse that in every row
      json.writeNumberField("auth", 0);
    }
    json.writeNumberField("domain_id", zoneId);
    json.writeEndObject();
  }

  private static String withPriority(RecordRow row) {
    int fields = row.content().strip().split("\\s+").length;
    boolean apart =
        (row.type().equals("MX") && fields == 1) || (row.type().equals("SRV") && fields == 3);
    return apart ? row.priority() + " " + row.content() : row.content();
  }

  private static void domain(JsonGenerator json, ZoneHeader header) throws IOException {
    json.writeStartObject();
    json.writeNumberField("id", header.id());
    json.writeStringField("zone", NameText.absolute(header.origin()));
    json.writeStringField("kind", header.kind().name().toLowerCase(Locale.ROOT));
    json.writeFieldName("masters");
    strings(json, header.masters().stream().filter(HostAddress::isServer).toList());
    json.writeNumberField("serial", serial(header.serial()));
    json.writeNumberField("notified_serial", serial(header.notifiedSerial().orElse(0L)));
    json.writeNumberField("last_check", header.lastCheck().orElse(Instant.EPOCH).getEpochSecond());
    json.writeEndObject();
  }

  /** PowerDNS reads it into 32 bits, and what does not fit into any. */
  private static long serial(long stored) {
    return Math.max(0, Math.min(stored, MAX_SERIAL));
  }

  private static void tsigKey(JsonGenerator json, TsigKey key) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", NameText.absolute(key.name()));
    json.writeStringField("algorithm", key.algorithm());
    json.writeStringField("content", key.secret());
    json.writeEndObject();
  }

  private static void log(JsonGenerator json, String message) throws IOException {
    json.writeFieldName("log");
    strings(json, List.of(message));
  }

  private static void strings(JsonGenerator json, Collection<String> values) throws IOException {
    json.writeStartArray();
    for (String value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }
}
