package org.keyward.clock;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * The time by which a server serves signatures. While its clock and the database's agree it is the
 * database's, so that all servers show the same. Where they do not, nobody here can tell which of
 * the two is right:
 *
 * <ul>
 *   <li>up to a day apart, it is the earlier of the two: a signature in use then is valid at the
 *       later one too, since it lasts for longer than it is in use;
 *   <li>further apart, it is this host's own, so that one wrong clock at the database does not make
 *       the zones of all servers bogus.
 * </ul>
 */
final class ServingClock extends Clock {
  static final Duration FAR_APART = Duration.ofDays(1).plus(DatabaseClock.TOLERANCE);

  private final Clock own;
  private final Clock database;

  ServingClock(Clock own, Clock database) {
    this.own = own;
    this.database = database;
  }

  @Override
  public Instant instant() {
    return agreed(own.instant(), database.instant());
  }

  static Instant agreed(Instant own, Instant database) {
    Duration apart = Duration.between(own, database).abs();
    if (apart.compareTo(DatabaseClock.TOLERANCE) <= 0) {
      return database;
    }
    return apart.compareTo(FAR_APART) > 0 || own.isBefore(database) ? own : database;
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return fixed(instant(), zone);
  }
}
