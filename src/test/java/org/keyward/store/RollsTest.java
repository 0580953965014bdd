package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A ZSK takes the place of another, in PostgreSQL and on a simulated clock. */
@Tag("once")
class RollsTest {
  private static final Duration STEP = Duration.ofHours(44);
  private static final List<String> ALL =
      List.of(
          "- entering",
          "entering published",
          "published switching",
          "switching retiring",
          "retiring leaving",
          "leaving forgotten",
          "forgotten -");
  private RollWorld world;

  @BeforeEach
  void begin() throws Exception {
    world = new RollWorld();
  }

  @AfterEach
  void close() {
    assertThat(new PostgresAudit(world.database).verify().fault()).isEmpty();
    world.close();
  }

  private void until(String phase) {
    world.until("zsk", phase);
  }

  @Test
  void goesThroughAllPhasesWithoutAnExtraSignatureOfTheKskAndWithoutABogusMoment() {
    assertThat(world.command("start")).startsWith("done: example.com: ZSK ");
    until("");
    assertThat(world.steps()).isEqualTo(ALL);
    assertThat(world.bogus()).isEmpty();
    assertThat(world.text("SELECT count(*) - count(DISTINCT active_from) FROM keyward.signed_set"))
        .as("windows that were signed twice")
        .isEqualTo("0");
    assertThat(
            world.texts("SELECT state FROM keyward.key_states WHERE role = 'zsk' ORDER BY key_id"))
        .hasSize(2);
    assertThat(
            world.texts("SELECT actor || ' ' || action FROM keyward.audit WHERE action ~ 'ROLL'"))
        .startsWith("os:alice ROLL_COMMAND")
        .endsWith("signer:test ROLL_STEP")
        .hasSize(7);
  }

  @Test
  void goesOnWithAnotherSignerAfterEachStep() {
    world.command("start");
    for (int i = 0; i < 300 && !world.phase().isEmpty(); i++) {
      world.pass(STEP);
      world.restart();
      world.tick();
    }
    assertThat(world.steps()).isEqualTo(ALL);
    assertThat(world.bogus()).isEmpty();
  }

  @Test
  void waitsForAServerThatDoesNotFollowTheDatabase() {
    RollWorld.Server late = world.servers.get(1);
    late.reachesDatabase = false;
    world.command("start");
    world.pass(60);
    assertThat(world.phase()).isEqualTo("entering");
    assertThat(world.text("SELECT waits_for FROM keyward.rolls")).isEqualTo("servers");
    assertThat(world.findings()).first().isEqualTo("ROLL_STUCK example.com its name servers");
    assertThat(world.findings())
        .last()
        .asString()
        .matches("SERVERS_DIFFER example.com one has \\d+ \\d+, two has \\d+");
    late.reachesDatabase = true;
    until("switching");
    late.reachesDatabase = false;
    world.pass(30);
    assertThat(world.phase()).isEqualTo("switching");
    late.reachesDatabase = true;
    until("leaving");
    late.reachesDatabase = false;
    world.pass(60);
    assertThat(world.phase()).isEqualTo("leaving");
    late.reachesDatabase = true;
    until("");
    assertThat(world.bogus()).isEmpty();
  }

  @Test
  void aServerThatDoesNotAnswerCountsUntilWhatItMayHaveHasExpired() {
    RollWorld.Server silent = world.servers.get(1);
    silent.answers = false;
    world.command("start");
    world.pass(48);
    assertThat(world.phase()).isEqualTo("entering");
    assertThat(
            world.texts("SELECT failure FROM keyward.zone_servers WHERE failing_since IS NOT NULL"))
        .containsExactly("it does not answer");
    until("published");
    until("");
    assertThat(world.steps()).isEqualTo(ALL);
  }

  @Test
  void aTtlThatIsLoweredMeanwhileDoesNotShortenTheWait() {
    ttl(10 * 86_400);
    world.command("start");
    until("published");
    ttl(20 * 86_400);
    ttl(300);
    until("retiring");
    world.pass(18);
    assertThat(world.phase()).isEqualTo("retiring");
    assertThat(world.text("SELECT data_ttl FROM keyward.roll")).isEqualTo("1728000");
    world.pass(5);
    assertThat(world.phase()).isEqualTo("leaving");
  }

  private void ttl(int seconds) {
    world.database.useTransaction(
        handle ->
            handle.execute(
                "UPDATE public.records SET ttl = ? WHERE name = 'www.example.com'", seconds));
  }

  @Test
  void refusedCommandsChangeNothing() {
    assertRefused("hold", "has no roll under way");
    assertRefused("cancel", "has no roll under way");
    world.command("start");
    assertRefused("start", "has a roll under way, in phase entering");
    assertRefused("resume", "is not held");
    assertThat(world.command("hold")).startsWith("done: ");
    assertRefused("hold", "is held already");
    assertRefused("fly", "there is no command 'fly'");
    world.database.useTransaction(
        handle -> handle.execute("UPDATE keyward.assignment SET mode = 'split'"));
    assertRefused("start", "is in mode split, in which only its KSK is replaced");
  }

