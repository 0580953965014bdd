package org.keyward.store;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.keyward.config.Secret;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/**
 * The PINs of the tokens that PowerDNS may use, from the configuration: filled into their keys when
 * PowerDNS asks for them, and nowhere else. Only into keys that Keyward has sealed for that, or
 * that have a PIN in PowerDNS's tables already, and only for the module that the token is
 * configured with: whoever can name a token to Keyward must not learn its PIN. One that the token
 * has refused is given to nobody: PowerDNS tries it again for each key, and a card locks after
 * three times. Thread-safe.
 */
public final class TokenPins {
  private static final Logger log = LoggerFactory.getLogger(TokenPins.class);

  /** So many zones are told of. */
  private static final int REMEMBERED = 1_000;

  /** For those who do not give keys to PowerDNS. */
  public static final TokenPins NONE = new TokenPins(Map.of());

  private final Map<String, Pin> byWord;
  private final Map<String, String> names = new ConcurrentHashMap<>();
  private final Set<String> unknown = ConcurrentHashMap.newKeySet();
  private final Set<Name> without = ConcurrentHashMap.newKeySet();
  private volatile Set<String> withheld = Set.of();

  /**
   * @param module what PowerDNS calls the token's module
   */
  public record Pin(Secret secret, String module) {}

  /**
   * @param byWord PINs by each word that stands for their token: name, label, serial number
   */
  public TokenPins(Map<String, Pin> byWord) {
    this.byWord = Map.copyOf(byWord);
  }

  boolean isEmpty() {
    return byWord.isEmpty();
  }

  /** Learns labels that the signer has seen; a token may be configured by its serial number. */
  public void learn(Map<String, String> nameByLabel) {
    names.putAll(nameByLabel);
  }

  /**
   * From now on the PINs of these tokens are given to nobody, and those of others are.
   *
   * @param words each that stands for one of them
   */
  public void withhold(Set<String> words) {
    withheld = Set.copyOf(words);
  }

  /** The words whose PINs are given to nobody. */
  public Set<String> withheld() {
    return withheld;
  }

  /** Names of tokens by the labels that were learned. */
  public Map<String, String> learned() {
    return Map.copyOf(names);
  }

  /** By each word that stands for a token whose PIN PowerDNS gets: what it calls the module. */
  Map<String, String> given() {
    Map<String, String> modules = new HashMap<>();
    Stream.concat(byWord.keySet().stream(), names.keySet().stream())
        .filter(word -> !withheld.contains(word))
        .forEach(word -> find(word).ifPresent(pin -> modules.put(word, pin.module())));
    return modules;
  }

  /** That of the configuration, whatever is known of it. */
  Optional<Secret> configured(String slot) {
    return find(slot).map(Pin::secret);
  }

  private Optional<Pin> find(String slot) {
    return Optional.ofNullable(byWord.get(slot))
        .or(() -> Optional.ofNullable(names.get(slot)).map(byWord::get));
  }

  private Optional<Secret> forKey(String content) {
    String slot = EngineKey.field(content, "Slot").orElse("");
    String module = EngineKey.field(content, "Engine").orElse("");
    return find(slot)
        .filter(pin -> !withheld.contains(slot) && pin.module().equals(module))
        .map(Pin::secret);
  }

  /** Whether PowerDNS can sign with a key that it gets from here. */
  boolean canUse(String content) {
    return !EngineKey.is(content) || forKey(content).isPresent();
  }

  /** Zones whose keys PowerDNS got without their PIN when it last asked. */
  public Set<Name> without() {
    return Set.copyOf(without);
  }

  /**
   * A key as PowerDNS is to get it: the PIN of the configuration goes before one that is stored.
   *
   * @param content a private key or a key on a token
   * @param mayHavePin whether the key was sealed for that
   */
  public String fill(String content, boolean mayHavePin, Name zone) {
    if (!EngineKey.is(content)) {
      return content;
    }
    String filled = filled(content, mayHavePin);
    if (EngineKey.hasPin(filled)) {
      without.remove(zone);
    } else if (without.size() < REMEMBERED) {
      without.add(zone);
    }
    return filled;
  }

  private String filled(String content, boolean mayHavePin) {
    if (withheld.contains(EngineKey.field(content, "Slot").orElse(""))) {
      return EngineKey.withoutPin(content);
    }
    if (!mayHavePin && !EngineKey.hasPin(content)) {
      warn(content, "it was not given to PowerDNS by 'keyward mode' or 'keyward adopt-hsm'");
      return content;
    }
    Optional<Secret> pin = forKey(content);
    if (pin.isEmpty()) {
      if (!EngineKey.hasPin(content)) {
        warn(
            content,
            "it is not in the configuration; add the token to 'tokens' with its label,"
                + " pin-file and powerdns-module");
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

  private void warn(String content, String why) {
    String slot = EngineKey.field(content, "Slot").orElse("");
    if (unknown.add(slot)) {
      log.warn("token '{}': PowerDNS gets a key without its PIN, for {}", slot, why);
    }
  }
}
