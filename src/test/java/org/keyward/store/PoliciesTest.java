package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.keyset.Turns;
import org.keyward.signing.Finding;

/** Policies in PostgreSQL, and what begins by them, on a simulated clock. */
@Tag("once")
class PoliciesTest {
  private static final Duration STEP = Duration.ofHours(44);
  private RollWorld world;

  @BeforeEach
  void begin() throws Exception {
    world = new RollWorld();
    // As if its keys had been in use for long.
    world.database.useTransaction(
        handle ->
            handle.execute("UPDATE keyward.assignment SET assigned_at = '2020-01-01 00:00:00+00'"));
  }

  @AfterEach
  void close() {
    assertThat(new PostgresAudit(world.database).verify().fault()).isEmpty();
    world.close();
  }

  /** Has the signer answer what this function asks for; gives state and answer. */
  private String asked(String function) {
    String id = made("SELECT keyward." + function);
    world.settle();
    return world.text("SELECT state || ': ' || answer FROM keyward.requests WHERE id = " + id);
  }

  /** The number of the request that this makes. */
  private String made(String sql) {
    return world.database.inTransaction(
        handle -> handle.createQuery(sql).mapTo(String.class).one());
  }

  private void pass(int days) {
    for (int i = 0; i < days * 24 / 44; i++) {
      world.pass(STEP);
    }
  }

  private List<String> findings(Finding.Kind... kinds) {
    return new PostgresFindings(world.database)
        .facts(world.time.now, Duration.ofDays(14), 10).rolls().stream()
            .filter(fact -> Stream.of(kinds).anyMatch(kind -> kind == fact.kind()))
            .map(fact -> fact.kind() + " " + fact.zone() + " " + fact.detail())
            .toList();
  }

  @Test
  void aZoneHasTheDefaultUnlessItsMetadataSayOtherwise() {
    assertThat(world.text("SELECT policy FROM keyward.zone_policies")).isEqualTo("as-before");
    world.database.useTransaction(handle -> handle.execute("DELETE FROM domainmetadata"));
    assertThat(world.text("SELECT policy FROM keyward.zone_policies")).isEqualTo("default");
    world.database.useTransaction(
        handle ->
            handle.execute(
                "UPDATE keyward.request SET kind = 'adopt' WHERE id = (SELECT request_id FROM"
                    + " keyward.assignment)"));
    assertThat(world.text("SELECT policy FROM keyward.zone_policies")).isEqualTo("as-before");
    assertThatThrownBy(() -> metadata("nowhere"))
        .hasMessageContaining("there is no policy 'nowhere'");
    metadata("default");
    assertThat(world.text("SELECT policy FROM keyward.zone_policies")).isEqualTo("default");
  }

  private void metadata(String policy) {
    world.database.useTransaction(
        handle ->
            handle.execute(
                "INSERT INTO domainmetadata (domain_id, kind, content)"
                    + " SELECT id, 'X-KEYWARD-POLICY', ? FROM domains",
                policy));
  }

  @Test
  void whatIsUnsafeOrUnreadableIsRefusedAndHasChangedNothing() {
    assertThat(asked("set_policy('default', 'zsk-lifetime=30d')"))
        .isEqualTo(
            "failed: policy default: zsk-lifetime must be 78d9h or more, or never: with this runway and"
                + " these margins a roll is not over when the next one begins");
    assertThat(asked("set_policy('default', 'zsk-lifetime=soon')"))
        .startsWith("failed: policy default: zsk-lifetime: 'soon' is not a duration");
    assertThat(asked("set_policy('default', 'lifetime=30d')"))
        .startsWith(
            "failed: policy default: 'lifetime=30d' is not FIELD=VALUE; the fields are zsk-");
    assertThat(asked("set_policy('Big Banks', 'pace=now')")).contains("is no name for a policy");
    assertThat(asked("set_policy('default', 'base=as-before')"))
        .contains("is based on the signer's configuration");
    assertThat(asked("set_policy('banks', 'base=nowhere')"))
        .isEqualTo("failed: policy there is no policy nowhere");
    assertThat(asked("delete_policy('as-before')")).contains("is built in, and stays");
    assertThat(asked("assign_policy('example.com', 'nowhere')"))
        .startsWith("failed: example.com: there is no policy 'nowhere'");
    assertThat(world.texts("SELECT name FROM keyward.policies ORDER BY name"))
        .containsExactly("as-before", "default");
    assertThat(world.text("SELECT count(*) FROM keyward.policy_value")).isEqualTo("2");
  }

