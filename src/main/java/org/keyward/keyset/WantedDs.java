package org.keyward.keyset;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a parent zone that Keyward writes is to have of a zone's KSKs. The DS of one is added before
 * that of another is removed, and nothing is put right that the planner has to see first: a DS that
 * somebody took back may be in caches.
 *
 * @param there id of the KSK whose DS is to be there
 * @param gone id of the KSK whose DS is to go, once that of {@code beside} is there
 * @param beside id of the KSK without whose DS nothing is removed
 */
public record WantedDs(Optional<Integer> there, Optional<Integer> gone, Optional<Integer> beside) {
  public static final WantedDs NOTHING =
      new WantedDs(Optional.empty(), Optional.empty(), Optional.empty());

  /** While a KSK is replaced: at the points at which a person would hand them in. */
  public static WantedDs of(KeySet keys) {
    return keys.roll(KeyRole.KSK).filter(roll -> !roll.held()).map(WantedDs::of).orElse(NOTHING);
  }

  private static WantedDs of(Roll roll) {
    return switch (roll.phase()) {
      case ENTERING, PUBLISHED, SWITCHING -> NOTHING;
      case SUBMITTED ->
          new WantedDs(Optional.of(roll.newKey()), Optional.empty(), Optional.empty());
      case RETIRING, LEAVING, FORGOTTEN ->
          new WantedDs(Optional.empty(), Optional.of(roll.oldKey()), Optional.of(roll.newKey()));
    };
  }

  /**
   * The first DS of a zone that has none: no cache can have an answer of before it was signed.
   *
   * @param shownSince since when each name server shows what it shows; empty when one was not asked
   */
  public static WantedDs first(
      KeySet keys, Observed seen, Optional<Instant> shownSince, Policy policy, Instant now) {
    Optional<ZoneKey> active = Keys.active(keys, KeyRole.KSK, now);
    Waits waits = policy.waits(seen.cached());
    Duration wait =
        waits.publication().compareTo(waits.zskRetirement()) < 0
            ? waits.zskRetirement()
            : waits.publication();
    boolean known =
        seen.clockTrusted()
            && keys.roll(KeyRole.KSK).isEmpty()
            && active.isPresent()
            && seen.servers()
                .filter(servers -> servers.keysAtAll().contains(active.get().id()))
                .filter(servers -> !servers.signersAtAll().isEmpty())
                .isPresent()
            && shownSince.filter(since -> !now.isBefore(since.plus(wait))).isPresent();
    return known
        ? new WantedDs(active.map(ZoneKey::id), Optional.empty(), Optional.empty())
        : NOTHING;
  }
}
