package org.keyward.zone;

/**
 * A key that PowerDNS signs with itself: of its table {@code cryptokeys}, sealed, or a ZSK of
 * Keyward's that PowerDNS uses in a split zone.
 *
 * @param flags 256 for a ZSK, 257 for a KSK or CSK
 * @param content goes to PowerDNS and nowhere else
 */
public record CryptoKey(int id, int flags, boolean active, boolean published, KeyContent content) {
  @Override
  public String toString() {
    return "CryptoKey[id=" + id + ", flags=" + flags + ", content=****]";
  }
}
