package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.config.RollSettings;
import org.keyward.keyset.Forecast;
import org.keyward.keyset.PolicyRows;
import org.keyward.signing.PolicyCommands;

/** What is foreseen of a zone in PostgreSQL is what the signer does then. */
@Tag("once")
class ForecastsTest {
  private static final Duration STEP = Duration.ofHours(31);

  private static Forecast forecast(RollWorld world, Duration until) {
    PostgresForecasts.Known known =
        new PostgresForecasts(world.database).of(RollWorld.ZONE, world.time.now).orElseThrow();
    assertThat(known.signed()).isTrue();
    PolicyRows policies =
        new PolicyCommands(new PostgresPolicies(world.database), world.settings).read();
    return Forecast.of(
        known.begin(policies.effective(known.policy()), world.time.now),
        Duration.ofDays(3),
        world.time.now,
        world.time.now.plus(until));
  }

  private static List<String> words(Forecast forecast) {
    return forecast.steps().stream()
        .map(step -> step.role() + " " + step.phase().map(Enum::name).orElse("over"))
        .map(words -> words.toLowerCase(java.util.Locale.ROOT))
        .toList();
  }

  private static List<String> history(RollWorld world) {
    return world.texts(
        "SELECT role || ' ' || coalesce(next_phase, 'over') FROM keyward.roll_history ORDER BY id");
  }

  private static List<Instant> times(RollWorld world) {
    return world
        .texts("SELECT extract(epoch FROM at)::BIGINT FROM keyward.roll_history ORDER BY id")
        .stream()
        .map(seconds -> Instant.ofEpochSecond(Long.parseLong(seconds)))
        .toList();
  }

  @Test
  void eachStepOfAZskRollComesWhenItWasForeseenOrAtTheNextLook() throws Exception {
    try (RollWorld world = new RollWorld()) {
      world.database.useTransaction(
          handle -> {
            handle.execute("UPDATE domainmetadata SET content = 'default'");
            handle.execute("UPDATE keyward.assignment SET assigned_at = '2020-01-01 00:00:00+00'");
          });
      world.tick();
      String before = world.text("SELECT count(*) FROM keyward.audit");
      Forecast forecast = forecast(world, Duration.ofDays(175));
      assertThat(world.text("SELECT count(*) FROM keyward.audit")).isEqualTo(before);
      List<String> foreseen = words(forecast).stream().limit(7).toList();
      assertThat(foreseen).first().isEqualTo("zsk entering");
      assertThat(foreseen).last().isEqualTo("zsk over");
      while (history(world).size() < foreseen.size()) {
        world.pass(STEP);
      }
      assertThat(history(world)).isEqualTo(foreseen);
      assertNear(times(world), forecast, STEP.multipliedBy(2));
    }
  }

  /** Each look may add to what came before, as a signer's does. */
  private static void assertNear(List<Instant> times, Forecast forecast, Duration each) {
    List<String> late = new ArrayList<>();
    for (int i = 0; i < times.size(); i++) {
      Duration off = Duration.between(forecast.steps().get(i).at(), times.get(i));
      // A step that has missed a boundary of windows waits for the next.
      if (off.isNegative() || off.compareTo(each.multipliedBy(i + 1L).plusDays(7)) > 0) {
        late.add(forecast.steps().get(i) + " was at " + times.get(i));
      }
    }
    assertThat(late).isEmpty();
  }

  @Test
  void aKskRollThatIsUnderWayIsForeseenFromWhereItIs() throws Exception {
    try (RollWorld world = new RollWorld()) {
      assertThat(world.startKsk("start", "second")).startsWith("done");
      Forecast forecast = forecast(world, Duration.ofDays(200));
      List<String> foreseen = words(forecast);
      assertThat(foreseen)
          .containsExactly(
              "ksk entering",
              "ksk published",
              "ksk submitted",
              "ksk retiring",
              "ksk leaving",
              "ksk forgotten",
              "ksk over");
      Forecast.Step submitted = forecast.steps().get(2);
      assertThat(submitted.person()).isTrue();
      assertThat(Duration.between(submitted.at(), submitted.until().orElseThrow())).hasDays(3);
      for (int i = 0; i < 300 && !world.phase().equals("submitted"); i++) {
        world.pass(STEP);
      }
      world.pass(Duration.ofDays(3));
      world.parentShows(86_400, "second");
      for (int i = 0; i < 300 && !world.phase().isEmpty(); i++) {
        world.pass(STEP);
      }
      assertThat(history(world)).isEqualTo(foreseen);
      assertNear(times(world), forecast, STEP.multipliedBy(2));
    }
  }

  @Test
  void theConfigurationIsWhatTheDefaultLeavesOut() throws Exception {
    RollSettings usual = RollSettings.DEFAULT;
    RollSettings rolls =
        new RollSettings(
            Optional.of(Duration.ofDays(200)),
            Duration.ofHours(2),
            usual.safety(),
            usual.dataTtl(),
            usual.dsTtl(),
            usual.parentPropagation(),
            usual.servers());
    try (RollWorld world = new RollWorld(rolls)) {
      PolicyRows policies =
          new PolicyCommands(new PostgresPolicies(world.database), world.settings).read();
      assertThat(policies.effective("default").policy().zskLifetime())
          .contains(Duration.ofDays(200));
      assertThat(policies.effective("as-before").policy().zskLifetime()).isEmpty();
      assertThat(policies.effective("as-before").policy().propagation()).hasHours(2);
    }
  }
}
