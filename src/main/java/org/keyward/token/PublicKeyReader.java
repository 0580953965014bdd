package org.keyward.token;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.keyward.dnssec.Algorithm;

/** From a public key object's attributes to a DNSKEY's algorithm and public key field. */
final class PublicKeyReader {
  static final byte[] P256 = HexFormat.of().parseHex("06082a8648ce3d030107");
  static final byte[] P384 = HexFormat.of().parseHex("06052b81040022");
  static final byte[] ED25519_OID = HexFormat.of().parseHex("06032b6570");
  static final byte[] ED25519_NAME = HexFormat.of().parseHex("130c656477617264733235353139");

  private PublicKeyReader() {}

  static Optional<Algorithm> curve(byte[] parameters) {
    if (Arrays.equals(parameters, P256)) {
      return Optional.of(Algorithm.ECDSAP256SHA256);
    }
    if (Arrays.equals(parameters, P384)) {
      return Optional.of(Algorithm.ECDSAP384SHA384);
    }
    boolean edwards =
        Arrays.equals(parameters, ED25519_OID) || Arrays.equals(parameters, ED25519_NAME);
    return edwards ? Optional.of(Algorithm.ED25519) : Optional.empty();
  }

  /** The point without its wrapping: modules give it as an OCTET STRING or bare. */
  static byte[] point(byte[] attribute, Algorithm algorithm) {
    int size =
        switch (algorithm) {
          case ECDSAP256SHA256 -> 64;
          case ECDSAP384SHA384 -> 96;
          default -> 32;
        };
    if (attribute.length < size) {
      throw new IllegalArgumentException("a public key of " + attribute.length + " bytes");
    }
    return Arrays.copyOfRange(attribute, attribute.length - size, attribute.length);
  }

  /** RFC 3110, section 2. */
  static byte[] rsa(byte[] modulus, byte[] exponent) {
    byte[] n = withoutLeadingZeros(modulus);
    byte[] e = withoutLeadingZeros(exponent);
    ByteArrayOutputStream field = new ByteArrayOutputStream();
    if (e.length > 255) {
      field.write(0);
      field.write(e.length >> 8);
    }
    field.write(e.length);
    field.writeBytes(e);
    field.writeBytes(n);
    return field.toByteArray();
  }

  private static byte[] withoutLeadingZeros(byte[] number) {
    int start = 0;
    while (start < number.length - 1 && number[start] == 0) {
      start++;
    }
    return Arrays.copyOfRange(number, start, number.length);
  }
}
