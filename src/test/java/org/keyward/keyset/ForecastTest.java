package org.keyward.keyset;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.keyward.keyset.Forecast.Begin;
import org.keyward.keyset.Forecast.Kind;
import org.keyward.keyset.Forecast.Step;

/** What is to come, on a simulated clock. */
class ForecastTest {
  private static final Instant NOW = World.BEGIN;
  private static final Duration TEN_YEARS = Duration.ofDays(3652);
  private static final KeySet STABLE =
      new KeySet(
          List.of(
              ZoneKey.inUse(-1, KeyRole.KSK, 13, 1001, Instant.EPOCH),
              ZoneKey.inUse(2, KeyRole.ZSK, 13, 2002, Instant.EPOCH)),
          List.of());

  private static Begin begin(KeySet keys, Policy policy, Optional<String> nextKsk) {
    return new Begin(
        World.ZONE,
        keys,
        List.of(),
        new CachedTtls(Duration.ZERO, Duration.ZERO, Duration.ZERO),
        new ZonePolicy("test", policy, Pace.LAZY, nextKsk, DsWriting.HAND),
        new Turns(123_456_789),
        Map.of(),
        NOW.minus(Duration.ofDays(400)),
        Optional.of("t/ksk"));
  }

  private static List<Step> of(Forecast forecast, KeyRole role, Kind kind) {
    return forecast.steps().stream()
        .filter(step -> step.role() == role && step.kind() == kind)
        .toList();
  }

  @Test
  void tenYearsOfAZoneHaveARollOfTheZskInEachLifetime() {
    Forecast forecast =
        Forecast.of(
            begin(STABLE, Policy.DEFAULT, Optional.empty()),
            Duration.ZERO,
            NOW,
            NOW.plus(TEN_YEARS));
    List<Step> begins = of(forecast, KeyRole.ZSK, Kind.BEGINS);
    assertThat(begins).hasSizeBetween(39, 41);
    // The first one was due before.
    for (int i = 2; i < begins.size(); i++) {
      assertThat(Duration.between(begins.get(i - 1).at(), begins.get(i).at())).hasDays(91);
    }
    assertThat(of(forecast, KeyRole.ZSK, Kind.ENDS)).hasSizeGreaterThan(37);
    // One each week for ten years and the runway: rolls of the ZSK cost the token nothing.
    assertThat(forecast.signatures().values().stream().mapToInt(Integer::intValue).sum())
        .isBetween(521, 530);
    assertThat(forecast.looks()).isLessThan(2_000);
  }

  @Test
  void eachPhaseSaysWhatItWaitsForAndUntilWhen() {
    Forecast forecast =
        Forecast.of(
            begin(STABLE, Policy.DEFAULT, Optional.empty()),
            Duration.ZERO,
            NOW,
            NOW.plus(Duration.ofDays(360)));
    List<Step> roll = forecast.steps().stream().limit(7).toList();
    assertThat(roll.stream().map(step -> step.phase().map(Enum::name).orElse("over")))
        .containsExactly(
            "ENTERING", "PUBLISHED", "SWITCHING", "RETIRING", "LEAVING", "FORGOTTEN", "over");
    assertThat(roll.stream().map(Step::waits))
        .containsExactly(
            List.of(WaitsFor.STOCK),
            List.of(WaitsFor.CACHES),
            List.of(WaitsFor.CACHES),
            List.of(WaitsFor.CACHES),
            List.of(WaitsFor.STOCK),
            List.of(WaitsFor.CACHES),
            List.of());
    for (int i = 0; i < 6; i++) {
      assertThat(roll.get(i).until()).contains(roll.get(i + 1).at());
    }
    assertThat(Duration.between(roll.get(1).at(), roll.get(2).at())).hasHours(3);
    assertThat(roll).noneMatch(Step::person);
  }

  @Test
  void aKskOfWhichTheNextIsNamedIsReplacedAndThenTheNextIsToBeNamed() {
    Forecast forecast =
        Forecast.of(
            begin(STABLE, Policies.TIGHT, Optional.of("t/next")),
            Duration.ofDays(3),
            NOW,
            NOW.plus(TEN_YEARS));
    assertThat(of(forecast, KeyRole.KSK, Kind.BEGINS)).hasSize(1);
    Step submitted =
        of(forecast, KeyRole.KSK, Kind.GOES_ON).stream()
            .filter(step -> step.phase().equals(Optional.of(RollPhase.SUBMITTED)))
            .findFirst()
            .orElseThrow();
    assertThat(submitted.person()).isTrue();
    assertThat(submitted.waits()).containsExactly(WaitsFor.PARENT);
    assertThat(submitted.until()).contains(submitted.at().plus(Duration.ofDays(3)));
    assertThat(of(forecast, KeyRole.KSK, Kind.ENDS)).hasSize(1);
    List<Step> needed = of(forecast, KeyRole.KSK, Kind.NEEDS_KEY);
    assertThat(needed).hasSize(1);
    assertThat(needed.get(0).person()).isTrue();
    int more = forecast.signatures().values().stream().mapToInt(Integer::intValue).sum();
    assertThat(more).isBetween(525, 540);
  }

  @Test
  void aKeyIsNeverInvented() {
    Forecast forecast =
        Forecast.of(
            begin(STABLE, Policies.TIGHT, Optional.of("t/ksk")),
            Duration.ZERO,
            NOW,
            NOW.plus(TEN_YEARS));
    assertThat(of(forecast, KeyRole.KSK, Kind.BEGINS)).isEmpty();
    assertThat(of(forecast, KeyRole.KSK, Kind.NEEDS_KEY)).hasSize(1);
  }

  @Test
  void aRollThatIsHeldStaysWhereItIs() {
    Forecast.Begin stable = begin(STABLE, Policy.DEFAULT, Optional.empty());
    Commands commands = new Commands(new KeySetPlanner(World.ZONE, Policy.DEFAULT));
    Outcome started =
        commands.start(
            STABLE,
            ZoneKey.unused(3, KeyRole.ZSK, 13, 3003),
            Pace.LAZY,
            new Observed(
                List.of(),
                Optional.empty(),
                Optional.empty(),
                stable.cached(),
                /* clockTrusted= */ true),
            NOW);
    Outcome held = commands.hold(((Outcome.Done) started).keys(), KeyRole.ZSK);
    Forecast forecast =
        Forecast.of(
            begin(((Outcome.Done) held).keys(), Policy.DEFAULT, Optional.empty()),
            Duration.ZERO,
            NOW,
            NOW.plus(TEN_YEARS));
    assertThat(forecast.steps()).hasSize(1);
    assertThat(forecast.steps().get(0).kind()).isEqualTo(Kind.STANDS);
    assertThat(forecast.steps().get(0).waits()).containsExactly(WaitsFor.PERSON);
    assertThat(forecast.steps().get(0).person()).isTrue();
  }
}
