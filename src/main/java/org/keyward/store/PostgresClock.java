package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/** The database's clock, and how far those of the hosts are from it. Thread-safe. */
public final class PostgresClock {
  private final Database database;

  public PostgresClock(Database database) {
    this.database = database;
  }

  /** What it shows. */
  public Instant now() {
    return database.inTransaction(PostgresClock::now);
  }

  static Instant now(Handle handle) {
    return handle
        .createQuery("SELECT clock_timestamp()")
        .mapTo(OffsetDateTime.class)
        .one()
        .toInstant();
  }

  /**
   * Writes down how far a host's clock is ahead of it.
   *
   * @param role signer or server
   * @param apart whether a server goes by its own clock since it is too far away
   */
  public void report(String role, String host, Duration difference, boolean apart, Instant now) {
    database.useTransaction(
        handle -> ClockTable.report(handle, role, host, difference, apart, now));
  }

  /** What the hosts have reported, for people. */
  public List<Map<String, Object>> hosts() {
    return database.inSnapshot(
        handle ->
            Rows.of(
                handle.createQuery(
                    """
                    SELECT role, host, round(difference::NUMERIC, 3) AS seconds_ahead, checked_at
                    FROM keyward.host_clock ORDER BY role, host
                    """)));
  }

  /** Asks that the signer goes on though its clock differs; gives the number of the request. */
  public long accept(Duration lasting, String reason, String actor) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    """
                    INSERT INTO keyward.request (kind, zone, hold, reason, actor)
                    VALUES ('clock', '', ?, ?, ?) RETURNING id
                    """)
                .bind(0, lasting.toSeconds())
                .bind(1, reason)
                .bind(2, actor)
                .mapTo(Long.class)
                .one());
  }
}
