package org.keyward.audit;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;

/** Moments as people write them, in UTC: {@code 2026-03-01} or {@code 2026-03-01T10:00:00Z}. */
public final class Moments {
  private Moments() {}

  /**
   * A day stands for its beginning.
   *
   * @throws IllegalArgumentException saying how to write it
   */
  public static Instant parse(String text) {
    try {
      return text.length() == 10
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
          : Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a moment such as 2026-03-01 or 2026-03-01T10:00:00Z", e);
    }
  }
}
