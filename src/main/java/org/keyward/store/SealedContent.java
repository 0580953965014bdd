package org.keyward.store;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.keyward.signing.Seal;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneFaultException;
import org.xbill.DNS.Name;

/**
 * Private keys in {@code cryptokeys.content}: sealed ones have a prefix; clear ones, from an
 * adopted database, are left as they are.
 */
final class SealedContent {
  private static final String PREFIX = "keyward-sealed-v1:";

  private final Optional<Seal> seal;

  SealedContent(Optional<Seal> seal) {
    this.seal = seal;
  }

  String close(String content, Name zone) {
    byte[] sealed =
        seal.orElseThrow(() -> new WriteRefusedException("there is no seal key for private keys"))
            .seal(content.getBytes(StandardCharsets.UTF_8), context(zone));
    return PREFIX + Base64.getEncoder().encodeToString(sealed);
  }

  /**
   * As stored when there is no seal here to open it with.
   *
   * @throws ZoneFaultException when it is not what was sealed for this zone
   */
  String open(String stored, Name zone) {
    if (!stored.startsWith(PREFIX) || seal.isEmpty()) {
      return stored;
    }
    try {
      byte[] sealed = Base64.getDecoder().decode(stored.substring(PREFIX.length()));
      return new String(seal.get().open(sealed, context(zone)), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException | Seal.NotOpenedException e) {
      throw new ZoneFaultException(
          "a sealed key in its rows of cryptokeys cannot be opened: " + e.getMessage());
    }
  }

  private static String context(Name zone) {
    return StoredNames.of(zone) + " cryptokey";
  }
}
