package org.keyward.keyset;

import java.time.Duration;
import java.time.Instant;

/**
 * When a key is replaced by itself. Each zone has its turn once in a lifetime, at a moment that
 * follows from its name, so that the rolls of many zones are spread.
 *
 * @param place a number that follows from the zone's name
 */
public record Turns(long place) {
  /** A key that is younger than this part of its lifetime lets the turn of its zone pass. */
  private static final int YOUNG = 3;

  /**
   * The first turn that counts.
   *
   * @param lifetime of the key
   * @param set when the lifetime was set: turns of before are none, so that to set it starts no
   *     roll
   * @param used since when the key has been in use
   */
  public Instant first(Duration lifetime, Instant set, Instant used) {
    Instant young = used.plus(lifetime.dividedBy(YOUNG));
    long after = (set.isAfter(young) ? set : young).getEpochSecond();
    long life = lifetime.toSeconds();
    return Instant.ofEpochSecond(after + life - Math.floorMod(after - place, life));
  }
}
