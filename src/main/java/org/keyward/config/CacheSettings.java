package org.keyward.config;

import java.nio.file.Path;
import java.time.Duration;

/**
 * The copy of the zones on this host, for a start while the database is out of reach.
 *
 * @param dir where it is
 * @param every after how long it is written anew when something has changed
 * @param maxAge an older one is not served
 * @param maxBytes about how large it may become
 */
public record CacheSettings(Path dir, Duration every, Duration maxAge, long maxBytes) {
  public static final Duration DEFAULT_EVERY = Duration.ofMinutes(10);

  /** As long as signatures are made ahead. */
  public static final Duration DEFAULT_MAX_AGE = SigningSettings.DEFAULT.runway();

  public static final int DEFAULT_MAX_MEGABYTES = 2_048;

  /** In the place of {@link #dir}, for no copy. */
  public static final String OFF = "off";

  public CacheSettings {
    if (every.isZero() || maxAge.isZero()) {
      throw new IllegalArgumentException("cache.every and cache.max-age must be more than 0s");
    }
    if (maxBytes < 1) {
      throw new IllegalArgumentException("cache.max-megabytes must be at least 1");
    }
  }
}
