package org.keyward.bench;

import java.io.PrintStream;
import java.nio.file.Path;

/**
 * What a part works with.
 *
 * @param folder private to the part, empty, with a short path; gone when the part ends
 * @param effort how much it takes upon itself
 * @param scale how many zones, and names in a zone, are many
 * @param report where the part writes what it has found
 * @param progress for people who wait
 */
record Lab(Path folder, Effort effort, int scale, Section report, PrintStream progress) {
  /** Tells people who wait what is being done. */
  void say(String what) {
    progress.println("bench: " + what);
  }

  boolean quick() {
    return effort == Effort.QUICK;
  }

  /** Of so many rounds, or iterations, in a full run. */
  int rounds(int full) {
    return switch (effort) {
      case QUICK -> 1;
      case SHORT -> (full + 1) / 2;
      case FULL -> full;
    };
  }

  /** In seconds, of so many in a full run. */
  int warmUp(int full) {
    return rounds(full);
  }

  /** How many of something, where a short run does with fewer. */
  int many(int full, int little, int quick) {
    return switch (effort) {
      case QUICK -> quick;
      case SHORT -> little;
      case FULL -> full;
    };
  }

  /** The first in a real run, the second in a quick one. */
  <T> T either(T real, T hasty) {
    return quick() ? hasty : real;
  }
}
