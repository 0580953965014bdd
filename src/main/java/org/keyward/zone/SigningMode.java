package org.keyward.zone;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Who makes which signatures of a zone whose KSK Keyward uses. */
public enum SigningMode {
  /** Keyward makes all of them, ahead of time. */
  PRESIGNED,
  /**
   * Keyward gives the DNSKEY set with the KSK's signature, PowerDNS (5.0 and later) signs the rest
   * while it answers.
   */
  SPLIT;

  /** As people, the configuration and the database write it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<SigningMode> parse(String word) {
    return Arrays.stream(values()).filter(mode -> mode.word().equals(word)).findFirst();
  }

  public static List<String> words() {
    return Arrays.stream(values()).map(SigningMode::word).toList();
  }
}
