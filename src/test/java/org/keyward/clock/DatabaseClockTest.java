package org.keyward.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseClockTest {
  private final SteppedTime time = new SteppedTime(Instant.parse("2026-03-01T10:00:00Z"));
  private final SteppedTime.HostClock database = time.new HostClock();
  private final SteppedTime.HostClock own = time.new HostClock();
  private final DatabaseClock clock = new DatabaseClock(own, time::nanos);

  @Test
  void itIsThisHostsUntilItIsRead() {
    own.set(Duration.ofDays(3));
    assertThat(clock.instant()).isEqualTo(own.instant());
    assertThat(clock.differs()).as("nobody knows yet").isFalse();
  }

  @Test
  void settingThisHostsClockDoesNotMoveIt() {
    clock.read(database::instant);
    own.set(Duration.ofDays(60));
    time.pass(Duration.ofHours(2));
    assertThat(clock.instant()).isEqualTo(time.now());
    assertThat(clock.difference()).isEqualTo(Duration.ofDays(60));
    assertThat(clock.differs()).isTrue();
    own.set(Duration.ZERO);
    assertThat(clock.differs()).isFalse();
  }

  @Test
  void settingTheDatabasesClockMovesItAheadAndBackWithTheNextReading() {
    clock.read(database::instant);
    for (Duration wrong : new Duration[] {Duration.ofDays(60), Duration.ofDays(-60)}) {
      database.set(wrong);
      assertThat(clock.instant()).as("not read yet").isEqualTo(time.now());
      clock.read(database::instant);
      assertThat(clock.instant()).isEqualTo(time.now().plus(wrong));
      assertThat(clock.difference()).isEqualTo(wrong.negated());
      database.set(Duration.ZERO);
      clock.read(database::instant);
      assertThat(clock.instant()).isEqualTo(time.now());
    }
  }

  @Test
  void anAnswerThatTookLongDoesNotTellTheTime() {
    clock.read(database::instant);
    clock.read(
        () -> {
          Instant asked = database.instant();
          time.pass(Duration.ofMinutes(5));
          return asked;
        });
    assertThat(clock.instant()).isEqualTo(time.now());
    assertThat(clock.differs()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT1M", "PT1H", "P1D"})
  void signaturesAreServedOfTheEarlierTimeWhileClocksAreUpToADayApart(Duration wrong) {
    clock.read(database::instant);
    Clock serving = clock.serving();
    for (Duration ahead : new Duration[] {wrong, wrong.negated()}) {
      own.set(ahead);
      assertThat(serving.instant())
          .isBetween(time.now().minus(wrong), time.now())
          .isBeforeOrEqualTo(own.instant().plus(DatabaseClock.TOLERANCE));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"P60D", "P365D", "P-60D", "P-365D"})
  void aDatabaseWhoseClockIsFarAwayDoesNotTellServersTheTime(Duration wrong) {
    database.set(wrong);
    clock.read(database::instant);
    assertThat(clock.serving().instant()).isEqualTo(time.now());
  }
}
