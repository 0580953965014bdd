package org.keyward.keyset;

import java.time.Instant;

/** What the steps of a roll change in the times of its keys. Pure. */
final class Moves {
  private Moves() {}

  /**
   * The new key is in every set that is still open; a KSK signs those sets, too. One that is still
   * in the present set stays in all that follow.
   */
  static KeySet enter(KeySet keys, Roll roll, Tail tail) {
    return keys.change(roll.newKey(), key -> published(key, tail)).with(roll);
  }

  private static ZoneKey published(ZoneKey key, Tail tail) {
    boolean shown = key.published().until().map(end -> end.isAfter(tail.present())).orElse(true);
    Span windows = shown ? key.published().unending() : Span.since(tail.first());
    ZoneKey published = key.publishedIn(windows);
    return key.role() == KeyRole.KSK ? published.signing(windows) : published;
  }

  /** The new ZSK signs from {@code at} on. A set without it is bogus from then on. */
  static KeySet switchTo(KeySet keys, Roll roll, Instant at, Instant now) {
    return keys.change(roll.newKey(), key -> key.signing(Span.since(at)).needed())
        .change(roll.oldKey(), key -> key.signing(key.signs().endingAt(at)))
        .with(roll.in(RollPhase.SWITCHING, now));
  }

  /** The DS of the new KSK may be anywhere from now on. */
  static KeySet submit(KeySet keys, Roll roll, Instant now) {
    return keys.change(roll.newKey(), ZoneKey::needed).with(roll.in(RollPhase.SUBMITTED, now));
  }

  /** The old key is in no set that is still open. */
  static KeySet leave(KeySet keys, Roll roll, Tail tail, Instant now) {
    Instant first = tail.first();
    return keys.change(
            roll.oldKey(),
            key -> {
              ZoneKey gone = key.publishedIn(key.published().endingAt(first)).unneededFrom(now);
              return key.role() == KeyRole.KSK ? gone.signing(key.signs().endingAt(first)) : gone;
            })
        .with(roll.in(RollPhase.LEAVING, now));
  }

  /** A KSK whose DS came back is in every set again. */
  static KeySet comeBack(KeySet keys, int key, Tail tail) {
    return keys.change(key, former -> published(former, tail).needed());
  }
}
