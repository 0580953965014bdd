package org.keyward.keyset;

import java.time.Duration;

/** Durations as people write them: {@code 91d}, {@code 1d12h}. */
public final class DurationWords {
  private DurationWords() {}

  public static String of(Duration duration) {
    long seconds = duration.toSeconds();
    String words =
        part(seconds / 86_400, "d")
            + part(seconds / 3600 % 24, "h")
            + part(seconds / 60 % 60, "m")
            + part(seconds % 60, "s");
    return words.isEmpty() ? "0s" : words;
  }

  private static String part(long count, String unit) {
    return count == 0 ? "" : count + unit;
  }
}