  @Test
  void anEditStartsNoRollAndTheNextTurnDoes() {
    assertThat(asked("set_policy('banks', 'zsk-lifetime=91d pace=now', 'ticket 7')"))
        .startsWith("done: the policy banks is changed");
    assertThat(asked("set_policy('small', 'base=banks retire-safety=2h')")).startsWith("done");
    assertThat(asked("assign_policy('example.com', 'small')"))
        .startsWith("done: example.com has the policy small");
    assertThat(asked("delete_policy('small')"))
        .isEqualTo("failed: example.com has the policy small; give it another first");
    assertThat(asked("delete_policy('banks')"))
        .isEqualTo("failed: the policy small is based on banks");
    world.tick();
    assertThat(world.phase()).isEmpty();
    Instant set = world.time.now;
    Duration life = Duration.ofDays(91);
    assertThat(world.text("SELECT lifetime FROM keyward.lifetime WHERE role = 'zsk'"))
        .isEqualTo(String.valueOf(life.toSeconds()));
    long place =
        Long.parseLong(
            world.text("SELECT ('x' || substr(md5('example.com'), 1, 8))::bit(32)::bigint"));
    Instant turn = new Turns(place).first(life, set, Instant.EPOCH);
    while (world.time.now.plus(STEP).isBefore(turn)) {
      world.pass(STEP);
      assertThat(world.phase()).isEmpty();
    }
    world.pass(STEP);
    assertThat(world.text("SELECT role || ' ' || pace || ' ' || reason FROM keyward.roll"))
        .isEqualTo("zsk now the lifetime of its ZSK is over");
    assertThat(
            world.texts(
                "SELECT detail FROM keyward.audit WHERE action = 'POLICY_CHANGED'"
                    + " AND result = 'DONE' ORDER BY id"))
        .containsExactly(
            "set zsk-lifetime=91d pace=now in the policy banks; ticket 7",
            "set base=banks retire-safety=2h in the policy small",
            "keep the keys of example.com by the policy small");
    pass(20);
    assertThat(world.bogus()).isEmpty();
  }

  @Test
  void theMarginsOfAPolicyAreWaitedFor() {
    asked("set_policy('slow', 'zsk-lifetime=never retire-safety=20d')");
    asked("assign_policy('example.com', 'slow')");
    world.command("start-now");
    for (int i = 0; i < 100 && !world.phase().equals("retiring"); i++) {
      world.pass(STEP);
    }
    pass(17);
    assertThat(world.phase()).isEqualTo("retiring");
    pass(8);
    assertThat(world.phase()).isNotEqualTo("retiring");
  }

  @Test
  void aKskIsReplacedByTheOneThatIsNamedAndNoOtherIsMade() {
    asked("set_policy('yearly', 'zsk-lifetime=never ksk-lifetime=100d next-ksk=t/second')");
    asked("assign_policy('example.com', 'yearly')");
    world.tick();
    for (int i = 0; i < 60 && world.phase().isEmpty(); i++) {
      world.pass(STEP);
    }
    assertThat(world.text("SELECT role || ' ' || reason FROM keyward.roll"))
        .isEqualTo("ksk the lifetime of its KSK is over");
    for (int i = 0; i < 60 && !world.phase().equals("submitted"); i++) {
      world.pass(STEP);
    }
    world.parentShows(86_400, "second");
    for (int i = 0; i < 60 && !world.phase().isEmpty(); i++) {
      world.pass(STEP);
    }
    assertThat(findings(Finding.Kind.KEY_LIFETIME_OVER)).isEmpty();
    pass(140);
    assertThat(world.text("SELECT count(*) FROM keyward.ksk")).isEqualTo("2");
    assertThat(world.phase()).isEmpty();
    assertThat(findings(Finding.Kind.KEY_LIFETIME_OVER))
        .singleElement()
        .asString()
        .startsWith("KEY_LIFETIME_OVER example.com KSK is not replaced: ")
        .contains("example.com");
    assertThat(world.bogus()).isEmpty();
  }

