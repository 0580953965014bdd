package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.admin.ConflictException;
import org.keyward.keyset.DsWriting;
import org.keyward.keyset.Forecast;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.Pace;
import org.keyward.keyset.ZonePolicy;
import org.keyward.signing.PolicyCommands;
import org.keyward.signing.SigningRequest;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** Which keys are replaced in which mode, and what is said where they are not. */
@Tag("once")
class RollModesTest {
  private static final String SPLIT =
      " is in mode split, in which only its KSK is replaced; take it to mode presigned first ('keyward"
          + " mode example.com presigned'), and back when the roll is over";
  private RollWorld world;

  @BeforeEach
  void begin() throws Exception {
    world = new RollWorld();
    // As if its keys had been in use for long.
    sql("UPDATE keyward.assignment SET assigned_at = '2020-01-01 00:00:00+00'");
  }

  @AfterEach
  void close() {
    assertThat(new PostgresAudit(world.database).verify().fault()).isEmpty();
    world.close();
  }

  private void sql(String statement) {
    world.database.useTransaction(handle -> handle.execute(statement));
  }

  private String answer(String call) {
    long id =
        world.database.inTransaction(
            handle -> handle.createQuery("SELECT keyward." + call).mapTo(Long.class).one());
    world.settle();
    return world.text("SELECT state || ': ' || answer FROM keyward.requests WHERE id = " + id);
  }

  @Test
  void inModeSplitTheKskIsReplacedAsInModePresigned() {
    sql("UPDATE keyward.assignment SET mode = 'split'");
    assertThat(world.startKsk("start", "second")).startsWith("done: example.com: KSK ");
    assertThat(new RollViews(world.database).obstacle(RollWorld.ZONE, KeyRole.KSK)).isEmpty();
    world.until("ksk", "submitted");
    assertThat(world.text("SELECT record FROM keyward.ds_due")).startsWith("example.com. IN DS ");
    world.parentShows(3600, "second");
    world.until("ksk", "");
    assertThat(
            world.text(
                "SELECT k.label FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id"))
        .isEqualTo("second");
    assertThat(
            world.text(
                "SELECT count(*) - count(DISTINCT active_from) FROM keyward.signed_set WHERE ttl = 300"))
        .as("extra signatures, by the second key")
        .matches("[1-6]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mode = 'split' | zsk | example.com is in mode split, in which only its KSK is replaced; take it to mode"
            + " presigned first ('keyward mode example.com presigned'), and back when the roll is over",
        "mode = 'powerdns' | zsk | example.com goes over to PowerDNS with its keys, and 'pdnsutil' replaces"
            + " them there",
        "mode = 'powerdns' | ksk | example.com goes over to PowerDNS with its keys, and 'pdnsutil' replaces"
            + " them there",
        "adopt_after = '2100-01-01' | zsk | example.com is changing its mode; ask again when that is over",
        "state = 'leaving' | ksk | example.com is on its way to unsigned; 'keyward"
            + " assign example.com' with its key keeps it signed",
      })
  void saysTheWayRound(String row, String role, String why) {
    sql("UPDATE keyward.assignment SET " + row);
    String more = role.equals("ksk") ? ", token => 't', label => 'second'" : "";
    assertThat(answer("roll('example.com', 'start', 'a test', '" + role + "'" + more + ")"))
        .isEqualTo("failed: " + why);
    assertThat(answer("roll('example.com', 'hold', 'a test', '" + role + "')"))
        .isEqualTo(
            "failed: " + why.replaceFirst("example.com", "example.com has no roll under way, and"));
    KeyRole of = role.equals("ksk") ? KeyRole.KSK : KeyRole.ZSK;
    assertThat("example.com" + new RollViews(world.database).obstacle(RollWorld.ZONE, of).get())
        .isEqualTo(why);
    assertThat(answer("assign_policy('example.com', 'default')"))
        .isEqualTo(
            "done: " + why.replaceFirst("example.com", "example.com has the policy default, and"));
    assertThat(world.phase()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT 1 | has no key that Keyward uses; 'keyward assign other.example --token TOKEN --label LABEL'"
            + " gives it one",
        "UPDATE domains SET type = 'SLAVE' WHERE name = 'other.example' | is a copy from another server: its"
            + " keys are replaced where it is signed",
        "INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, 'PRESIGNED', '1' FROM domains WHERE"
            + " name = 'other.example' | has no key that Keyward uses: it is signed elsewhere, and its keys"
            + " are replaced there",
        "INSERT INTO cryptokeys (domain_id, flags, active, published, content) SELECT domains.id, 256, true, true,"
            + " concat_ws(chr(10), 'Private-key-format: v1.2', 'Algorithm: 15 (ED25519)', concat('PrivateKey: ',"
            + " encode(sha256('1'), 'base64')))"
            + " FROM domains WHERE name = 'other.example' | has no key that"
            + " Keyward uses: PowerDNS signs it, and its keys are replaced with 'pdnsutil'; 'keyward"
            + " adopt-hsm' says whether Keyward can take them over",
        "DELETE FROM domains WHERE name = 'other.example' | has no key that Keyward uses, and there is no such"
            + " zone; 'keyward zone list' shows those that there are",
      })
  void saysWhoReplacesTheKeysOfZonesThatKeywardDoesNotSign(String statement, String why) {
    sql("INSERT INTO domains (name, type) VALUES ('other.example', 'NATIVE')");
    sql(statement.startsWith("SELECT") ? "UPDATE domains SET type = type" : statement);
    Name zone = Name.fromConstantString("other.example.");
    for (KeyRole role : KeyRole.values()) {
      assertThat(new RollViews(world.database).obstacle(zone, role)).contains(" " + why);
    }
    long id =
        new SigningDesk(world.database)
            .roll(
                new SigningRequest.Roll(
                    zone, "start", "zsk", Optional.empty(), Optional.empty(), "", "os:alice"));
    world.settle();
    assertThat(new SigningDesk(world.database).answer(id).text()).isEqualTo("other.example " + why);
  }

