package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.config.RollSettings;
import org.keyward.keyset.Forecast;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.PolicyRows;
import org.keyward.keyset.SignedWindow;
import org.keyward.keyset.ZoneKey;
import org.keyward.signing.PolicyCommands;
import org.keyward.store.PostgresForecasts.Known;

/** What is foreseen of a zone in PostgreSQL is what the signer does then. */
@Tag("once")
class ForecastsTest {
  private static final Duration STEP = Duration.ofHours(31);

  /** A hundred zones more with the keys of the one that there is. */
  private static final List<String> COPIES =
      List.of(
          "INSERT INTO domains (name, type) SELECT 'z' || i || '.test', 'NATIVE' FROM generate_series(1, 100) i",
          "INSERT INTO records (domain_id, name, type, content, ttl) SELECT d.id, d.name, r.type, r.content, r.ttl"
              + " FROM domains d, records r WHERE d.name <> 'example.com' AND r.type = 'A'",
          """
          INSERT INTO keyward.assignment (domain_id, zone, key_id, mode, state, validity, step,
            offset_before, runway, dnskey_ttl, planned_until, renews_at, assigned_at, assigned_by, reason)
          SELECT d.id, d.name, a.key_id, a.mode, a.state, a.validity, a.step, a.offset_before, a.runway,
            a.dnskey_ttl, a.planned_until, a.renews_at, a.assigned_at, a.assigned_by, a.reason
          FROM domains d, keyward.assignment a WHERE d.name <> a.zone
          """,
          """
          INSERT INTO keyward.ksk (assignment_id, key_id, published_from, signs_from)
          SELECT a.id, k.key_id, k.published_from, k.signs_from FROM keyward.assignment a, keyward.ksk k
          ON CONFLICT DO NOTHING
          """,
          """
          INSERT INTO keyward.zsk (assignment_id, algorithm, public_key, key_tag, sealed, published_from, signs_from)
          SELECT a.id, k.algorithm, k.public_key, k.key_tag, k.sealed, k.published_from, k.signs_from
          FROM keyward.assignment a, keyward.zsk k WHERE a.id <> k.assignment_id
          """,
          """
          INSERT INTO keyward.lifetime (assignment_id, role, lifetime, since)
          SELECT a.id, l.role, l.lifetime, l.since FROM keyward.assignment a, keyward.lifetime l
          ON CONFLICT DO NOTHING
          """,
          """
          INSERT INTO keyward.signed_set (assignment_id, active_from, inception, expiration, signature,
            ttl, zsks, ksks, signer, signed_at)
          SELECT a.id, s.active_from, s.inception, s.expiration, s.signature, s.ttl, ARRAY[z.id], s.ksks,
            s.signer, s.signed_at
          FROM keyward.signed_set s, keyward.assignment a JOIN keyward.zsk z ON z.assignment_id = a.id
          WHERE a.id <> s.assignment_id
          """);

  private static Forecast forecast(RollWorld world, Duration until) {
    return forecast(world, Set.of(), until);
  }

  private static Forecast forecast(RollWorld world, Set<KeyRole> starts, Duration until) {
    Known known =
        new PostgresForecasts(world.database).of(RollWorld.ZONE, world.time.now).orElseThrow();
    assertThat(known.isReplaced()).isTrue();
    PolicyRows policies =
        new PolicyCommands(new PostgresPolicies(world.database), world.settings).read();
    return Forecast.of(
        known.begin(policies.effective(known.policy()), world.time.now),
        starts,
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
  void aKskRollThatSomebodyMayStartIsForeseenAsItIsOnceItIsStarted() throws Exception {
    try (RollWorld world = new RollWorld()) {
      world.tick();
      Forecast none = forecast(world, Duration.ofDays(200));
      Forecast before = forecast(world, Set.of(KeyRole.KSK), Duration.ofDays(200));
      assertThat(world.startKsk("start", "second")).startsWith("done");
      Forecast after = forecast(world, Duration.ofDays(200));
      assertThat(words(before)).isEqualTo(words(after)).contains("ksk submitted", "ksk over");
      assertThat(before.steps().stream().map(Forecast.Step::until))
          .isEqualTo(after.steps().stream().map(Forecast.Step::until).toList());
      assertThat(sum(before)).isEqualTo(sum(after)).isGreaterThan(sum(none));
    }
  }

  private static int sum(Forecast forecast) {
    return forecast.signatures().values().stream().mapToInt(Integer::intValue).sum();
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

  @Test
  void manyZonesAreReadInAsManyStatementsAsOneAndEachIsAsByItself() throws Exception {
    try (RollWorld world = new RollWorld()) {
      world.tick();
      PostgresForecasts forecasts = new PostgresForecasts(world.database);
      List<Known> all = new ArrayList<>();
      int few =
          TestDatabase.statements(
              world.database, () -> forecasts.forAll(world.time.now, all::addAll));
      assertThat(all).containsExactly(forecasts.of(RollWorld.ZONE, world.time.now).orElseThrow());
      assertThat(all.get(0).stock()).hasSizeGreaterThan(3);
      world.database.useTransaction(handle -> COPIES.forEach(handle::execute));

      assertThat(
              TestDatabase.statements(
                  world.database,
                  () -> forecasts.forThoseOf(List.of("default"), world.time.now, all::addAll)))
          .isEqualTo(few);
      assertThat(all).hasSize(101);
      Known copy = all.get(99);
      assertThat(copy)
          .usingRecursiveComparison()
          .ignoringFields("zone", "policy", "keys", "stock", "turns", "cached.ds")
          .isEqualTo(all.get(0));
      assertThat(copy.keys().keys())
          .extracting(ZoneKey::role)
          .containsExactlyElementsOf(all.get(0).keys().keys().stream().map(ZoneKey::role).toList());
      assertThat(copy.stock())
          .extracting(SignedWindow::window)
          .containsExactlyElementsOf(
              all.get(0).stock().stream().map(SignedWindow::window).toList());
      assertThat(copy).isEqualTo(forecasts.of(copy.zone(), world.time.now).orElseThrow());
    }
  }
}
