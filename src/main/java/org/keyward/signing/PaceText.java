package org.keyward.signing;

import java.time.Duration;
import org.keyward.config.Durations;
import org.keyward.keyset.Pace;

/** The pace of a roll as people write it, and as it is stored: what {@link Pace#toString} gives. */
public final class PaceText {
  private static final Duration MOST = Duration.ofDays(366);

  private PaceText() {}

  /**
   * @throws IllegalArgumentException when it is none
   */
  public static Pace parse(String text) {
    return switch (text) {
      case "lazy" -> Pace.LAZY;
      case "now" -> Pace.NOW;
      default -> Pace.within(duration(text));
    };
  }

  private static Duration duration(String text) {
    try {
      Duration duration = Duration.ofSeconds(Durations.parse(text).toSeconds());
      if (!duration.isZero() && duration.compareTo(MOST) <= 0) {
        return duration;
      }
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new IllegalArgumentException(wrong(text), e);
    }
    throw new IllegalArgumentException(wrong(text));
  }

  private static String wrong(String text) {
    return "a pace is lazy, now or a time such as 3d, "
        + MOST.toDays()
        + "d at the most, not '"
        + text
        + "'";
  }
}