  @ParameterizedTest
  @CsvSource({"presigned, ksk zsk", "split, ksk", "powerdns, ''"})
  void lifetimesBeginRollsWhereKeysAreReplacedAndElsewhereNoFindingEither(
      String mode, String begun) {
    assertThat(
            answer(
                "set_policy('short', 'zsk-lifetime=91d ksk-lifetime=120d next-ksk=t/second pace=now')"))
        .startsWith("done");
    assertThat(answer("assign_policy('example.com', 'short')")).startsWith("done");
    sql("UPDATE keyward.assignment SET mode = '" + mode + "'");
    world.parentShows(3600, "second");
    world.pass(130);
    assertThat(world.texts("SELECT DISTINCT role FROM keyward.roll_history ORDER BY role"))
        .isEqualTo(begun.isEmpty() ? List.of() : List.of(begun.split(" ")));
    sql("UPDATE keyward.lifetime SET waits_since = '2020-01-01', why = 'a test'");
    sql("DELETE FROM keyward.roll");
    assertThat(world.findings().stream().filter(one -> one.startsWith("KEY_LIFETIME")).count())
        .isEqualTo(begun.isEmpty() ? 0 : begun.split(" ").length);
  }

  @Test
  void aForecastInModeSplitKnowsRollsOfTheKskAlone() {
    sql("UPDATE keyward.assignment SET mode = 'split'");
    PostgresForecasts.Known known =
        new PostgresForecasts(world.database).of(RollWorld.ZONE, world.time.now).orElseThrow();
    assertThat(known.isReplaced()).isTrue();
    assertThat(known.obstacles()).containsOnlyKeys(KeyRole.ZSK).containsValue(SPLIT);
    PostgresRolls rolls = new PostgresRolls(world.database, new KeyRows(world.seal), "signer:test");
    ZonePolicy policy =
        new PolicyCommands(rolls.policies(), world.settings).read().effective("default");
    Forecast.Begin begin =
        known.begin(
            new ZonePolicy("default", policy.policy(), Pace.LAZY, Optional.empty(), DsWriting.HAND),
            world.time.now);
    Duration life = policy.policy().zskLifetime().orElseThrow();
    assertThat(begin.turn(KeyRole.ZSK, world.time.now)).isEmpty();
    assertThat(
            Forecast.of(
                    begin, Duration.ZERO, world.time.now, world.time.now.plus(life.multipliedBy(3)))
                .steps())
        .isEmpty();
  }

  @Test
  void aDryRunKnowsToThatAModeIsNotChangedDuringARoll() {
    world.startKsk("start", "second");
    assertThatThrownBy(() -> new Foresight(world.database).mode(RollWorld.ZONE, SigningMode.SPLIT))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("has a roll under way, and its mode changes when that is over");
    assertThat(answer("set_mode('example.com', 'split')")).contains("has a roll under way");
  }
}
