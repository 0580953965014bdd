package org.keyward.store;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.keyward.config.Secret;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The PINs of the configuration, which are filled into keys on tokens when PowerDNS asks for them,
 * and are nowhere else. One that the token has refused is given to nobody: PowerDNS tries it again
 * for each key, and a card locks after three times. Thread-safe.
 */
public final class TokenPins {
  private static final Logger log = LoggerFactory.getLogger(TokenPins.class);

  /** For those who do not give keys to PowerDNS. */
  public static final TokenPins NONE = new TokenPins(Map.of());

  private final Map<String, Secret> byWord;
  private final Map<String, String> names = new ConcurrentHashMap<>();
  private final Set<String> unknown = ConcurrentHashMap.newKeySet();
  private volatile Set<String> withheld = Set.of();

  /**
   * @param byWord PINs by each word that stands for their token: name, label, serial number
   */
  public TokenPins(Map<String, Secret> byWord) {
    this.byWord = Map.copyOf(byWord);
  }

  boolean isEmpty() {
    return byWord.isEmpty();
  }

  /** Learns labels that the signer has seen; a token may be configured by its serial number. */
  void learn(Map<String, String> nameByLabel) {
    names.putAll(nameByLabel);
  }

  /**
   * From now on the PINs of these tokens are given to nobody, and those of others are.
   *
   * @param words each that stands for one of them
   */
  void withhold(Set<String> words) {
    withheld = Set.copyOf(words);
  }

  /** That of the configuration, whatever is known of it. */
  Optional<Secret> configured(String slot) {
    return Optional.ofNullable(byWord.get(slot))
        .or(() -> Optional.ofNullable(names.get(slot)).map(byWord::get));
  }

  private Optional<Secret> of(String slot) {
    return withheld.contains(slot) ? Optional.empty() : configured(slot);
  }

  /** Whether PowerDNS can sign with a key that it gets from here. */
  boolean canUse(String content) {
    return !EngineKey.is(content) || of(EngineKey.field(content, "Slot").orElse("")).isPresent();
  }

  /**
   * A key as PowerDNS is to get it: the PIN of the configuration goes before one that is stored.
   *
   * @param content a private key or a key on a token
   */
  String fill(String content) {
    if (!EngineKey.is(content)) {
      return content;
    }
    String slot = EngineKey.field(content, "Slot").orElse("");
    if (withheld.contains(slot)) {
      return EngineKey.withoutPin(content);
    }
    Optional<Secret> pin = of(slot);
    if (pin.isEmpty()) {
      if (!EngineKey.hasPin(content) && unknown.add(slot)) {
        log.warn(
            "token '{}': PowerDNS gets its keys without a PIN, for it is not in the configuration;"
                + " add it to 'tokens' with its label and pin-file",
            slot);
      }
      return content;
    }
    char[] chars = pin.get().chars();
    try {
      return EngineKey.withPin(content, String.valueOf(chars));
    } finally {
      Arrays.fill(chars, '\0');
    }
  }
}
