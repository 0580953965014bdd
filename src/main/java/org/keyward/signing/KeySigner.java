package org.keyward.signing;

/** Signs bytes with a key on a token. Knows nothing of DNS. Valid only while the permit is held. */
public interface KeySigner {
  /**
   * Hashes and signs {@code data} as the key's DNSSEC algorithm says. The signature has been
   * verified against {@code key.publicKey()} when this returns.
   *
   * @return the signature as an RRSIG holds it: r‖s for ECDSA, PKCS#1 for RSA
   * @throws TokenException when the token cannot, or answered with a wrong signature
   */
  byte[] sign(TokenKey key, byte[] data);

  /**
   * As {@link #sign}, but not verified, so that the token need not wait for that. An old handle may
   * sign with another key: the caller verifies, uses nothing that does not fit, and then calls
   * {@link #sign}, which looks the key up anew.
   */
  default byte[] signUnverified(TokenKey key, byte[] data) {
    return sign(key, data);
  }
}
