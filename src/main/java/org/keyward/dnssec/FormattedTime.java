package org.keyward.dnssec;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** Times as RRSIG records show them (RFC 4034, section 3.2): YYYYMMDDHHmmSS in UTC. */
public final class FormattedTime {
  private FormattedTime() {}

  /**
   * @param time of a year with four digits
   */
  public static String format(Instant time) {
    // Twice in each signature: a DateTimeFormatter shows in the profile of a zone that is signed.
    LocalDateTime utc = LocalDateTime.ofEpochSecond(time.getEpochSecond(), 0, ZoneOffset.UTC);
    long digits = utc.getYear();
    for (int field :
        new int[] {
          utc.getMonthValue(), utc.getDayOfMonth(), utc.getHour(), utc.getMinute(), utc.getSecond()
        }) {
      digits = 100 * digits + field;
    }
    return Long.toString(digits);
  }
}
