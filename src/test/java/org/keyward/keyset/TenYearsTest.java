package org.keyward.keyset;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Ten years of zones whose keys change by themselves, judged by every mix that caches may hold. */
class TenYearsTest {
  private static final Duration TEN_YEARS = Duration.ofDays(3652);

  @Test
  void withoutTroubleKeysChangeOnTime() {
    World world = new World(1, Policies.TIGHT, World.Trouble.NONE);
    world.runUntil(World.BEGIN.plus(TEN_YEARS));
    assertNothingIsBogus(world);
    assertThat(over(world)).as("rolls that are over").isGreaterThan(45);
  }

  @Test
  void withTroubleNothingIsBogusAndNothingExpires() {
    for (long seed = 1; seed <= 4; seed++) {
      assertTroubleIsSurvived(seed);
    }
  }

  @Test
  @Tag("long")
  void twoHundredTimesWithTrouble() {
    for (long seed = 5; seed <= 204; seed++) {
      assertTroubleIsSurvived(seed);
    }
  }

  private static void assertTroubleIsSurvived(long seed) {
    World world = new World(seed, Policies.TIGHT, World.Trouble.SOME);
    world.runUntil(World.BEGIN.plus(TEN_YEARS));
    assertNothingIsBogus(world);
    assertThat(over(world)).as("rolls that are over, seed %d", seed).isGreaterThan(20);
  }

  private static long over(World world) {
    return world.events.stream().filter(event -> event.to().isEmpty()).count();
  }

  private static void assertNothingIsBogus(World world) {
    List<CachedViews.Bogus> bogus = world.views().bogus(CachedViews.Strictness.EVERY_ALGORITHM);
    assertThat(bogus.stream().limit(1))
        .as("mixes that do not validate, seed %d", world.seed)
        .isEmpty();
    assertThat(world.unservable())
        .as("answers without a valid signature, seed %d", world.seed)
        .isZero();
  }
}
