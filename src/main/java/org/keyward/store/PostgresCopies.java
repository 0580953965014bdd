package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.signing.FindingStore;

/** What the servers tell of their copies of the zones: {@code keyward.server_copy}. Thread-safe. */
public final class PostgresCopies {
  /** An older report is of a server that is gone. */
  private static final Duration RECENT = Duration.ofMinutes(5);

  /** For so long a start without the database is worth knowing. */
  private static final Duration TOLD = Duration.ofDays(1);

  private final Database database;
  private final String host;

  /**
   * @param host names this process to people
   */
  public PostgresCopies(Database database, String host) {
    this.database = database;
    this.host = host;
  }

  /**
   * A start without the database.
   *
   * @param copied when the zones that were served were read
   */
  public record ColdStart(Instant copied, Instant from, Instant until) {}

  /**
   * Writes down how it is.
   *
   * @param trouble why there is no copy, or not of all zones
   */
  public void report(Optional<String> trouble, Optional<ColdStart> cold, Instant now) {
    database.useTransaction(
        handle ->
            handle.execute(
                """
                INSERT INTO keyward.server_copy AS c
                  (host, trouble, cold_copied, cold_from, cold_until, checked_at)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (host) DO UPDATE SET trouble = EXCLUDED.trouble,
                  cold_copied = coalesce(EXCLUDED.cold_copied, c.cold_copied),
                  cold_from = coalesce(EXCLUDED.cold_from, c.cold_from),
                  cold_until = coalesce(EXCLUDED.cold_until, c.cold_until),
                  checked_at = EXCLUDED.checked_at
                """,
                host,
                trouble.orElse(null),
                cold.map(start -> time(start.copied())).orElse(null),
                cold.map(start -> time(start.from())).orElse(null),
                cold.map(start -> time(start.until())).orElse(null),
                time(now)));
  }

  private static OffsetDateTime time(Instant moment) {
    return moment.atOffset(ZoneOffset.UTC);
  }

  static List<FindingStore.CopyFact> recent(Handle handle, Instant now) {
    return DamagedRows.readable(
        handle
            .createQuery(
                """
            SELECT host, CASE WHEN checked_at > :recent THEN trouble END AS trouble,
              CASE WHEN cold_until > :told THEN format('from %s to %s it answered from its copy of %s',
                cold_from, cold_until, cold_copied) END AS cold
            FROM keyward.server_copy WHERE checked_at > :recent OR cold_until > :told ORDER BY host
            """)
            .bind("recent", time(now.minus(RECENT)))
            .bind("told", time(now.minus(TOLD))),
        "keyward.server_copy",
        (row, context) ->
            new FindingStore.CopyFact(
                row.getString("host"),
                Optional.ofNullable(row.getString("trouble")),
                Optional.ofNullable(row.getString("cold"))));
  }
}
