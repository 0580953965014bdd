package org.keyward.zone;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.xbill.DNS.Name;

/** Does something at each of many names of a zone, on all cores, a few names at a time. */
final class ManyNames {
  /** Some milliseconds of signing. */
  private static final int AT_ONCE = 64;

  private ManyNames() {}

  /**
   * Returns when it is done everywhere.
   *
   * @param each gets up to 64 names, on some thread
   */
  static void inParallel(List<Name> names, Consumer<List<Name>> each) {
    int parts = (names.size() + AT_ONCE - 1) / AT_ONCE;
    IntStream parallel = IntStream.range(0, parts).parallel();
    parallel.forEach(
        part ->
            each.accept(
                names.subList(part * AT_ONCE, Math.min(names.size(), (part + 1) * AT_ONCE))));
  }
}
