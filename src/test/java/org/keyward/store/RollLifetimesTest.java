package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.config.RollSettings;

/** Rolls that begin by themselves. */
@Tag("once")
class RollLifetimesTest {
  @Test
  void aZoneHasItsTurnOnceInALifetimeAndNotBecauseItWasSet() throws Exception {
    long life = Duration.ofDays(91).toSeconds();
    RollSettings usual = RollSettings.DEFAULT;
    RollSettings lifetimes =
        new RollSettings(
            Optional.of(Duration.ofSeconds(life)),
            usual.propagation(),
            usual.safety(),
            usual.dataTtl(),
            usual.dsTtl(),
            usual.parentPropagation(),
            usual.servers());
    try (RollWorld world = new RollWorld(lifetimes)) {
      long place =
          Long.parseLong(
              world.text(
                  "SELECT ('x' || substr(md5('example.com'), 1, 8))::bit(32)::bigint % " + life));
      // As if the key had been in use for long when the lifetime is set.
      world.database.useTransaction(
          handle ->
              handle.execute(
                  "UPDATE keyward.assignment SET assigned_at = '2020-01-01 00:00:00+00'"));
      long set = world.time.now.getEpochSecond();
      long turn = set + Math.floorMod(place - set, life);
      Duration step = Duration.ofHours(44);
      while (world.time.now.plus(step).getEpochSecond() < turn) {
        world.pass(step);
        assertThat(world.steps()).isEmpty();
      }
      world.pass(step);
      assertThat(world.text("SELECT began_by || ': ' || reason FROM keyward.roll"))
          .isEqualTo("signer:test: the lifetime of its ZSK is over");
      while (!world.phase().isEmpty()) {
        world.pass(step);
      }
      assertThat(world.steps()).hasSize(7);
      assertThat(world.time.now.getEpochSecond()).isLessThan(turn + life);
      assertThat(world.bogus()).isEmpty();
    }
  }
}