  private void assertRefused(String command, String why) {
    List<String> before = state();
    assertThat(world.command(command)).startsWith("failed: example.com").contains(why);
    assertThat(state()).isEqualTo(before);
  }

  private List<String> state() {
    return world.texts(
        """
        SELECT z::TEXT FROM keyward.zsk z UNION ALL SELECT r::TEXT FROM keyward.roll r
        UNION ALL SELECT e::TEXT FROM keyward.roll_event e UNION ALL SELECT a::TEXT FROM keyward.assignment a
        UNION ALL SELECT content FROM public.records
        """);
  }

  @ParameterizedTest
  @ValueSource(strings = {"entering", "published", "switching", "retiring", "leaving", "forgotten"})
  void goesBackFromEachPhase(String phase) {
    world.command("start");
    until(phase);
    assertThat(world.command("cancel")).startsWith("done: ").contains("goes back");
    until("");
    assertThat(world.bogus()).isEmpty();
    assertThat(
            world.texts(
                "SELECT key_id || ' ' || state FROM keyward.key_states WHERE role = 'zsk' ORDER BY key_id"))
        .hasSize(2);
    assertThat(
            world.text(
                "SELECT id FROM keyward.zsk WHERE signs_from IS NOT NULL AND signs_until IS NULL"))
        .isEqualTo("1");
  }

  @Test
  void staysWhileItIsHeld() {
    world.command("start");
    until("published");
    assertThat(world.command("hold")).contains("stays in phase published");
    world.pass(30);
    assertThat(world.phase()).isEqualTo("published");
    assertThat(world.text("SELECT waits_for FROM keyward.rolls")).isEqualTo("person");
    assertThat(world.command("resume")).contains("goes on from phase published");
    until("");
    assertThat(world.bogus()).isEmpty();
  }

  @Test
  void signsAnewAtOnceWhereThatIsAskedFor() {
    world.command("start-now");
    until("published");
    assertThat(
            world.text("SELECT extract(epoch FROM since - began_at) < 2 * 86400 FROM keyward.roll"))
        .isEqualTo("t");
    until("");
    assertThat(world.bogus()).isEmpty();
  }

  @Test
  void aJumpOfTheClockStopsRollsForAnHour() {
    world.command("start");
    until("published");
    world.restart();
    world.pass(Duration.ofHours(2));
    assertThat(world.phase()).isEqualTo("published");
    assertThat(world.text("SELECT waits_for FROM keyward.rolls")).isEqualTo("clock");
    assertThat(world.findings()).singleElement().asString().startsWith("CLOCK_JUMP  from 2026-");
    world.pass(Duration.ofMinutes(59));
    assertThat(world.phase()).isEqualTo("published");
    world.pass(Duration.ofMinutes(15));
    assertThat(world.phase()).isEqualTo("switching");
  }

  @Test
  void tellsOfASetThatServersDoNotGoTo() {
    world.command("start");
    until("published");
    assertThat(world.findings()).isEmpty();
    long now = world.time.now.getEpochSecond();
    world.database.useTransaction(
        handle ->
            handle.execute(
                "UPDATE keyward.signed_set SET zsks = '{2}' WHERE active_from = ("
                    + "SELECT max(active_from) FROM keyward.signed_set WHERE active_from <= ?)",
                now));
    String tag = world.text("SELECT key_tag FROM keyward.zsk WHERE id = 1");
    assertThat(world.findings()).containsExactly("SET_HELD example.com ZSK " + tag);
  }

  @Test
  void waitsForASecondPersonButToHold() {
    RequestDesk desk = new RequestDesk(world.database);
    desk.needTwoPeople("os:alice", world.time.now);
    assertThat(world.command("start")).startsWith("waiting: ");
    assertThat(world.phase()).isEmpty();
    desk.approve(
        Long.parseLong(world.text("SELECT max(id) FROM keyward.request")),
        "os:bob",
        world.time.now);
    world.settle();
    assertThat(world.phase()).isEqualTo("entering");
    assertThat(world.command("hold")).startsWith("done: ");
    assertThat(world.command("resume")).startsWith("waiting: ");
  }

  @Test
  void aModeIsNotChangedMeanwhile() {
    world.command("start");
    new SigningDesk(world.database).changeMode(RollWorld.ZONE, "split", "", "os:alice");
    world.settle();
    assertThat(world.text("SELECT answer FROM keyward.request ORDER BY id DESC LIMIT 1"))
        .contains("has a roll under way");
  }
}
