package org.keyward.signing;

import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.PublicKeys;

/**
 * A key pair on a token, named by what does not change when the token is unplugged. Holds no
 * handle.
 *
 * @param token the name in the configuration
 * @param serial the token's serial number
 * @param ckaId lower-case hex; empty when the key has none, as {@code pkcs11-tool} makes them
 * @param publicKey in the form of a DNSKEY's public key field (RFC 3110, 6605, 8080); identifies
 *     the key together with the serial
 */
public record TokenKey(
    String token,
    String serial,
    String label,
    String ckaId,
    Algorithm algorithm,
    byte[] publicKey) {
  public TokenKey {
    publicKey = publicKey.clone();
  }

  @Override
  public byte[] publicKey() {
    return publicKey.clone();
  }

  /** RSA keys of fewer bits can be factored with much effort, and some validators ignore them. */
  private static final int FEWEST_RSA_BITS = 2048;

  /** How long it is. */
  public int bits() {
    return switch (algorithm) {
      case RSASHA256, RSASHA512 -> PublicKeys.rsaBits(publicKey);
      case ECDSAP384SHA384 -> 384;
      case ECDSAP256SHA256, ED25519 -> 256;
    };
  }

  /** Whether it is too short to be trusted. */
  public boolean isWeak() {
    return algorithm.isRsa() && bits() < FEWEST_RSA_BITS;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenKey key
        && serial.equals(key.serial)
        && algorithm == key.algorithm
        && java.util.Arrays.equals(publicKey, key.publicKey);
  }

  @Override
  public int hashCode() {
    return java.util.Arrays.hashCode(publicKey);
  }

  @Override
  public String toString() {
    return "key '" + label + "' (" + algorithm.mnemonic() + ") on token '" + token + "'";
  }
}
