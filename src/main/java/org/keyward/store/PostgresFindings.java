package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.signing.Finding;
import org.keyward.signing.FindingStore;
import org.keyward.signing.ParentAnswers;
import org.keyward.signing.ParentVerdict;
import org.keyward.signing.TokenKey;
import org.xbill.DNS.Name;

/** What is wrong, and what that is seen from, in PostgreSQL. Thread-safe. */
public final class PostgresFindings implements FindingStore {
  private final Database database;

  public PostgresFindings(Database database) {
    this.database = database;
  }

  @Override
  public Facts facts(Instant now, Duration runway, int limit) {
    return database.inSnapshot(handle -> FindingFacts.read(handle, now, runway, limit));
  }

  /** One at a time, so that a finding is new to one signer only. */
  @Override
  public Kept keep(List<Finding> found, Instant now) {
    return database.inTransaction(
        handle -> {
          handle.execute("LOCK TABLE keyward.finding IN SHARE ROW EXCLUSIVE MODE");
          String[] open = found.stream().map(PostgresFindings::identity).toArray(String[]::new);
          List<String> over =
              handle
                  .createQuery(
                      """
                      UPDATE keyward.finding SET ended_at = :now
                      WHERE ended_at IS NULL AND kind || ' ' || subject <> ALL (:open)
                      RETURNING kind || ': ' || message
                      """)
                  .bind("now", now.atOffset(ZoneOffset.UTC))
                  .bindArray("open", String.class, (Object[]) open)
                  .mapTo(String.class)
                  .list();
          return new Kept(
              found.stream().filter(finding -> keep(handle, finding, now)).toList(), over);
        });
  }

  private static String identity(Finding finding) {
    return finding.kind().word() + " " + finding.subject();
  }

  /** Whether it is new, or worse than it was. */
  private static boolean keep(Handle handle, Finding finding, Instant now) {
    Optional<String> before =
        handle
            .createQuery(
                """
                SELECT severity FROM keyward.finding
                WHERE kind = ? AND subject = ? AND ended_at IS NULL
                """)
            .bind(0, finding.kind().word())
            .bind(1, finding.subject())
            .mapTo(String.class)
            .findFirst();
    boolean worse =
        before
            .map(word -> Finding.Severity.valueOf(word.toUpperCase(Locale.ROOT)))
            .filter(severity -> severity.compareTo(finding.severity()) < 0)
            .isPresent();
    handle.execute(
        """
        INSERT INTO keyward.finding (kind, subject, severity, message, todo, first_seen)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (kind, subject) WHERE ended_at IS NULL DO UPDATE
        SET severity = excluded.severity, message = excluded.message, todo = excluded.todo,
          announced_at = CASE WHEN ? THEN NULL ELSE finding.announced_at END
        WHERE (finding.severity, finding.message, finding.todo)
          <> (excluded.severity, excluded.message, excluded.todo)
        """,
        finding.kind().word(),
        finding.subject(),
        finding.severity().word(),
        finding.message(),
        finding.todo(),
        now.atOffset(ZoneOffset.UTC),
        worse);
    return before.isEmpty() || worse;
  }

  @Override
  public List<Unannounced> unannounced(int limit) {
    return database.inTransaction(
        handle ->
            DamagedRows.readable(
                handle
                    .createQuery(
                        """
                        SELECT * FROM keyward.finding
                        WHERE announced_at IS NULL AND ended_at IS NULL ORDER BY id LIMIT ?
                        """)
                    .bind(0, limit),
                "keyward.finding",
                (row, context) -> unannounced(row)));
  }

  private static Unannounced unannounced(ResultSet row) throws SQLException {
    return new Unannounced(
        row.getLong("id"),
        new Finding(
            Finding.Kind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT).replace('-', '_')),
            row.getString("subject"),
            Finding.Severity.valueOf(row.getString("severity").toUpperCase(Locale.ROOT)),
            row.getString("message"),
            row.getString("todo")),
        row.getObject("first_seen", OffsetDateTime.class).toInstant());
  }

  @Override
  public void announced(long id, Instant now) {
    database.useTransaction(
        handle ->
            handle.execute(
                "UPDATE keyward.finding SET announced_at = ? WHERE id = ?",
                now.atOffset(ZoneOffset.UTC),
                id));
  }

  @Override
  public void auditChecked(Optional<String> fault, Instant now) {
    database.useTransaction(
        handle ->
            handle.execute(
                """
                INSERT INTO keyward.audit_check (checked_at, fault) VALUES (?, ?)
                ON CONFLICT (single) DO UPDATE
                SET checked_at = excluded.checked_at, fault = excluded.fault
                """,
                now.atOffset(ZoneOffset.UTC),
                fault.orElse(null)));
  }

  @Override
  public long zonesToAsk() {
    return database.inSnapshot(ParentTable::zonesToAsk);
  }

  @Override
  public List<Asked> toAsk(Instant now, Duration age, Duration sooner, int limit) {
    return database.inSnapshot(handle -> ParentTable.toAsk(handle, now, age, sooner, limit));
  }

  @Override
  public void parentShown(Asked zone, ParentAnswers answers, Instant now) {
    database.useTransaction(handle -> ParentServerTable.shown(handle, zone, answers, now));
  }

  @Override
  public void parentSeen(int zoneId, ParentVerdict verdict, Instant now) {
    database.useTransaction(handle -> ParentTable.seen(handle, zoneId, verdict, now));
  }

  @Override
  public void parentUnanswered(int zoneId, String why, Instant now) {
    database.useTransaction(handle -> ParentTable.unanswered(handle, zoneId, why, now));
  }

  @Override
  public List<Name> removedToAsk(Instant before, int limit) {
    return database.inSnapshot(handle -> RemovedZones.toAsk(handle, before, limit));
  }

  @Override
  public void removedSeen(Name zone, String ds, Instant now) {
    database.useTransaction(handle -> RemovedZones.seen(handle, zone, ds, now));
  }

  @Override
  public void inventory(String token, List<TokenKey> keys, Instant now) {
    database.useTransaction(
        handle -> {
          handle.execute("DELETE FROM keyward.token_key WHERE token_name = ?", token);
          for (TokenKey key : keys) {
            handle.execute(
                """
                INSERT INTO keyward.token_key
                  (token_name, token_serial, label, cka_id, algorithm, public_key, key_tag)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                token,
                key.serial(),
                key.label(),
                key.ckaId(),
                key.algorithm().number(),
                key.publicKey(),
                KeyRows.ksk(Name.root, key).getFootprint());
          }
          handle.execute(
              "UPDATE keyward.token_status SET inventoried_at = ? WHERE name = ?",
              now.atOffset(ZoneOffset.UTC),
              token);
        });
  }
}
