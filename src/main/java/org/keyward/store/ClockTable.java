package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.clock.DatabaseClock;
import org.keyward.dnssec.TimeText;
import org.keyward.signing.ClockWord;
import org.keyward.signing.FindingStore;

/**
 * What the clocks of the hosts show, {@code keyward.host_clock}, and the last word of a person on
 * clocks that differ, {@code keyward.clock_word}.
 */
final class ClockTable {
  /** An older report is of a host that is gone. */
  private static final Duration RECENT = Duration.ofMinutes(5);

  private ClockTable() {}

  /**
   * Writes down how far a host's clock is ahead of the database's.
   *
   * @param apart whether it serves by its own, which may be signatures of another time
   */
  static void report(
      Handle handle, String role, String host, Duration difference, boolean apart, Instant now) {
    handle.execute(
        """
        INSERT INTO keyward.host_clock (role, host, difference, apart, checked_at)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (role, host) DO UPDATE SET difference = EXCLUDED.difference,
          apart = host_clock.apart OR EXCLUDED.apart, checked_at = EXCLUDED.checked_at
        """,
        role,
        host,
        seconds(difference),
        apart,
        now.atOffset(ZoneOffset.UTC));
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1e3;
  }

  private static Duration duration(double seconds) {
    return Duration.ofMillis(Math.round(seconds * 1e3));
  }

  static List<FindingStore.ClockFact> recent(Handle handle, Instant now) {
    return DamagedRows.readable(
        handle
            .createQuery(
                """
            SELECT role, host, difference FROM keyward.host_clock
            WHERE checked_at BETWEEN :from AND :to ORDER BY role, host
            """)
            .bind("from", now.minus(RECENT).atOffset(ZoneOffset.UTC))
            .bind("to", now.plus(RECENT).atOffset(ZoneOffset.UTC)),
        "keyward.host_clock",
        (row, context) ->
            new FindingStore.ClockFact(
                row.getString("role"),
                row.getString("host"),
                duration(row.getDouble("difference"))));
  }

  /**
   * Secondaries may have fetched signatures of another time from a server whose clock was far from
   * the database's: when it is right again, all signed zones are to be fetched anew.
   *
   * @return how many
   */
  static int renewAfterWrongServers(Handle handle) {
    int back =
        handle.execute(
            """
            UPDATE keyward.host_clock SET apart = false
            WHERE role = 'server' AND apart AND abs(difference) <= ?
            """,
            DatabaseClock.TOLERANCE.toSeconds());
    return back == 0
        ? 0
        : handle.execute(
            """
            UPDATE keyward.assignment SET renews_at = renews_at - step
            WHERE state IN ('signed', 'leaving') AND domain_id IS NOT NULL
            """);
  }

  static Optional<ClockWord> word(Handle handle) {
    return handle
        .createQuery("SELECT difference, until, actor FROM keyward.clock_word")
        .map(
            (row, context) ->
                new ClockWord(
                    duration(row.getDouble("difference")),
                    row.getObject("until", OffsetDateTime.class).toInstant(),
                    row.getString("actor")))
        .findOne();
  }

  /** What a person asked for, in their words. */
  private record Asked(long id, String actor, String reason, Duration lasting, boolean approved) {}

  /** As {@link org.keyward.signing.SigningStore#takeClockWords}. */
  static int takeWords(Handle handle, Duration difference, boolean twoPerson, Instant now) {
    List<Asked> asked =
        handle
            .createQuery(
                """
                SELECT id, actor, reason, hold, approved_by FROM keyward.request
                WHERE kind = 'clock' AND state = 'queued' ORDER BY id FOR UPDATE SKIP LOCKED
                """)
            .map(
                (row, context) ->
                    new Asked(
                        row.getLong("id"),
                        row.getString("actor"),
                        row.getString("reason"),
                        Duration.ofSeconds(row.getLong("hold")),
                        row.getString("approved_by") != null))
            .list();
    for (Asked request : asked) {
      take(handle, request, difference, twoPerson, now);
    }
    return asked.size();
  }

  private static void take(
      Handle handle, Asked request, Duration difference, boolean twoPerson, Instant now) {
    if (difference.abs().compareTo(DatabaseClock.TOLERANCE) <= 0) {
      RequestTable.answer(
          handle,
          request.id(),
          false,
          "the clocks of the signer and of the database agree: there is nothing to accept");
    } else if (twoPerson && !request.approved()) {
      handle.execute("UPDATE keyward.request SET state = 'waiting' WHERE id = ?", request.id());
      audit(
          handle,
          request,
          AuditEvent.Action.REQUEST_MADE,
          RequestTable.waits(request.id(), "work with clocks that differ", request.reason()),
          now);
    } else {
      keep(handle, request, difference, now);
    }
  }

  private static void keep(Handle handle, Asked request, Duration difference, Instant now) {
    Instant until = now.plus(request.lasting());
    handle.execute(
        """
        INSERT INTO keyward.clock_word (difference, until, actor, reason) VALUES (?, ?, ?, ?)
        ON CONFLICT (single) DO UPDATE SET difference = EXCLUDED.difference,
          until = EXCLUDED.until, actor = EXCLUDED.actor, reason = EXCLUDED.reason
        """,
        seconds(difference),
        until.atOffset(ZoneOffset.UTC),
        request.actor(),
        request.reason());
    String what =
        "the signer works until %s by the database's clock, though its own is %s it"
            .formatted(TimeText.of(until), FindingStore.ClockFact.words(difference));
    audit(
        handle,
        request,
        AuditEvent.Action.CLOCKS_ACCEPTED,
        request.reason().isEmpty() ? what : what + "; " + request.reason(),
        now);
    RequestTable.answer(handle, request.id(), true, what);
  }

  private static void audit(
      Handle handle, Asked request, AuditEvent.Action action, String detail, Instant now) {
    PostgresAudit.append(
        handle,
        new AuditEvent(
            now,
            request.actor(),
            action,
            AuditEvent.Result.DONE,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            detail));
  }
}
