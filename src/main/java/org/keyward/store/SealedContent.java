package org.keyward.store;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.signing.Seal;
import org.keyward.zone.KeyContent;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneFaultException;
import org.xbill.DNS.Name;

/**
 * Seals and opens the keys that PowerDNS signs with; those in clear, from an adopted database, are
 * left as they are. Whether PowerDNS gets the PIN for a key on a token is part of what is sealed:
 * nobody can add it who has not the seal key.
 */
final class SealedContent {
  private final Optional<Seal> seal;

  SealedContent(Optional<Seal> seal) {
    this.seal = seal;
  }

  /**
   * Seals with the key that is in force.
   *
   * @param takesPin of a key on a token that PowerDNS is to sign with, and gets the PIN for
   */
  SealedKeyTable.Sealed close(Handle handle, String content, Name zone, boolean takesPin) {
    Seal own =
        seal.orElseThrow(() -> new WriteRefusedException("there is no seal key for private keys"));
    return new SealedKeyTable.Sealed(
        takesPin,
        SealKeyTable.inForce(handle, own)
            .seal(content.getBytes(StandardCharsets.UTF_8), context(zone, takesPin)));
  }

  /**
   * The key in clear.
   *
   * @throws ZoneFaultException when it is not what was sealed for this zone
   */
  String open(StoredKey key, Name zone) {
    return key.sealed().isEmpty() ? key.clear().orElseThrow() : open(key, key.sealed().get(), zone);
  }

  private String open(StoredKey key, byte[] sealed, Name zone) {
    String fault = "its key " + key.id() + " in keyward.sealed_key cannot be opened: ";
    Seal own = seal.orElseThrow(() -> new ZoneFaultException(fault + "no seal key is given"));
    try {
      return new String(own.open(sealed, context(zone, key.takesPin())), StandardCharsets.UTF_8);
    } catch (Seal.NotOpenedException e) {
      throw new ZoneFaultException(fault + e.getMessage());
    }
  }

  /** The same, opened each time that it is asked for, with the PIN that belongs into it. */
  KeyContent content(StoredKey key, Name zone, TokenPins pins) {
    return new KeyContent() {
      @Override
      public String reveal() {
        return pins.fill(withoutPin(), takesPin(), zone);
      }

      @Override
      public String withoutPin() {
        return open(key, zone);
      }

      @Override
      public boolean takesPin() {
        return key.takesPin();
      }

      @Override
      public boolean isClosed() {
        return key.sealed().isPresent() && seal.isEmpty();
      }
    };
  }

  static String context(Name zone, boolean takesPin) {
    return StoredNames.of(zone) + (takesPin ? " cryptokey with PIN" : " cryptokey");
  }
}
