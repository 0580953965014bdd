package org.keyward.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * One figure measured in several rounds.
 *
 * @param what was measured
 * @param unit of the values, for example {@code queries/s}
 * @param values one for each round, in order
 */
record Series(String what, String unit, List<Double> values) {
  Series {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException(what + " was never measured");
    }
  }

  double median() {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  double min() {
    return values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  double max() {
    return values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  /** Round by round, so that what disturbs the machine disturbs both. */
  Series dividedBy(String what, Series other) {
    if (values.size() != other.values.size()) {
      throw new IllegalArgumentException(this.what + " and " + other.what + " differ in rounds");
    }
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      ratios.add(values.get(i) / other.values.get(i));
    }
    return new Series(what, "ratio", ratios);
  }
}
