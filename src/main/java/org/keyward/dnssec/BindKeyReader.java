package org.keyward.dnssec;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAPrivateCrtKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.xbill.DNS.Name;

/** Reads private keys as {@link BindPrivateKey} writes them; the public half is computed. */
public final class BindKeyReader {
  private final Map<String, String> fields = new HashMap<>();

  private BindKeyReader(String text) {
    text.lines()
        .map(line -> line.split(":", 2))
        .filter(parts -> parts.length == 2)
        .forEach(parts -> fields.put(parts[0].strip(), parts[1].strip()));
  }

  /**
   * The key.
   *
   * @param flags of its DNSKEY record
   * @throws IllegalArgumentException saying why it is no key that Keyward can sign with; nothing of
   *     the key is in the message
   */
  public static SoftwareKey read(Name zone, int flags, String text) {
    BindKeyReader reader = new BindKeyReader(text);
    try {
      return reader.key(zone, flags);
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new IllegalArgumentException(
          "it is no private key in BIND's format for RSA, P-256, P-384 or Ed25519", e);
    }
  }

  private SoftwareKey key(Name zone, int flags) throws GeneralSecurityException {
    String number = fields.getOrDefault("Algorithm", "").split(" ", 2)[0];
    Algorithm algorithm = Algorithm.parse(number).orElseThrow();
    return switch (algorithm) {
      case RSASHA256, RSASHA512 -> rsa(zone, flags, algorithm);
      case ECDSAP256SHA256 -> ec(zone, flags, algorithm, "secp256r1");
      case ECDSAP384SHA384 -> ec(zone, flags, algorithm, "secp384r1");
      case ED25519 -> ed25519(zone, flags);
    };
  }

  private BigInteger number(String field) {
    return new BigInteger(1, Base64.getDecoder().decode(fields.get(field)));
  }

  private SoftwareKey rsa(Name zone, int flags, Algorithm algorithm)
      throws GeneralSecurityException {
    KeyFactory factory = KeyFactory.getInstance("RSA");
    PrivateKey key =
        factory.generatePrivate(
            new RSAPrivateCrtKeySpec(
                number("Modulus"),
                number("PublicExponent"),
                number("PrivateExponent"),
                number("Prime1"),
                number("Prime2"),
                number("Exponent1"),
                number("Exponent2"),
                number("Coefficient")));
    PublicKey open =
        factory.generatePublic(new RSAPublicKeySpec(number("Modulus"), number("PublicExponent")));
    return key(zone, flags, algorithm, key, open);
  }

  private SoftwareKey ec(Name zone, int flags, Algorithm algorithm, String curve)
      throws GeneralSecurityException {
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec(curve));
    ECParameterSpec spec = parameters.getParameterSpec(ECParameterSpec.class);
    BigInteger secret = number("PrivateKey");
    KeyFactory factory = KeyFactory.getInstance("EC");
    return key(
        zone,
        flags,
        algorithm,
        factory.generatePrivate(new ECPrivateKeySpec(secret, spec)),
        factory.generatePublic(new ECPublicKeySpec(CurvePoints.multiply(secret, spec), spec)));
  }

  /**
   * Java computes an Ed25519 public key only when it makes a key pair, so it is told what to draw.
   */
  private SoftwareKey ed25519(Name zone, int flags) throws GeneralSecurityException {
    byte[] secret = Base64.getDecoder().decode(fields.get("PrivateKey"));
    KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519", "SunEC");
    generator.initialize(NamedParameterSpec.ED25519, new Given(secret));
    KeyPair pair = generator.generateKeyPair();
    if (!Arrays.equals(secret, ((EdECPrivateKey) pair.getPrivate()).getBytes().orElseThrow())) {
      throw new GeneralSecurityException("this Java makes Ed25519 keys in another way");
    }
    return key(zone, flags, Algorithm.ED25519, pair.getPrivate(), pair.getPublic());
  }

  /** Draws what it was given, once. */
  private static final class Given extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private final byte[] secret;

    Given(byte[] secret) {
      this.secret = secret;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      if (bytes.length != secret.length) {
        throw new IllegalArgumentException("not the length of the key");
      }
      System.arraycopy(secret, 0, bytes, 0, secret.length);
    }
  }

  private static SoftwareKey key(
      Name zone, int flags, Algorithm algorithm, PrivateKey key, PublicKey open) {
    return new SoftwareKey(
        SoftwareKeys.dnskey(zone, flags, algorithm, PublicKeys.toDnskey(open, algorithm)), key);
  }

  /** Arithmetic on a curve over a prime field, which Java has but does not give to anybody. */
  private static final class CurvePoints {
    private static final BigInteger TWO = BigInteger.TWO;
    private static final BigInteger THREE = BigInteger.valueOf(3);

    private CurvePoints() {}

    /** The generator taken {@code times} times; once in a key's life, so not in constant time. */
    static ECPoint multiply(BigInteger times, ECParameterSpec spec) {
      BigInteger p = ((java.security.spec.ECFieldFp) spec.getCurve().getField()).getP();
      ECPoint sum = ECPoint.POINT_INFINITY;
      for (int bit = times.bitLength() - 1; bit >= 0; bit--) {
        sum = add(sum, sum, spec.getCurve().getA(), p);
        if (times.testBit(bit)) {
          sum = add(sum, spec.getGenerator(), spec.getCurve().getA(), p);
        }
      }
      return sum;
    }

    private static ECPoint add(ECPoint one, ECPoint other, BigInteger a, BigInteger p) {
      if (one.equals(ECPoint.POINT_INFINITY)) {
        return other;
      }
      if (other.equals(ECPoint.POINT_INFINITY)) {
        return one;
      }
      BigInteger x = one.getAffineX();
      BigInteger y = one.getAffineY();
      boolean same = one.equals(other);
      if (!same && x.equals(other.getAffineX())) {
        return ECPoint.POINT_INFINITY;
      }
      BigInteger rise =
          same ? x.multiply(x).multiply(THREE).add(a) : other.getAffineY().subtract(y);
      BigInteger run = same ? y.multiply(TWO) : other.getAffineX().subtract(x);
      BigInteger slope = rise.multiply(run.modInverse(p)).mod(p);
      BigInteger sumX = slope.multiply(slope).subtract(x).subtract(other.getAffineX()).mod(p);
      return new ECPoint(sumX, slope.multiply(x.subtract(sumX)).subtract(y).mod(p));
    }
  }
}
