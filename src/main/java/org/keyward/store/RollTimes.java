package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.dnssec.TimeText;
import org.xbill.DNS.Name;

/** When rolls begin by themselves, and when none may move: {@code keyward.roll_clock}. */
final class RollTimes {
  /** What a clock may jump between two looks. */
  private static final Duration JUMP = Duration.ofHours(1);

  /** After a jump, for how long nothing else must happen to the clock. */
  private static final Duration QUIET = Duration.ofHours(1);

  private RollTimes() {}

  /**
   * @param explained time that is known to have passed since the last look
   */
  static boolean tick(Handle handle, Instant now, Optional<Duration> explained) {
    Optional<Instant> last =
        handle
            .createQuery("SELECT ticked_at FROM keyward.roll_clock FOR UPDATE")
            .map((row, context) -> row.getObject(1, OffsetDateTime.class).toInstant())
            .findFirst();
    if (last.isEmpty()) {
      handle.execute(
          "INSERT INTO keyward.roll_clock (ticked_at) VALUES (?) ON CONFLICT DO NOTHING",
          KeySetRows.at(now));
      return true;
    }
    Duration passed = Duration.between(last.get(), now);
    Duration unexplained = passed.minus(explained.orElse(Duration.ZERO));
    if (passed.plus(JUMP).isNegative() || unexplained.compareTo(JUMP) > 0) {
      handle.execute(
          "UPDATE keyward.roll_clock SET stopped_until = ?, jump = ?",
          KeySetRows.at(now.plus(QUIET)),
          "from " + TimeText.of(last.get()) + " to " + TimeText.of(now));
    }
    handle.execute("UPDATE keyward.roll_clock SET ticked_at = ?", KeySetRows.at(now));
    handle
        .createUpdate(
            """
            UPDATE keyward.roll_clock SET stopped_until = NULL, jump = NULL
            WHERE stopped_until <= :now OR (stopped_until IS NOT NULL AND EXISTS (
              SELECT FROM keyward.clock_word w WHERE w.until > :now))
            """)
        .bind("now", KeySetRows.at(now))
        .execute();
    return handle
        .createQuery("SELECT stopped_until IS NULL FROM keyward.roll_clock")
        .mapTo(Boolean.class)
        .one();
  }

  /**
   * Each zone's turn comes once in a lifetime, at a moment that follows from its name, and not
   * before a third of it has passed since its key began to sign. Turns of before the lifetime was
   * set are no turns.
   */
  static List<Name> lifetimesOver(Handle handle, Duration lifetime, Instant now, int limit) {
    handle
        .createUpdate(
            """
            UPDATE keyward.roll_clock SET lifetime = :life, lifetime_since = :now
            WHERE lifetime IS DISTINCT FROM :life
            """)
        .bind("life", lifetime.toSeconds())
        .bind("now", KeySetRows.at(now))
        .execute();
    return handle
        .createQuery(
            """
            SELECT a.zone FROM keyward.assignment a, keyward.roll_clock c, LATERAL (
              SELECT max(greatest(z.signs_from, extract(epoch FROM a.assigned_at))) AS since
              FROM keyward.zsk z WHERE z.assignment_id = a.id AND z.signs_from IS NOT NULL
                AND z.signs_until IS NULL) k, LATERAL (
              SELECT ('x' || substr(md5(lower(a.zone)), 1, 8))::bit(32)::bigint % :life AS place) p,
              LATERAL (SELECT :now - (:now - p.place) % :life AS turn) t
            WHERE a.state = 'signed' AND a.mode = 'presigned' AND a.next_mode IS NULL
              AND a.adopt_after IS NULL AND a.domain_id IS NOT NULL
              AND t.turn > extract(epoch FROM c.lifetime_since) AND t.turn > k.since + :life / 3
              AND NOT EXISTS (SELECT FROM keyward.roll r
                WHERE r.assignment_id = a.id AND r.role = 'zsk')
            ORDER BY t.turn LIMIT :limit
            """)
        .bind("life", lifetime.toSeconds())
        .bind("now", now.getEpochSecond())
        .bind("limit", limit)
        .mapTo(String.class)
        .list()
        .stream()
        .flatMap(zone -> StoredNames.parse(zone).stream())
        .toList();
  }
}
