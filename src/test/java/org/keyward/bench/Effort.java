package org.keyward.bench;

import java.util.Locale;

/** How much a run takes upon itself. */
enum Effort {
  /** Shows in seconds that the parts work; measures nothing. */
  QUICK,
  /**
   * Fewer rounds and zones, half the time to warm up; neither split zones nor signed ones with
   * caches.
   */
  SHORT,
  /** What {@code docs/performance.md} is made of. */
  FULL;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
