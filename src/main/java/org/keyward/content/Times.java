package org.keyward.content;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;

/** Times of signatures (RFC 4034, section 3.2), in seconds or as {@code 20260131235959}. */
final class Times {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("uuuuMMddHHmmss").withResolverStyle(ResolverStyle.STRICT);
  private static final long MOST_SECONDS = 0xffffffffL;

  private Times() {}

  static long parse(long written) throws ContentException {
    if (written <= MOST_SECONDS) {
      return written;
    }
    try {
      return LocalDateTime.parse("%014d".formatted(written), FORMAT).toEpochSecond(ZoneOffset.UTC)
          & MOST_SECONDS;
    } catch (DateTimeException e) {
      throw new ContentException("'" + written + "' is no time");
    }
  }

  static String format(long seconds) {
    return FORMAT.format(LocalDateTime.ofInstant(Instant.ofEpochSecond(seconds), ZoneOffset.UTC));
  }
}
