package org.keyward.signing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.dnssec.ValidityWindow;
import org.keyward.keyset.Spread;
import org.keyward.signing.SigningStore.Signatures;
import org.xbill.DNS.Name;

class RunwayPlannerTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final Duration RUNWAY = Duration.ofDays(35);
  private static final SigningSchedule SCHEDULE =
      new SigningSchedule(Duration.ofDays(14), Duration.ofDays(7), Duration.ofHours(1));

  private static SigningStore.Planned zone(int number, Instant plannedUntil) {
    Name name = Name.fromConstantString("z" + number + ".example.");
    return new SigningStore.Planned(
        1, name, SCHEDULE, RUNWAY, NOW, plannedUntil, Signatures.NONE_YET, Optional.empty());
  }

  private static SigningStore.Planned signed(
      SigningStore.Planned fresh, Instant until, Optional<Spread> spread) {
    return new SigningStore.Planned(
        1, fresh.zone(), SCHEDULE, RUNWAY, NOW, until, Signatures.VALID, spread);
  }

  @Test
  void whatIsSignedAnewOverATimeHasItsTurnOneAfterTheOtherAndBeforeItIsUsed() {
    SigningStore.Planned fresh = zone(1, Instant.EPOCH);
    Duration day = Duration.ofDays(1);
    List<SigningStore.Step> steps =
        RunwayPlanner.missing(
            signed(fresh, Instant.EPOCH, Optional.of(new Spread(NOW, day.multipliedBy(5)))), NOW);
    assertThat(steps)
        .extracting(SigningStore.Step::notBefore)
        .startsWith(steps.get(0).window().activeFrom())
        .endsWith(
            NOW.plus(day.multipliedBy(2)),
            NOW.plus(day.multipliedBy(3)),
            NOW.plus(day.multipliedBy(4)));
    List<SigningStore.Step> late =
        RunwayPlanner.missing(
            signed(fresh, Instant.EPOCH, Optional.of(new Spread(NOW, day.multipliedBy(500)))), NOW);
    assertThat(late).allMatch(step -> step.notBefore().equals(step.window().activeFrom()));
  }

  private static List<ValidityWindow> missing(SigningStore.Planned zone, Instant now) {
    return RunwayPlanner.missing(zone, now).stream().map(SigningStore.Step::window).toList();
  }

  @Test
  void aNewZoneIsCoveredFromNowToTheEndOfItsRunway() {
    for (int number = 0; number < 200; number++) {
      List<ValidityWindow> windows = missing(zone(number, Instant.EPOCH), NOW);
      assertThat(windows).hasSize(5);
      assertThat(windows.get(0).inception()).isBeforeOrEqualTo(NOW);
      assertThat(windows.get(0).activeFrom()).isBeforeOrEqualTo(NOW);
      assertThat(windows.get(4).expiration()).isAfterOrEqualTo(NOW.plus(RUNWAY));
      for (int i = 1; i < windows.size(); i++) {
        assertThat(windows.get(i).activeFrom())
            .isEqualTo(windows.get(i - 1).activeFrom().plus(SCHEDULE.step()));
      }
    }
  }

  @Test
  void onlyWhatIsMissingIsPlanned() {
    List<ValidityWindow> first = missing(zone(1, Instant.EPOCH), NOW);
    Instant until = first.get(4).expiration();
    assertThat(missing(zone(1, until), NOW)).isEmpty();
    Instant later = until.minus(RUNWAY).plusSeconds(1);
    assertThat(missing(zone(1, until), later)).containsExactly(SCHEDULE.next(first.get(4)));
  }

  @Test
  void nothingIsPlannedForTheTimeThatHasPassed() {
    Instant muchLater = NOW.plus(Duration.ofDays(200));
    assertThat(missing(zone(1, NOW), muchLater))
        .allMatch(window -> window.expiration().isAfter(muchLater));
  }

  @Test
  void aSignatureIsNeededWhenTheOneBeforeEnds() {
    SigningStore.Planned fresh = zone(1, Instant.EPOCH);
    assertThat(RunwayPlanner.missing(fresh, NOW))
        .extracting(SigningStore.Step::neededBy)
        .startsWith(NOW.plus(SCHEDULE.step().dividedBy(2)))
        .endsWith(
            missing(fresh, NOW).stream()
                .limit(4)
                .map(ValidityWindow::expiration)
                .toArray(Instant[]::new));

    Instant until = missing(fresh, NOW).get(4).expiration();
    Instant later = until.minus(RUNWAY).plusSeconds(1);
    SigningStore.Planned signed = signed(fresh, until, Optional.empty());
    assertThat(RunwayPlanner.missing(signed, later))
        .extracting(SigningStore.Step::neededBy)
        .containsExactly(until);
  }
}
