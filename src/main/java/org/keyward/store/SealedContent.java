package org.keyward.store;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.signing.Seal;
import org.keyward.zone.KeyContent;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneFaultException;
import org.xbill.DNS.Name;

/**
 * Private keys in {@code cryptokeys.content}: sealed ones have a prefix; clear ones, from an
 * adopted database, are left as they are. Whether PowerDNS gets the PIN for a key on a token is
 * part of what is sealed: nobody can add it who has not the seal key.
 */
final class SealedContent {
  static final String PREFIX = "keyward-sealed-v1:";
  static final String PREFIX_WITH_PIN = "keyward-sealed-pin-v1:";

  private final Optional<Seal> seal;

  SealedContent(Optional<Seal> seal) {
    this.seal = seal;
  }

  /** Seals with the key that is in force. */
  String close(Handle handle, String content, Name zone) {
    return PREFIX + close(handle, content, context(zone));
  }

  /** For a key on a token that PowerDNS is to sign with, and gets the PIN for. */
  String closeWithPin(Handle handle, String content, Name zone) {
    return PREFIX_WITH_PIN + close(handle, content, contextWithPin(zone));
  }

  private String close(Handle handle, String content, String context) {
    Seal own =
        seal.orElseThrow(() -> new WriteRefusedException("there is no seal key for private keys"));
    byte[] sealed =
        SealKeyTable.inForce(handle, own).seal(content.getBytes(StandardCharsets.UTF_8), context);
    return Base64.getEncoder().encodeToString(sealed);
  }

  /** Whether PowerDNS gets the PIN for it; true of what can then be opened. */
  static boolean isWithPin(String stored) {
    return stored.startsWith(PREFIX_WITH_PIN);
  }

  /**
   * As stored when there is no seal here to open it with.
   *
   * @throws ZoneFaultException when it is not what was sealed for this zone
   */
  String open(String stored, Name zone) {
    if (seal.isEmpty()) {
      return stored;
    }
    if (isWithPin(stored)) {
      return open(stored.substring(PREFIX_WITH_PIN.length()), contextWithPin(zone));
    }
    return stored.startsWith(PREFIX)
        ? open(stored.substring(PREFIX.length()), context(zone))
        : stored;
  }

  /** The same, opened each time that it is asked for, with the PIN that belongs into it. */
  KeyContent content(String stored, Name zone, TokenPins pins) {
    return new KeyContent() {
      @Override
      public String reveal() {
        return pins.fill(withoutPin(), takesPin(), zone);
      }

      @Override
      public String withoutPin() {
        return open(stored, zone);
      }

      @Override
      public boolean takesPin() {
        return isWithPin(stored);
      }
    };
  }

  private String open(String sealed, String context) {
    try {
      return new String(
          seal.orElseThrow().open(Base64.getDecoder().decode(sealed), context),
          StandardCharsets.UTF_8);
    } catch (IllegalArgumentException | Seal.NotOpenedException e) {
      throw new ZoneFaultException(
          "a sealed key in its rows of cryptokeys cannot be opened: " + e.getMessage());
    }
  }

  static String context(Name zone) {
    return StoredNames.of(zone) + " cryptokey";
  }

  static String contextWithPin(Name zone) {
    return context(zone) + " with PIN";
  }
}
