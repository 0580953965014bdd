package org.keyward.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * One PKCS#11 token. Exactly one of {@code serial} and {@code label} says which token of the module
 * it is; the serial survives an upgrade of OpenSC, the label does not.
 *
 * @param name what operators call it in commands ({@code --token office})
 * @param pin absent when the token is only listed, never logged in to
 * @param powerDnsModule what PowerDNS calls the module, as p11-kit does; needed where it is to use
 *     a key of the token itself
 * @param permitDeadline how long a caller waits for the permit before it is refused
 * @param hangTimeout how long one native call may take before the process gives up
 */
public record TokenSettings(
    String name,
    Path module,
    Optional<String> serial,
    Optional<String> label,
    Optional<Secret> pin,
    Optional<String> powerDnsModule,
    Duration permitDeadline,
    Duration hangTimeout) {
  public static final Duration DEFAULT_PERMIT_DEADLINE = Duration.ofMinutes(1);
  public static final Duration DEFAULT_HANG_TIMEOUT = Duration.ofSeconds(30);

  public TokenSettings {
    if (serial.isPresent() == label.isPresent()) {
      throw new IllegalArgumentException(
          "token " + name + " needs either 'serial' or 'label', and not both");
    }
  }

  /** A module's name, as one line of a key that PowerDNS reads. */
  static String moduleName(String text) {
    if (!text.matches("[A-Za-z0-9._+-]+")) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is no name of a module; write it as p11-kit does, for example softhsm2 or opensc");
    }
    return text;
  }

  /** One whose keys PowerDNS does not use. */
  public TokenSettings(
      String name,
      Path module,
      Optional<String> serial,
      Optional<String> label,
      Optional<Secret> pin,
      Duration permitDeadline,
      Duration hangTimeout) {
    this(name, module, serial, label, pin, Optional.empty(), permitDeadline, hangTimeout);
  }
}
