package org.keyward.token;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.keyward.dnssec.Algorithm;
import org.keyward.token.Cryptoki.Attribute;

/** How PKCS#11 makes keys and signatures of a DNSSEC algorithm. */
final class KeyType {
  private static final byte[] SHA256_INFO =
      HexFormat.of().parseHex("3031300d060960864801650304020105000420");
  private static final byte[] SHA512_INFO =
      HexFormat.of().parseHex("3051300d060960864801650304020305000440");
  private static final long RSA_BITS = 2048;

  private KeyType() {}

  /** CKA_KEY_TYPE. */
  static long of(Algorithm algorithm) {
    return switch (algorithm) {
      case RSASHA256, RSASHA512 -> Ck.TYPE_RSA;
      case ECDSAP256SHA256, ECDSAP384SHA384 -> Ck.TYPE_EC;
      case ED25519 -> Ck.TYPE_EDWARDS;
    };
  }

  static long signing(Algorithm algorithm) {
    return switch (algorithm) {
      case RSASHA256, RSASHA512 -> Ck.RSA_PKCS;
      case ECDSAP256SHA256, ECDSAP384SHA384 -> Ck.ECDSA;
      case ED25519 -> Ck.EDDSA;
    };
  }

  /** What the token signs. Hashed here: a card that hashes takes three times as long. */
  static byte[] input(Algorithm algorithm, byte[] data) {
    return switch (algorithm) {
      case RSASHA256 -> concat(SHA256_INFO, hash("SHA-256", data));
      case RSASHA512 -> concat(SHA512_INFO, hash("SHA-512", data));
      case ECDSAP256SHA256 -> hash("SHA-256", data);
      case ECDSAP384SHA384 -> hash("SHA-384", data);
      case ED25519 -> data;
    };
  }

  static long generation(Algorithm algorithm) {
    return switch (algorithm) {
      case RSASHA256, RSASHA512 -> Ck.RSA_KEY_PAIR_GEN;
      case ECDSAP256SHA256, ECDSAP384SHA384 -> Ck.EC_KEY_PAIR_GEN;
      case ED25519 -> Ck.EDWARDS_KEY_PAIR_GEN;
    };
  }

  static List<Attribute> publicPart(Algorithm algorithm, String label, byte[] id) {
    List<Attribute> template = new ArrayList<>(common(label, id));
    template.add(new Attribute(Ck.PRIVATE, false));
    template.add(new Attribute(Ck.VERIFY, true));
    switch (algorithm) {
      case RSASHA256, RSASHA512 -> {
        template.add(new Attribute(Ck.MODULUS_BITS, RSA_BITS));
        template.add(new Attribute(Ck.PUBLIC_EXPONENT, new byte[] {1, 0, 1}));
      }
      case ECDSAP256SHA256 -> template.add(new Attribute(Ck.EC_PARAMS, PublicKeyReader.P256));
      case ECDSAP384SHA384 -> template.add(new Attribute(Ck.EC_PARAMS, PublicKeyReader.P384));
      case ED25519 -> template.add(new Attribute(Ck.EC_PARAMS, PublicKeyReader.ED25519_NAME));
    }
    return template;
  }

  /** It never leaves the token. */
  static List<Attribute> privatePart(String label, byte[] id) {
    List<Attribute> template = new ArrayList<>(common(label, id));
    template.add(new Attribute(Ck.PRIVATE, true));
    template.add(new Attribute(Ck.SENSITIVE, true));
    template.add(new Attribute(Ck.EXTRACTABLE, false));
    template.add(new Attribute(Ck.SIGN, true));
    return template;
  }

  private static List<Attribute> common(String label, byte[] id) {
    return List.of(
        new Attribute(Ck.TOKEN, true),
        new Attribute(Ck.LABEL, label.getBytes(StandardCharsets.UTF_8)),
        new Attribute(Ck.ID, id));
  }

  private static byte[] hash(String name, byte[] data) {
    try {
      return MessageDigest.getInstance(name).digest(data);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has " + name, e);
    }
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