  @Test
  void aKskOfWhichNobodyNamesTheNextIsAFinding() {
    asked("set_policy('yearly', 'zsk-lifetime=never ksk-lifetime=100d')");
    asked("assign_policy('example.com', 'yearly')");
    pass(104);
    assertThat(world.phase()).isEmpty();
    assertThat(findings(Finding.Kind.KEY_LIFETIME_OVER))
        .containsExactly(
            "KEY_LIFETIME_OVER example.com KSK is not replaced: its policy yearly does not name the"
                + " next one");
    asked("set_policy('yearly', 'next-ksk=t/nothing')");
    pass(4);
    assertThat(findings(Finding.Kind.KEY_LIFETIME_OVER))
        .singleElement()
        .asString()
        .contains("nothing");
    asked("set_policy('yearly', 'next-ksk=t/second')");
    pass(4);
    assertThat(world.text("SELECT role FROM keyward.roll")).isEqualTo("ksk");
    assertThat(findings(Finding.Kind.KEY_LIFETIME_OVER)).isEmpty();
  }

  @Test
  void aPolicyThatHasBecomeUnsafeStartsNoRollAndIsAFinding() {
    asked("set_policy('quick', 'zsk-lifetime=91d')");
    asked("assign_policy('example.com', 'quick')");
    // Past the check, as a runway that the configuration makes longer is.
    world.database.useTransaction(
        handle ->
            handle.execute("UPDATE keyward.policy_value SET value = '30d' WHERE policy = 'quick'"));
    pass(95);
    assertThat(world.steps()).isEmpty();
    assertThat(findings(Finding.Kind.POLICY_UNSAFE))
        .singleElement()
        .asString()
        .startsWith("POLICY_UNSAFE quick zsk-lifetime must be 78d9h or more");
    asked("set_policy('quick', 'zsk-lifetime=never')");
    pass(4);
    assertThat(findings(Finding.Kind.POLICY_UNSAFE)).isEmpty();
  }

  @Test
  void whereTwoPeopleAreNeededItTakesTwo() {
    world.database.useTransaction(
        handle -> handle.execute("UPDATE keyward.rule SET two_person = true"));
    String set =
        made(
            "INSERT INTO keyward.request (kind, zone, mode, label, key_label, actor) VALUES ('policy',"
                + " '.', 'set', 'banks', 'pace=now', 'os:alice') RETURNING id");
    world.settle();
    assertThat(
            world.text("SELECT state || ' ' || asks_for FROM keyward.requests WHERE id = " + set))
        .isEqualTo("waiting set pace=now in the policy banks");
    new RequestDesk(world.database).approve(Long.parseLong(set), "os:bob", world.time.now);
    world.settle();
    assertThat(world.texts("SELECT name FROM keyward.policies ORDER BY name"))
        .containsExactly("as-before", "banks", "default");
    assertThatThrownBy(
            () ->
                world.database.useTransaction(
                    handle -> handle.execute("UPDATE domainmetadata SET content = 'banks'")))
        .hasMessageContaining("it takes two people to change its policy");
    assertThatThrownBy(
            () ->
                world.database.useTransaction(
                    handle -> handle.execute("DELETE FROM domainmetadata")))
        .hasMessageContaining("it takes two people to change its policy");
    String give =
        made(
            "INSERT INTO keyward.request (kind, zone, mode, label, actor) VALUES ('policy',"
                + " 'example.com', 'assign', 'banks', 'os:alice') RETURNING id");
    world.settle();
    assertThat(world.text("SELECT policy FROM keyward.zone_policies")).isEqualTo("as-before");
    new RequestDesk(world.database).approve(Long.parseLong(give), "os:bob", world.time.now);
    world.settle();
    assertThat(world.text("SELECT policy FROM keyward.zone_policies")).isEqualTo("banks");
  }
}
