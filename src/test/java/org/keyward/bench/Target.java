package org.keyward.bench;

import java.util.Locale;

/**
 * What a figure should reach.
 *
 * @param least whether the bound is a lower one
 */
record Target(boolean least, double bound) {
  static Target atLeast(double bound) {
    return new Target(true, bound);
  }

  static Target atMost(double bound) {
    return new Target(false, bound);
  }

  boolean reachedBy(double value) {
    return least ? value >= bound : value <= bound;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s %s", least ? ">=" : "<=", Table.number(bound));
  }
}
