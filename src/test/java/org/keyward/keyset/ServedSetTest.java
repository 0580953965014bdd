package org.keyward.keyset;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.keyward.dnssec.ValidityWindow;

class ServedSetTest {
  private static final Instant NOW = Instant.parse("2026-06-15T00:00:00Z");
  private static final ZoneKey KSK = ZoneKey.inUse(1, KeyRole.KSK, 13, 1, World.BEGIN);
  private static final ZoneKey ZSK = ZoneKey.inUse(2, KeyRole.ZSK, 13, 2, World.BEGIN);
  private static final KeySet KEYS = new KeySet(List.of(KSK, ZSK), List.of());
  private static final SignedWindow FORMER = window(-8, Set.of(1, 2), Set.of(1));
  private static final SignedWindow PRESENT = window(-1, Set.of(1, 2), Set.of(1));

  private static SignedWindow window(int days, Set<Integer> keys, Set<Integer> signers) {
    Instant from = NOW.plus(Duration.ofDays(days));
    ValidityWindow window =
        new ValidityWindow(from, from.minus(Duration.ofHours(1)), from.plus(Duration.ofDays(14)));
    return new SignedWindow(window, keys, signers, from);
  }

  private static Optional<ServedSet> choose(SignedWindow... stored) {
    return ServedSet.choose(KEYS, List.of(stored), NOW);
  }

  @Test
  void theLatestThatHasBegun() {
    assertThat(choose(FORMER, PRESENT, window(3, Set.of(1, 2), Set.of(1))))
        .contains(new ServedSet(PRESENT, false));
  }

  @Test
  void ofAWindowThatWasSignedAgainTheLastOneStored() {
    SignedWindow again = window(-1, Set.of(1, 2, 3), Set.of(1));
    assertThat(choose(PRESENT, again)).contains(new ServedSet(again, false));
  }

  @Test
  void aSetWithoutAZskThatCachesMayNeedIsLeftOut() {
    assertThat(choose(FORMER, window(-1, Set.of(1), Set.of(1))))
        .contains(new ServedSet(FORMER, true));
  }

  @Test
  void aSetWithoutTheSignatureOfAKskThatADsMayNameIsLeftOut() {
    assertThat(choose(FORMER, window(-1, Set.of(1, 2, 3), Set.of(3))))
        .contains(new ServedSet(FORMER, true));
  }

  @Test
  void aKeyThatNobodyNeedsAnyMoreMayGo() {
    ZoneKey gone = ZSK.unneededFrom(NOW);
    KeySet keys = new KeySet(List.of(KSK, gone), List.of());
    SignedWindow without = window(-1, Set.of(1), Set.of(1));
    assertThat(ServedSet.choose(keys, List.of(FORMER, without), NOW))
        .contains(new ServedSet(without, false));
  }

  @Test
  void whenNoSetIsSafeTheLatestIsBetterThanNone() {
    SignedWindow without = window(-1, Set.of(1), Set.of(1));
    assertThat(choose(without)).contains(new ServedSet(without, false));
  }

  @Test
  void nothingThatHasExpired() {
    assertThat(choose(window(-14, Set.of(1, 2), Set.of(1)))).isEmpty();
  }
}
