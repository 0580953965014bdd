package org.keyward.bench;

import java.util.Arrays;
import java.util.Collection;

/** The value that a share of all values does not exceed. */
final class Percentile {
  private Percentile() {}

  /**
   * By nearest rank.
   *
   * @param share between 0 and 1, for example 0.99
   */
  static double of(double share, double[] sorted) {
    int rank = (int) Math.ceil(share * sorted.length);
    return sorted[Math.max(0, Math.min(sorted.length, rank) - 1)];
  }

  static double of(double share, Collection<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return of(share, sorted);
  }
}
