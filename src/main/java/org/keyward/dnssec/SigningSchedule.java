package org.keyward.dnssec;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.xbill.DNS.Name;

/**
 * When the signatures of a zone are renewed: window boundaries are a function of the zone's name
 * and the time alone, so every server agrees on them and the load is spread over the whole step
 * instead of falling on one moment. The KSK's steps and the ZSK's signatures use the same windows.
 *
 * @param validity from {@code activeFrom} to {@code expiration}
 * @param step from one {@code activeFrom} to the next
 * @param inceptionOffset how long before {@code activeFrom} the inception lies
 */
public record SigningSchedule(Duration validity, Duration step, Duration inceptionOffset) {
  public static final Duration DEFAULT_INCEPTION_OFFSET = Duration.ofHours(1);

  public SigningSchedule {
    if (step.toSeconds() < 1 || step.compareTo(validity) >= 0 || inceptionOffset.isNegative()) {
      throw new IllegalArgumentException(
          "need 0 < step < validity: step " + step + ", validity " + validity);
    }
  }

  /** The window in use at {@code now}. */
  public ValidityWindow windowAt(Name zone, Instant now) {
    long length = step.toSeconds();
    long jitter = jitter(zone, length);
    long boundary = Math.floorDiv(now.getEpochSecond() - jitter, length) * length + jitter;
    return windowFrom(Instant.ofEpochSecond(boundary));
  }

  /** The window that follows {@code window}. */
  public ValidityWindow next(ValidityWindow window) {
    return windowFrom(window.activeFrom().plusSeconds(step.toSeconds()));
  }

  private ValidityWindow windowFrom(Instant activeFrom) {
    return new ValidityWindow(
        activeFrom, activeFrom.minus(inceptionOffset), activeFrom.plus(validity));
  }

  private static long jitter(Name zone, long bound) {
    byte[] name = NameText.absolute(zone).toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(name);
      return Math.floorMod(java.nio.ByteBuffer.wrap(hash).getLong(), bound);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
