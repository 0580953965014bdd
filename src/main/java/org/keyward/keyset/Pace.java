package org.keyward.keyset;

import java.time.Duration;
import java.util.Optional;

/**
 * Whether a roll waits for sets that are not signed yet, or has the signed ones signed anew.
 *
 * @param anewWithin empty: it waits, which costs the token nothing that it would not do anyway.
 *     Otherwise the present window and all ahead are signed anew, twice, each time spread over this
 *     long, the present one at once
 */
public record Pace(Optional<Duration> anewWithin) {
  public static final Pace LAZY = new Pace(Optional.empty());

  /** All at once. */
  public static final Pace NOW = new Pace(Optional.of(Duration.ZERO));

  public static Pace within(Duration time) {
    return new Pace(Optional.of(time));
  }

  boolean signsAnew() {
    return anewWithin.isPresent();
  }

  /** {@code lazy}, {@code now} or the duration. */
  @Override
  public String toString() {
    return anewWithin.map(time -> time.isZero() ? "now" : DurationWords.of(time)).orElse("lazy");
  }
}
