package org.keyward.dnssec;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Times as text for people: RFC 3339 in UTC, to the second
 * (docs/decisions/0023-forms-in-outputs.md).
 */
public final class TimeText {
  private TimeText() {}

  public static String of(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
