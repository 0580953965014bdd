package org.keyward.store;

import java.util.Optional;
import java.util.stream.Collectors;
import org.keyward.dnssec.Algorithm;

/**
 * The text that stands for a key on a token in PowerDNS, as {@code pdnsutil hsm assign} writes it:
 * lines {@code Engine}, {@code Slot} (the token's label), {@code PIN}, {@code Label}.
 */
final class EngineKey {
  private static final String PIN = "PIN";

  private EngineKey() {}

  /**
   * The text of a key, without the PIN.
   *
   * @param module as PowerDNS, and p11-kit, call it
   * @param slot the token's label
   */
  static String write(Algorithm algorithm, String module, String slot, String label) {
    return """
        Private-key-format: v1.2
        Algorithm: %d
        Engine: %s
        Slot: %s
        Label: %s
        PubLabel: %s
        """
        .formatted(algorithm.number(), module, slot, label, label);
  }

  /** Whether the text stands for a key on a token. */
  static boolean is(String content) {
    return field(content, "Engine").isPresent();
  }

  /** The value of a line; empty when there is none. */
  static Optional<String> field(String content, String name) {
    return content
        .lines()
        .filter(line -> isField(line, name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst();
  }

  private static boolean isField(String line, String name) {
    int colon = line.indexOf(':');
    return colon > 0 && line.substring(0, colon).strip().equalsIgnoreCase(name);
  }

  static boolean hasPin(String content) {
    return field(content, PIN).filter(pin -> !pin.isEmpty()).isPresent();
  }

  static String withoutPin(String content) {
    return content
        .lines()
        .filter(line -> !isField(line, PIN))
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }

  /** The text as PowerDNS wants it to log in. */
  static String withPin(String content, String pin) {
    return withoutPin(content).stripTrailing() + "\n" + PIN + ": " + pin + "\n";
  }
}
