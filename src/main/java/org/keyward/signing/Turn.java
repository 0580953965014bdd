package org.keyward.signing;

import java.time.Instant;
import java.util.Comparator;

/**
 * When a signature is made among those that wait for the same token: the one that is needed soonest
 * first; of new zones the signature that each is to be served with, before the rest of any runway.
 * The storage takes work in this order.
 *
 * @param neededBy what is seen of the zone goes wrong, or is late, when it is not there by then
 */
public record Turn(Instant neededBy, int assignmentId, Instant activeFrom)
    implements Comparable<Turn> {
  private static final Comparator<Turn> ORDER =
      Comparator.comparing(Turn::neededBy)
          .thenComparingInt(Turn::assignmentId)
          .thenComparing(Turn::activeFrom);

  @Override
  public int compareTo(Turn other) {
    return ORDER.compare(this, other);
  }
}
