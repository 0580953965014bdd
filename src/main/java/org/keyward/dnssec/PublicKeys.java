package org.keyward.dnssec;

import java.math.BigInteger;
import java.security.PublicKey;
import java.util.Arrays;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.Name;

/** Between Java's public keys and the public key field of a DNSKEY (RFC 3110, 6605, 8080). */
public final class PublicKeys {
  private PublicKeys() {}

  /** The public key field of a DNSKEY. */
  public static byte[] toDnskey(PublicKey key, Algorithm algorithm) {
    try {
      return new DNSKEYRecord(
              Name.root, DClass.IN, 0, 256, DNSKEYRecord.Protocol.DNSSEC, algorithm.number(), key)
          .getKey();
    } catch (DNSSEC.DNSSECException e) {
      throw new IllegalArgumentException(
          "not a public key for " + algorithm.mnemonic() + ": " + e.getMessage(), e);
    }
  }

  /** How many bits the modulus of an RSA key has (RFC 3110, section 2). */
  public static int rsaBits(byte[] field) {
    int length = field[0] == 0 ? ((field[1] & 0xff) << 8) + (field[2] & 0xff) + 3 : field[0] + 1;
    return new BigInteger(1, Arrays.copyOfRange(field, length, field.length)).bitLength();
  }

  /** The key that a DNSKEY's public key field holds. */
  public static PublicKey fromDnskey(byte[] field, Algorithm algorithm) {
    DNSKEYRecord dnskey =
        new DNSKEYRecord(
            Name.root, DClass.IN, 0, 256, DNSKEYRecord.Protocol.DNSSEC, algorithm.number(), field);
    try {
      return dnskey.getPublicKey();
    } catch (DNSSEC.DNSSECException e) {
      throw new IllegalArgumentException(
          "not a public key for " + algorithm.mnemonic() + ": " + e.getMessage(), e);
    }
  }
}
