package org.keyward.signing;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Of how many records a zone, signed or not, PowerDNS can transfer or list, by the way in which it
 * reaches Keyward: docs/decisions/0002-transports.md.
 */
public enum LargestZone {
  /** Its client parses all that it has of a reply after each 1,500 bytes. */
  UNIX(1_000, "a unix socket"),
  /** From 4.9.14, 5.0.4 and 5.1 on it takes 2 MiB. */
  HTTP(2_000, "HTTP, which from 4.9.14, 5.0.4 and 5.1 on carries 2 MiB");

  private final int records;
  private final String title;

  LargestZone(int records, String title) {
    this.records = records;
    this.title = title;
  }

  public int records() {
    return records;
  }

  String title() {
    return title;
  }

  /** Empty for ways that carry zones of any size. */
  public static Optional<LargestZone> over(String word) {
    return Arrays.stream(values())
        .filter(way -> way.name().toLowerCase(Locale.ROOT).equals(word))
        .findFirst();
  }
}
