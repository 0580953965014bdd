package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.keyset.Commands;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.KeySetPlanner;
import org.keyward.keyset.Pace;
import org.keyward.keyset.Policy;
import org.keyward.signing.RollStore;
import org.keyward.signing.SigningRequest;

/** What holds a roll in the database, beyond what the planner is told. */
@Tag("once")
class RollGatesTest {
  private static final Duration STEP = Duration.ofHours(44);
  private RollWorld world;

  @BeforeEach
  void begin() throws Exception {
    world = new RollWorld();
  }

  @AfterEach
  void close() {
    world.close();
  }

  private void until(String phase) {
    for (int i = 0; i < 300 && !world.phase().equals(phase); i++) {
      world.pass(STEP);
    }
    assertThat(world.phase()).isEqualTo(phase);
  }

  /**
   * It shows what it read before it lost the database, and shows what the roll waits for when that
   * is due; but not what was stored since.
   */
  @Test
  void aServerThatShowsTheKeysButHasNotFollowedTheFeedHoldsIt() {
    RollWorld.Server late = world.servers.get(1);
    world.command("start");
    awaitWindowsOf("2 = ANY (zsks)");
    late.reachesDatabase = false;
    awaitShown("cardinality(zsks) = 2");
    assertThat(world.phase()).isEqualTo("entering");
    assertThat(world.text("SELECT waits_for FROM keyward.rolls")).isEqualTo("servers");
    late.reachesDatabase = true;
    until("leaving");
    awaitWindowsOf("NOT 1 = ANY (zsks)");
    late.reachesDatabase = false;
    awaitShown("zsks = '{2}'");
    assertThat(world.phase()).isEqualTo("leaving");
    assertThat(world.text("SELECT waits_for FROM keyward.rolls")).isEqualTo("servers");
    late.reachesDatabase = true;
    until("");
    assertThat(world.bogus()).isEmpty();
  }

  /** Until such a set is stored, and both servers have read it. */
  private void awaitWindowsOf(String condition) {
    String found = "SELECT EXISTS (SELECT FROM keyward.signed_set WHERE %s AND active_from > %d)";
    for (int i = 0; i < 300 && world.text(found.formatted(condition, seconds())).equals("f"); i++) {
      world.pass(STEP);
    }
    world.pass(Duration.ofHours(1));
  }

  private long seconds() {
    return world.time.now.getEpochSecond();
  }

  /** Until the server that lost the database shows this from its memory, and then two days more. */
  private void awaitShown(String condition) {
    String found =
        "SELECT EXISTS (SELECT FROM keyward.zone_server WHERE address = 'two' AND "
            + condition
            + ")";
    for (int i = 0; i < 300 && world.text(found).equals("f"); i++) {
      world.pass(STEP);
    }
    assertThat(world.text(found)).isEqualTo("t");
    world.pass(STEP);
  }

  /** What the token signs at this moment would be stored with the keys of before. */
  @Test
  void nothingMovesWhileADnskeySetOfTheZoneIsBeingSigned() {
    world.command("start");
    until("published");
    world.time.now = world.time.now.plus(Duration.ofDays(8));
    world.queue();
    long request = world.request("cancel");
    try (Database token = TestDatabase.again(world.database)) {
      token.useTransaction(
          signing -> {
            assertThat(
                    signing
                        .createQuery(
                            "SELECT 1 FROM keyward.signing_work WHERE type = 48 FOR UPDATE")
                        .mapTo(Integer.class)
                        .list())
                .isNotEmpty();
            cancel(request);
            assertThat(state(request)).isEqualTo("queued");
            world.newLoop().tick();
            assertThat(world.phase()).isEqualTo("published");
          });
    }
    assertThat(world.steps()).endsWith("entering published");
    world.settle();
    assertThat(state(request)).isEqualTo("done");
    until("");
    assertThat(world.bogus()).isEmpty();
  }

  /** As the signer does, which plans nothing here. */
  private void cancel(long request) {
    new PostgresRolls(world.database, new KeyRows(world.seal), "signer:test")
        .command(
            request,
            new SigningRequest.Roll(
                RollWorld.ZONE,
                "cancel",
                "zsk",
                Optional.empty(),
                Optional.empty(),
                "",
                "os:alice"),
            KeyRole.ZSK,
            zone ->
                new Commands(new KeySetPlanner(RollWorld.ZONE, Policy.DEFAULT))
                    .cancel(zone.keys(), KeyRole.ZSK, zone.seen(), world.time.now),
            world.time.now);
  }

  private String state(long request) {
    return world.text("SELECT state FROM keyward.request WHERE id = " + request);
  }

  /** Another operator's keys are among the records of the zone: Keyward does not serve them. */
  @Test
  void aKeyWithTheTagOfAnotherOperatorsIsNotTaken() {
    SoftwareKey foreign = made();
    SoftwareKey other = made();
    world.database.useTransaction(
        handle ->
            handle.execute(
                "INSERT INTO public.records (domain_id, name, type, content, ttl)"
                    + " SELECT id, name, 'DNSKEY', ?, 300 FROM public.domains",
                foreign.dnskey().rdataToString()));
    ArrayDeque<SoftwareKey> keys = new ArrayDeque<>(List.of(foreign, other));
    PostgresRolls rolls =
        new PostgresRolls(
            world.database,
            new KeyRows(world.seal),
            "signer:test",
            (zone, algorithm) -> keys.remove());
    assertThat(
            rolls.start(
                Optional.empty(),
                new RollStore.Start(RollWorld.ZONE, Optional.empty(), Optional.of("os:alice"), ""),
                (zone, key) ->
                    new Commands(new KeySetPlanner(RollWorld.ZONE, Policy.DEFAULT))
                        .start(zone.keys(), key, Pace.LAZY, zone.seen(), world.time.now),
                world.time.now))
        .isEmpty();
    assertThat(
            world.text(
                "SELECT key_tag FROM keyward.zsk WHERE id = (SELECT max(id) FROM keyward.zsk)"))
        .isEqualTo(String.valueOf(other.dnskey().getFootprint()));
    assertThat(keys).isEmpty();
  }

  private static SoftwareKey made() {
    return SoftwareKeys.generate(RollWorld.ZONE, Algorithm.ECDSAP256SHA256, SoftwareKeys.ZSK_FLAGS);
  }
}
