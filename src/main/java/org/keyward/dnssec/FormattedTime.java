package org.keyward.dnssec;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Times as RRSIG records show them (RFC 4034, section 3.2): YYYYMMDDHHmmSS in UTC. */
public final class FormattedTime {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("uuuuMMddHHmmss").withZone(ZoneOffset.UTC);

  private FormattedTime() {}

  public static String format(Instant time) {
    return FORMAT.format(time);
  }
}
