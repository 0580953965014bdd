package org.keyward.bench;

import java.io.PrintStream;
import java.nio.file.Path;

/**
 * What a part works with.
 *
 * @param folder private to the part, empty, with a short path; gone when the part ends
 * @param quick whether to show in seconds that the part works, rather than to measure
 * @param scale how many zones, and names in a zone, are many
 * @param report where the part writes what it has found
 * @param progress for people who wait
 */
record Lab(Path folder, boolean quick, int scale, Section report, PrintStream progress) {
  /** Tells people who wait what is being done. */
  void say(String what) {
    progress.println("bench: " + what);
  }

  /** The first in a real run, the second in a quick one. */
  <T> T either(T real, T hasty) {
    return quick ? hasty : real;
  }
}
