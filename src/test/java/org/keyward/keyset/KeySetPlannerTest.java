package org.keyward.keyset;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What single views of the world let a roll do. */
class KeySetPlannerTest {
  private static final Instant NOW = World.BEGIN;
  private static final CachedTtls NOTHING =
      new CachedTtls(Duration.ZERO, Duration.ZERO, Duration.ZERO);

  /** The old KSK leaves where the signer was killed before it used what the parent had said. */
  @Test
  void whatTheParentSaidLongAgoLetsNoKskLeave() {
    Duration wait = Policy.DEFAULT.waits(NOTHING).kskRetirement();
    Instant asked = NOW.plus(wait);
    Plan late = retiring(asked, asked.plus(Duration.ofDays(10)));
    assertThat(late.events()).isEmpty();
    assertThat(late.waiting()).extracting(Waiting::what).containsExactly(WaitsFor.PARENT);
    assertThat(retiring(asked, asked.plusSeconds(60)).events())
        .extracting(RollEvent::to)
        .containsExactly(Optional.of(RollPhase.LEAVING));
  }

  /** A KSK roll whose wait began at {@link #NOW}, where all of the parent has the new DS. */
  private static Plan retiring(Instant asked, Instant now) {
    Roll roll = Roll.begin(KeyRole.KSK, 1, 3, Pace.NOW, NOW).waiting(RollPhase.RETIRING, NOW, NOW);
    KeySet keys =
        new KeySet(
            List.of(
                ZoneKey.inUse(1, KeyRole.KSK, 13, 1001, Instant.EPOCH),
                ZoneKey.inUse(3, KeyRole.KSK, 13, 1003, Instant.EPOCH),
                ZoneKey.inUse(2, KeyRole.ZSK, 13, 2002, Instant.EPOCH)),
            List.of(roll));
    ParentView parent = new ParentView(asked, true, Set.of(3), Set.of(3));
    return new KeySetPlanner(World.ZONE, Policy.DEFAULT)
        .next(
            keys,
            new Observed(List.of(), Optional.empty(), Optional.of(parent), NOTHING, true),
            now);
  }
}
