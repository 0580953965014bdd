package org.keyward.signing;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What can be said of a token without logging in to it.
 *
 * @param fault why it cannot be used now, one line; empty when it can
 * @param warnings for example a factory PIN, or few PIN tries left
 */
public record TokenState(
    String name,
    Path module,
    Optional<String> serial,
    Optional<String> label,
    Optional<String> model,
    PinState pin,
    Optional<String> fault,
    List<String> warnings) {
  /** From the token's flags and from what the PIN guard remembers. */
  public enum PinState {
    UNKNOWN,
    OK,
    COUNT_LOW,
    FINAL_TRY,
    LOCKED,
    /** The configured PIN was refused once and will not be tried again. */
    WRONG,
    /** The configuration has none. */
    MISSING
  }

  public TokenState {
    warnings = List.copyOf(warnings);
  }

  TokenState withFault(String why) {
    return new TokenState(name, module, serial, label, model, pin, Optional.of(why), warnings);
  }

  public boolean reachable() {
    return fault.isEmpty();
  }
}
