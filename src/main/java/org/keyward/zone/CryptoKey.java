package org.keyward.zone;

/**
 * A row of PowerDNS's table {@code cryptokeys}, of a zone that PowerDNS signs itself.
 *
 * @param flags 256 for a ZSK, 257 for a KSK or CSK
 * @param content private key in BIND's format; goes to PowerDNS and nowhere else
 */
public record CryptoKey(int id, int flags, boolean active, boolean published, String content) {
  @Override
  public String toString() {
    return "CryptoKey[id=" + id + ", flags=" + flags + ", content=****]";
  }
}
