package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.Update;
import org.keyward.audit.AuditEvent;
import org.keyward.audit.AuditFilter;
import org.keyward.audit.AuditLog;
import org.keyward.audit.AuditRow;
import org.keyward.audit.AuditVerification;
import org.keyward.audit.HashChain;

/** The audit log in PostgreSQL. Thread-safe. */
public final class PostgresAudit implements AuditLog {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);
  private final Database database;

  public PostgresAudit(Database database) {
    this.database = database;
  }

  @Override
  public void append(AuditEvent event) {
    database.useTransaction(handle -> append(handle, event));
  }

  /** Within the transaction of the change that the event belongs to. */
  static void append(Handle handle, AuditEvent event) {
    append(handle, List.of(event));
  }

  /**
   * In this order, within the transaction of the change that the events belong to. In one
   * statement: the head of the log, which is locked from here on, moves once for each.
   */
  static void append(Handle handle, List<AuditEvent> events) {
    if (events.isEmpty()) {
      return;
    }
    Update insert =
        handle.createUpdate(
            """
            INSERT INTO keyward.audit
              (at, actor, action, result, zone, token_serial, key_label, cka_id, key_tag, detail)
            SELECT at, actor, action, result, zone, token_serial, key_label, cka_id, key_tag, detail
            FROM unnest(:at, :actor, :action, :result, :zone, :token_serial, :key_label, :cka_id,
              :key_tag, :detail) WITH ORDINALITY AS event (at, actor, action, result, zone,
                token_serial, key_label, cka_id, key_tag, detail, number)
            ORDER BY number
            """);
    COLUMNS.forEach(
        (name, value) ->
            insert.bindArray(name, String.class, events.stream().map(value).toArray()));
    insert.execute();
  }

  private static final Map<String, Function<AuditEvent, String>> COLUMNS =
      Map.of(
          "at", event -> time(event.at()),
          "actor", AuditEvent::actor,
          "action", event -> event.action().name(),
          "result", event -> event.result().name(),
          "zone", event -> event.zone().orElse(null),
          "token_serial", event -> event.tokenSerial().orElse(null),
          "key_label", event -> event.keyLabel().orElse(null),
          "cka_id", event -> event.ckaId().orElse(null),
          "key_tag", event -> event.keyTag().map(String::valueOf).orElse(null),
          "detail", AuditEvent::detail);

  private static String time(Instant at) {
    return TIME.format(at);
  }

  /** The newest events first. */
  public List<AuditRow> newest(int limit) {
    return newest(AuditFilter.ALL, Optional.empty(), limit);
  }

  /**
   * The newest events first.
   *
   * @param before only those with a lower number
   */
  public List<AuditRow> newest(AuditFilter filter, Optional<Long> before, int limit) {
    return database.inSnapshot(
        handle ->
            filtered(handle, filter, "a.id < :before ORDER BY a.id DESC LIMIT :limit")
                .bind("before", before.orElse(Long.MAX_VALUE))
                .bind("limit", limit)
                .map((rs, context) -> row(rs))
                .list());
  }

  /** All events, oldest first, without keeping them in memory. */
  public void forEach(Consumer<AuditRow> consumer) {
    forEach(AuditFilter.ALL, consumer);
  }

  /** The events that the filter lets through, oldest first, without keeping them in memory. */
  public void forEach(AuditFilter filter, Consumer<AuditRow> consumer) {
    database.inSnapshot(
        handle -> {
          forEach(handle, filter, consumer);
          return null;
        });
  }

  private static void forEach(Handle handle, AuditFilter filter, Consumer<AuditRow> consumer) {
    filtered(handle, filter, "true ORDER BY a.id")
        .setFetchSize(1_000)
        .map((rs, context) -> row(rs))
        .forEach(consumer);
  }

  /** Times are text of one form, so they compare byte by byte. */
  private static Query filtered(Handle handle, AuditFilter filter, String rest) {
    return handle
        .createQuery(
            """
            SELECT a.* FROM keyward.audit a
            WHERE (:zone::TEXT IS NULL OR rtrim(a.zone, '.') = rtrim(lower(:zone), '.'))
              AND (:key::TEXT IS NULL OR :key IN (a.key_label, a.key_tag, a.cka_id))
              AND (:token::TEXT IS NULL OR a.token_serial = :token OR a.token_serial IN (
                SELECT t.serial FROM keyward.token_status t WHERE t.name = :token))
              AND (:actor::TEXT IS NULL OR a.actor LIKE :actor
                OR split_part(a.actor, '@', 1) LIKE :actor
                OR split_part(split_part(a.actor, ':', 2), '@', 1) LIKE :actor)
              AND (:from::TEXT IS NULL OR a.at COLLATE "C" >= :from)
              AND (:to::TEXT IS NULL OR a.at COLLATE "C" < :to)
              AND\s"""
                + rest)
        .bind("zone", filter.zone().orElse(null))
        .bind("key", filter.key().orElse(null))
        .bind("token", filter.token().orElse(null))
        .bind("actor", filter.actor().map(PostgresAudit::pattern).orElse(null))
        .bind("from", filter.from().map(PostgresAudit::time).orElse(null))
        .bind("to", filter.to().map(PostgresAudit::time).orElse(null));
  }

  private static String pattern(String text) {
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace('*', '%');
  }

  private static AuditRow row(ResultSet row) throws SQLException {
    List<String> fields = new ArrayList<>();
    for (String field : AuditRow.FIELDS) {
      fields.add(row.getString(field));
    }
    return new AuditRow(row.getLong("id"), row.getString("at"), fields, row.getBytes("hash"));
  }

  /** How many rows its head says that there are. */
  public long count() {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery("SELECT coalesce(max(count), 0) FROM keyward.audit_head")
                .mapTo(Long.class)
                .one());
  }

  /** Whether the whole chain holds. */
  public AuditVerification verify() {
    return verify(Optional.empty(), read -> {});
  }

  /**
   * Whether the whole chain holds, and still has a row with a hash that was written down earlier.
   *
   * @param known in hex
   * @param progress is told after each row how many were read
   */
  public AuditVerification verify(Optional<String> known, LongConsumer progress) {
    return database.inSnapshot(
        handle -> {
          HashChain chain = new HashChain(known.map(HexFormat.of()::parseHex));
          forEach(
              handle,
              AuditFilter.ALL,
              row -> {
                chain.add(row);
                progress.accept(row.id());
              });
          Optional<String> fault =
              handle
                  .createQuery("SELECT count, hash FROM keyward.audit_head")
                  .map((rs, context) -> chain.fault(rs.getLong("count"), rs.getBytes("hash")))
                  .findFirst()
                  .orElse(Optional.of("the log has lost its head"));
          return new AuditVerification(chain.count(), chain.head(), fault, chain.knownAt());
        });
  }
}
