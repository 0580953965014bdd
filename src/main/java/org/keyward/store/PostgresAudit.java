package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.audit.AuditLog;
import org.keyward.audit.AuditRow;
import org.keyward.audit.HashChain;

/** The audit log in PostgreSQL. Thread-safe. */
public final class PostgresAudit implements AuditLog {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);
  private static final List<String> FIELDS =
      List.of(
          "actor",
          "action",
          "result",
          "zone",
          "token_serial",
          "key_label",
          "cka_id",
          "key_tag",
          "detail");

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
    handle.execute(
        """
        INSERT INTO keyward.audit
          (at, actor, action, result, zone, token_serial, key_label, cka_id, key_tag, detail)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        time(event.at()),
        event.actor(),
        event.action().name(),
        event.result().name(),
        event.zone().orElse(null),
        event.tokenSerial().orElse(null),
        event.keyLabel().orElse(null),
        event.ckaId().orElse(null),
        event.keyTag().map(String::valueOf).orElse(null),
        event.detail());
  }

  private static String time(Instant at) {
    return TIME.format(at);
  }

  /** The newest events first. */
  public List<AuditRow> newest(int limit) {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery("SELECT * FROM keyward.audit ORDER BY id DESC LIMIT :limit")
                .bind("limit", limit)
                .map((rs, context) -> row(rs))
                .list());
  }

  /** All events, oldest first, without keeping them in memory. */
  public void forEach(Consumer<AuditRow> consumer) {
    database.inSnapshot(
        handle -> {
          forEach(handle, consumer);
          return null;
        });
  }

  private static void forEach(Handle handle, Consumer<AuditRow> consumer) {
    handle
        .createQuery("SELECT * FROM keyward.audit ORDER BY id")
        .setFetchSize(1_000)
        .map((rs, context) -> row(rs))
        .forEach(consumer);
  }

  private static AuditRow row(ResultSet row) throws SQLException {
    List<String> fields = new ArrayList<>();
    for (String field : FIELDS) {
      fields.add(row.getString(field));
    }
    return new AuditRow(row.getLong("id"), row.getString("at"), fields, row.getBytes("hash"));
  }

  /** The names of {@link AuditRow#fields}, in their order. */
  public static List<String> fieldNames() {
    return FIELDS;
  }

  /** Whether the whole chain holds. */
  public Verification verify() {
    return database.inSnapshot(
        handle -> {
          HashChain chain = new HashChain();
          forEach(handle, chain::add);
          Optional<String> fault =
              handle
                  .createQuery("SELECT count, hash FROM keyward.audit_head")
                  .map((rs, context) -> chain.fault(rs.getLong("count"), rs.getBytes("hash")))
                  .findFirst()
                  .orElse(Optional.of("the log has lost its head"));
          return new Verification(chain.count(), chain.head(), fault);
        });
  }

  /**
   * @param head the hash of the last row, in hex
   * @param fault the first thing that is wrong; empty when nothing is
   */
  public record Verification(long count, String head, Optional<String> fault) {}
}
