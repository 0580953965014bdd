package org.keyward.audit;

import java.time.Instant;
import java.util.Optional;

/**
 * Which events of the log to show; what is empty lets all through.
 *
 * @param zone its name, with or without the last dot
 * @param key label, tag or CKA_ID
 * @param token serial number, or name in the configuration
 * @param actor as in the log, without its host, or the name in it alone; with {@code *} for
 *     anything
 * @param from the first moment
 * @param to the first moment that no longer counts
 */
public record AuditFilter(
    Optional<String> zone,
    Optional<String> key,
    Optional<String> token,
    Optional<String> actor,
    Optional<Instant> from,
    Optional<Instant> to) {
  public static final AuditFilter ALL =
      new AuditFilter(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /** All events of a zone. */
  public static AuditFilter ofZone(String zone) {
    return new AuditFilter(
        Optional.of(zone),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** All events of a period. */
  public static AuditFilter period(Instant from, Instant to) {
    return new AuditFilter(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(from),
        Optional.of(to));
  }
}
