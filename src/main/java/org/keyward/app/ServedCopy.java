package org.keyward.app;

import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.keyward.config.CacheSettings;
import org.keyward.copy.CopiedZones;
import org.keyward.copy.CopyKeeper;
import org.keyward.copy.CopyRefusedException;
import org.keyward.dnssec.TimeText;
import org.keyward.signing.Seal;
import org.keyward.store.TokenPins;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The copy of the zones that a server starts from while the database is out of reach. */
final class ServedCopy {
  private static final Logger log = LoggerFactory.getLogger(ServedCopy.class);

  private ServedCopy() {}

  /**
   * Empty, and logged, when nothing can be served from it.
   *
   * @param pins learns what was known of tokens
   */
  static Optional<CopiedZones> open(
      Optional<CacheSettings> settings, Seal seal, TokenPins pins, Clock clock) {
    return settings.flatMap(where -> open(where, seal, pins, clock));
  }

  private static Optional<CopiedZones> open(
      CacheSettings settings, Seal seal, TokenPins pins, Clock clock) {
    try {
      CopiedZones copy =
          CopiedZones.open(CopyKeeper.file(settings), seal, settings.maxAge(), clock, pins::fill);
      pins.learn(copy.pins().tokenByLabel());
      pins.withhold(copy.pins().withheld());
      log.warn(
          "the database is out of reach: zones are served from the copy of {} in {} until it is"
              + " there",
          TimeText.of(copy.made()),
          CopyKeeper.file(settings));
      return Optional.of(copy);
    } catch (CopyRefusedException e) {
      log.warn(
          "the database is out of reach, and the copy of the zones in {} is not served: {}",
          CopyKeeper.file(settings),
          e.getMessage());
      return Optional.empty();
    }
  }

  /** For health, in one line. */
  static String words(Instant made) {
    return "the database has not been reached since this start; zones are served from the copy of "
        + TimeText.of(made);
  }
}
