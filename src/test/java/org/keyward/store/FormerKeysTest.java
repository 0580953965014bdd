package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.config.Secret;
import org.keyward.signing.Seal;
import org.keyward.zone.ZoneSigning;

/** The private key of a ZSK that was replaced goes when nothing can need it. */
@Tag("once")
class FormerKeysTest {
  private static final Duration STEP = Duration.ofHours(44);
  private RollWorld world;

  @BeforeEach
  void roll() throws Exception {
    world = new RollWorld();
    world.command("start");
    for (int i = 0; i < 300 && !world.phase().isEmpty(); i++) {
      world.pass(STEP);
    }
    assertThat(world.steps()).hasSize(7);
  }

  @AfterEach
  void close() {
    assertThat(new PostgresAudit(world.database).verify().fault()).isEmpty();
    world.close();
  }

  private void pass(int days) {
    for (int i = 0; i < days * 24 / 44; i++) {
      world.pass(STEP);
    }
  }

  private boolean isPurged() {
    return world.text("SELECT sealed IS NULL FROM keyward.zsk WHERE id = 1").equals("t");
  }

  @Test
  void itGoesNinetyDaysAfterTheRollAndTheRowStays() {
    String publicPart =
        world.text("SELECT encode(public_key, 'hex') FROM keyward.zsk WHERE id = 1");
    String tag = world.text("SELECT key_tag FROM keyward.zsk WHERE id = 1");
    pass(88);
    assertThat(isPurged()).isFalse();
    pass(5);
    assertThat(isPurged()).isTrue();
    assertThat(world.text("SELECT encode(public_key, 'hex') FROM keyward.zsk WHERE id = 1"))
        .isEqualTo(publicPart);
    assertThat(
            world.texts(
                "SELECT state || ' ' || (purged_at IS NOT NULL) FROM keyward.key_states"
                    + " WHERE role = 'zsk' ORDER BY key_id"))
        .containsExactly("gone true", "active false");
    assertThat(
            world.texts(
                "SELECT actor || ' ' || zone || ' ' || key_tag || ' ' || detail FROM keyward.audit"
                    + " WHERE action = 'ZSK_PURGED'"))
        .containsExactly(
            "signer:test example.com "
                + tag
                + " private key of former ZSK "
                + tag
                + " removed, 90 days after it left");
    assertThat(world.text("SELECT count(*) FROM keyward.zsk WHERE sealed IS NOT NULL"))
        .as("the key in use")
        .isEqualTo("1");
  }

  @Test
  void everythingGoesOnWithoutIt() {
    pass(93);
    assertThat(isPurged()).isTrue();
    assertThat(world.read().zoneSigningKeys()).hasSize(1);
    byte[] other = new byte[32];
    other[0] = 1;
    Seal both = new Seal(Secret.of(other), Optional.of(Secret.of(new byte[32])));
    SealRotation.Outcome rotated = new SealRotation(world.database, both).rotate("os:alice");
    assertThat(rotated.sealed()).isEqualTo(1);
    assertThat(rotated.unopened()).isEmpty();
  }

  @Test
  void anotherRollAndAnotherModeGoOnWithoutIt() {
    pass(93);
    world.command("start");
    for (int i = 0; i < 300 && !world.phase().isEmpty(); i++) {
      world.pass(STEP);
    }
    assertThat(world.steps()).hasSize(14);
    assertThat(world.bogus()).isEmpty();
    new SigningDesk(world.database).changeMode(RollWorld.ZONE, "split", "", "os:alice");
    pass(10);
    assertThat(world.text("SELECT mode FROM keyward.assignment")).isEqualTo("split");
    ZoneSigning split = world.read();
    assertThat(split.liveKeys()).hasSize(1);
  }

  private static final List<String> NEEDS =
      List.of(
          """
          INSERT INTO keyward.roll (assignment_id, role, old_key, new_key, phase, since, pace, held,
            waits_for, waits_since, serial, dnskey_ttl, data_ttl, look_at, began_at, began_by,
            reason)
          SELECT assignment_id, 'zsk', 1, 2, 'forgotten', now(), 'lazy', true, 'person', now(), 0, 0,
            0, '2099-01-01', now(), 'os:alice', ''
          FROM keyward.zsk WHERE id = 1
          """,
          """
          UPDATE keyward.signed_set SET zsks = '{1,2}', expiration = 4102444800
          WHERE active_from = (SELECT min(active_from) FROM keyward.signed_set)
          """,
          "UPDATE keyward.zsk SET unneeded_from = NULL WHERE id = 1",
          "UPDATE keyward.zsk SET unneeded_from = 4102444800 WHERE id = 1",
          "UPDATE keyward.zsk SET signs_until = NULL WHERE id = 1",
          "UPDATE keyward.zsk SET published_until = NULL WHERE id = 1",
          """
          INSERT INTO keyward.roll_event (at, assignment_id, zone, role, old_tag, new_tag, actor,
            detail)
          SELECT '2099-01-01', assignment_id, 'example.com', 'zsk', key_tag, 0, 'os:alice', ''
          FROM keyward.zsk WHERE id = 1
          """);

  @Test
  void itStaysWhileAnythingCouldNeedIt() {
    assertThat(purgedWith("SELECT 1")).as("nothing needs it").isEqualTo(1);
    for (String need : NEEDS) {
      assertThat(purgedWith(need)).as(need).isZero();
    }
  }

  /** How many would go, long after the roll, if this was so. */
  private int purgedWith(String need) {
    return world.database.inTransaction(
        handle -> {
          handle.savepoint("before");
          handle.execute(need);
          int purged =
              FormerKeys.purge(handle, "test", world.time.now.plus(Duration.ofDays(150)), 10);
          handle.rollbackToSavepoint("before");
          return purged;
        });
  }

  @Test
  void aJumpOfTheClockRemovesNothing() {
    world.restart();
    world.time.pass(Duration.ofDays(100));
    world.newLoop().tick();
    assertThat(isPurged()).isFalse();
  }

  @Test
  void aDatabaseThatIsRestoredFromBeforeHasItAgainAndItGoesAgain() {
    List<Map<String, Object>> before = new ArrayList<>();
    world.database.useTransaction(
        handle ->
            before.addAll(
                handle.select("SELECT * FROM keyward.zsk WHERE id = 1").mapToMap().list()));
    pass(93);
    assertThat(isPurged()).isTrue();
    world.database.useTransaction(
        handle ->
            handle.execute(
                "UPDATE keyward.zsk SET sealed = ?, purged_at = NULL WHERE id = 1",
                before.get(0).get("sealed")));
    assertThat(world.read().zoneSigningKeys()).hasSize(1);
    world.pass(STEP);
    assertThat(isPurged()).isTrue();
  }
}
