package org.keyward.dnssec;

import java.math.BigInteger;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.Base64;

/** Private keys as text in BIND's format, which PowerDNS reads and writes. */
public final class BindPrivateKey {
  private BindPrivateKey() {}

  /** The text of a private key in PKCS#8 form; it ends with a line break. */
  public static String write(Algorithm algorithm, byte[] pkcs8) {
    PrivateKey key = SoftwareKeys.privateKey(algorithm, pkcs8);
    String head =
        "Private-key-format: v1.2\nAlgorithm: " + algorithm.number() + " (" + algorithm + ")\n";
    return head
        + switch (algorithm) {
          case RSASHA256, RSASHA512 -> rsa((RSAPrivateCrtKey) key);
          case ECDSAP256SHA256 -> scalar(((ECPrivateKey) key).getS(), 32);
          case ECDSAP384SHA384 -> scalar(((ECPrivateKey) key).getS(), 48);
          case ED25519 -> field("PrivateKey", ((EdECPrivateKey) key).getBytes().orElseThrow());
        };
  }

  private static String scalar(BigInteger number, int length) {
    byte[] padded = new byte[length];
    byte[] bytes = unsigned(number);
    System.arraycopy(bytes, 0, padded, length - bytes.length, bytes.length);
    return field("PrivateKey", padded);
  }

  private static String rsa(RSAPrivateCrtKey key) {
    return field("Modulus", unsigned(key.getModulus()))
        + field("PublicExponent", unsigned(key.getPublicExponent()))
        + field("PrivateExponent", unsigned(key.getPrivateExponent()))
        + field("Prime1", unsigned(key.getPrimeP()))
        + field("Prime2", unsigned(key.getPrimeQ()))
        + field("Exponent1", unsigned(key.getPrimeExponentP()))
        + field("Exponent2", unsigned(key.getPrimeExponentQ()))
        + field("Coefficient", unsigned(key.getCrtCoefficient()));
  }

  /** Without the sign byte. */
  private static byte[] unsigned(BigInteger number) {
    byte[] bytes = number.toByteArray();
    return bytes.length > 1 && bytes[0] == 0
        ? java.util.Arrays.copyOfRange(bytes, 1, bytes.length)
        : bytes;
  }

  private static String field(String name, byte[] value) {
    return name + ": " + Base64.getEncoder().encodeToString(value) + "\n";
  }
}
