package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.dnssec.TimeText;

/** When no roll may move: {@code keyward.roll_clock}. */
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
}
