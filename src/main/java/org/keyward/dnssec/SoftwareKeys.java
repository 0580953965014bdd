package org.keyward.dnssec;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/** Makes, restores and uses key pairs in software. Signatures come out as an RRSIG holds them. */
public final class SoftwareKeys {
  public static final int ZSK_FLAGS = DNSKEYRecord.Flags.ZONE_KEY;
  public static final int KSK_FLAGS = DNSKEYRecord.Flags.ZONE_KEY | DNSKEYRecord.Flags.SEP_KEY;
  private static final int RSA_BITS = 2048;

  private SoftwareKeys() {}

  /**
   * Makes a new key pair.
   *
   * @param flags {@link #ZSK_FLAGS} or {@link #KSK_FLAGS}
   */
  public static SoftwareKey generate(Name zone, Algorithm algorithm, int flags) {
    try {
      KeyPair pair = generator(algorithm).generateKeyPair();
      byte[] field = PublicKeys.toDnskey(pair.getPublic(), algorithm);
      return new SoftwareKey(dnskey(zone, flags, algorithm, field), pair.getPrivate());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot make a key for " + algorithm.mnemonic(), e);
    }
  }

  /** A DNSKEY record; its TTL is 0 and set by whoever publishes it. */
  public static DNSKEYRecord dnskey(Name zone, int flags, Algorithm algorithm, byte[] publicKey) {
    return new DNSKEYRecord(
        zone, DClass.IN, 0, flags, DNSKEYRecord.Protocol.DNSSEC, algorithm.number(), publicKey);
  }

  /** The private key from its PKCS#8 form, which {@link PrivateKey#getEncoded} gives. */
  public static PrivateKey privateKey(Algorithm algorithm, byte[] pkcs8) {
    try {
      return KeyFactory.getInstance(family(algorithm))
          .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("not a private key for " + algorithm.mnemonic(), e);
    }
  }

  public static byte[] sign(PrivateKey key, Algorithm algorithm, byte[] data) {
    try {
      Signature signature = signature(algorithm);
      signature.initSign(key);
      signature.update(data);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot sign with " + algorithm.mnemonic(), e);
    }
  }

  /** Whether {@code signature}, in an RRSIG's form, is one of {@code key} over {@code data}. */
  public static boolean verify(
      PublicKey key, Algorithm algorithm, byte[] data, byte[] signatureBytes) {
    try {
      Signature signature = signature(algorithm);
      signature.initVerify(key);
      signature.update(data);
      return signature.verify(signatureBytes);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static KeyPairGenerator generator(Algorithm algorithm) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(family(algorithm));
    switch (algorithm) {
      case RSASHA256, RSASHA512 -> generator.initialize(RSA_BITS);
      case ECDSAP256SHA256 -> generator.initialize(new ECGenParameterSpec("secp256r1"));
      case ECDSAP384SHA384 -> generator.initialize(new ECGenParameterSpec("secp384r1"));
      case ED25519 -> {}
    }
    return generator;
  }

  private static String family(Algorithm algorithm) {
    return switch (algorithm) {
      case RSASHA256, RSASHA512 -> "RSA";
      case ECDSAP256SHA256, ECDSAP384SHA384 -> "EC";
      case ED25519 -> "Ed25519";
    };
  }

  private static Signature signature(Algorithm algorithm) throws GeneralSecurityException {
    return Signature.getInstance(
        switch (algorithm) {
          case RSASHA256 -> "SHA256withRSA";
          case RSASHA512 -> "SHA512withRSA";
          case ECDSAP256SHA256 -> "SHA256withECDSAinP1363Format";
          case ECDSAP384SHA384 -> "SHA384withECDSAinP1363Format";
          case ED25519 -> "Ed25519";
        });
  }
}
