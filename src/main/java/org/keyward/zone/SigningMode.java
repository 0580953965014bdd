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
  SPLIT,
  /**
   * PowerDNS makes all of them, with the same keys in its own table. A zone goes there from {@link
   * #PRESIGNED}, and Keyward's part in it ends with that.
   */
  POWERDNS;

  /** As people, the configuration and the database write it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether a zone can be assigned a key in it. */
  public boolean isAssignable() {
    return this != POWERDNS;
  }

  public static Optional<SigningMode> parse(String word) {
    return Arrays.stream(values()).filter(mode -> mode.word().equals(word)).findFirst();
  }

  /** Of those that a zone can be assigned a key in. */
  public static List<String> words() {
    return Arrays.stream(values())
        .filter(SigningMode::isAssignable)
        .map(SigningMode::word)
        .toList();
  }
}
