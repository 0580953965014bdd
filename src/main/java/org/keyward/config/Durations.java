package org.keyward.config;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as people write them: {@code 14d}, {@code 1h}, {@code 30s}, {@code 1d12h}, {@code 1y},
 * which is 365 days.
 */
public final class Durations {
  private static final Pattern WHOLE = Pattern.compile("(\\d+(ms|[ywdhms]))+");
  private static final Pattern PART = Pattern.compile("(\\d+)(ms|[ywdhms])");

  private Durations() {}

  public static Duration parse(String text) {
    if (!WHOLE.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a duration such as 14d, 1h, 30s or 500ms");
    }
    Duration sum = Duration.ZERO;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      sum = sum.plus(one(Long.parseLong(part.group(1)), part.group(2)));
    }
    return sum;
  }

  private static Duration one(long count, String unit) {
    return switch (unit) {
      case "y" -> Duration.ofDays(Math.multiplyExact(365L, count));
      case "w" -> Duration.ofDays(7 * count);
      case "d" -> Duration.ofDays(count);
      case "h" -> Duration.ofHours(count);
      case "m" -> Duration.ofMinutes(count);
      case "s" -> Duration.ofSeconds(count);
      default -> Duration.ofMillis(count);
    };
  }
}
