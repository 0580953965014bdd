package org.keyward.token;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.config.TokenSettings;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.PublicKeys;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.signing.TokenException;
import org.keyward.signing.TokenKey;
import sun.security.pkcs11.wrapper.CK_ATTRIBUTE;
import sun.security.pkcs11.wrapper.CK_MECHANISM;
import sun.security.pkcs11.wrapper.CK_TOKEN_INFO;
import sun.security.pkcs11.wrapper.PKCS11;
import sun.security.pkcs11.wrapper.PKCS11Exception;

/**
 * One token of a module: its session, its keys. Looks keys up by label, as {@code pkcs11-tool}
 * makes them: without certificate, maybe without id. Every use holds the permit.
 */
final class Pkcs11Token {
  private static final HexFormat HEX = HexFormat.of();
  private static final byte[] SHA256_INFO = HEX.parseHex("3031300d060960864801650304020105000420");
  private static final byte[] SHA512_INFO = HEX.parseHex("3051300d060960864801650304020305000440");
  private static final int RSA_BITS = 2048;

  private final TokenSettings settings;
  private final Pkcs11Module module;
  private final PinGuard guard;
  private final Map<TokenKey, Long> handles = new HashMap<>();
  private long slot;
  private long session = -1;

  Pkcs11Token(TokenSettings settings, Pkcs11Module module, PinGuard guard) {
    this.settings = settings;
    this.module = module;
    this.guard = guard;
  }

  /**
   * What the token says of itself. A token that was initialised after the module started is seen
   * only by a module started anew, so that is tried now and then.
   */
  CK_TOKEN_INFO info() throws PKCS11Exception {
    List<String> seen = new ArrayList<>();
    Optional<CK_TOKEN_INFO> found = look(seen);
    if (found.isEmpty() && module.restartIfDue()) {
      forget();
      seen.clear();
      found = look(seen);
    }
    return found.orElseThrow(() -> absent(seen));
  }

  private Optional<CK_TOKEN_INFO> look(List<String> seen) throws PKCS11Exception {
    PKCS11 functions = module.functions();
    for (long candidate : functions.C_GetSlotList(true)) {
      CK_TOKEN_INFO info = functions.C_GetTokenInfo(candidate);
      if (settings.serial().map(serial(info)::equals).orElse(true)
          && settings.label().map(label(info)::equals).orElse(true)) {
        slot = candidate;
        return Optional.of(info);
      }
      if (!label(info).isEmpty()) {
        seen.add("'" + label(info) + "' serial " + serial(info));
      }
    }
    return Optional.empty();
  }

  private TokenException absent(List<String> seen) {
    return new TokenException(
        TokenException.Reason.UNAVAILABLE,
        "token "
            + settings.name()
            + ": there is no token with "
            + settings
                .serial()
                .map(s -> "serial " + s)
                .orElse("label '" + settings.label().orElse("") + "'")
            + (seen.isEmpty()
                ? "; none is plugged in"
                : "; the module sees " + String.join(", ", seen)));
  }

  static String serial(CK_TOKEN_INFO info) {
    return new String(info.serialNumber).strip();
  }

  static String label(CK_TOKEN_INFO info) {
    return utf8(info.label).strip();
  }

  static String model(CK_TOKEN_INFO info) {
    return new String(info.model).strip();
  }

  /** Modules give text as one char for each byte. */
  private static String utf8(char[] bytes) {
    return new String(
        new String(bytes).getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  /** Opens a session and logs in, unless that is done already. */
  void open() throws PKCS11Exception {
    if (session >= 0) {
      return;
    }
    CK_TOKEN_INFO info = info();
    PKCS11 functions = module.functions();
    long opened = functions.C_OpenSession(slot, Ck.SESSION_READ_WRITE, null, null);
    try {
      guard.login(functions, opened, serial(info), info.flags);
    } catch (PKCS11Exception | RuntimeException e) {
      functions.C_CloseSession(opened);
      throw e;
    }
    session = opened;
  }

  /** Forgets the session and all handles: the next use opens a new one. */
  void forget() {
    if (session >= 0) {
      try {
        module.functions().C_CloseSession(session);
      } catch (PKCS11Exception | TokenException e) {
        handles.clear(); // it was lost already
      }
    }
    session = -1;
    handles.clear();
  }

  /** All key pairs that DNSSEC can use. */
  List<TokenKey> keys() throws PKCS11Exception {
    String serial = serial(info());
    List<TokenKey> keys = new ArrayList<>();
    for (long handle : find(new CK_ATTRIBUTE(Ck.CLASS, Ck.PUBLIC_KEY))) {
      read(serial, handle).ifPresent(keys::add);
    }
    return keys;
  }

  private Optional<TokenKey> read(String serial, long handle) throws PKCS11Exception {
    String label =
        attribute(handle, Ck.LABEL)
            .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
            .orElse("");
    String id = attribute(handle, Ck.ID).map(HEX::formatHex).orElse("");
    Optional<byte[]> modulus = attribute(handle, Ck.MODULUS);
    if (modulus.isPresent()) {
      byte[] exponent = attribute(handle, Ck.PUBLIC_EXPONENT).orElse(new byte[] {1, 0, 1});
      return Optional.of(
          key(
              serial,
              label,
              id,
              Algorithm.RSASHA256,
              PublicKeyReader.rsa(modulus.get(), exponent)));
    }
    Optional<Algorithm> curve = attribute(handle, Ck.EC_PARAMS).flatMap(PublicKeyReader::curve);
    Optional<byte[]> point = attribute(handle, Ck.EC_POINT);
    if (curve.isEmpty() || point.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        key(serial, label, id, curve.get(), PublicKeyReader.point(point.get(), curve.get())));
  }

  private TokenKey key(String serial, String label, String id, Algorithm algorithm, byte[] field) {
    return new TokenKey(settings.name(), serial, label, id, algorithm, field);
  }

  /**
   * Empty for an attribute that the object does not have; asking for several would fail for all.
   */
  private Optional<byte[]> attribute(long handle, long type) {
    CK_ATTRIBUTE[] template = {new CK_ATTRIBUTE(type)};
    try {
      module.functions().C_GetAttributeValue(session, handle, template);
    } catch (PKCS11Exception e) {
      return Optional.empty();
    }
    Object value = template[0].pValue;
    if (value instanceof char[] chars) {
      return Optional.of(new String(chars).getBytes(StandardCharsets.ISO_8859_1));
    }
    return value instanceof byte[] bytes && bytes.length > 0
        ? Optional.of(bytes)
        : Optional.empty();
  }

  private List<Long> find(CK_ATTRIBUTE... template) throws PKCS11Exception {
    PKCS11 functions = module.functions();
    functions.C_FindObjectsInit(session, template);
    List<Long> found = new ArrayList<>();
    try {
      long[] some = functions.C_FindObjects(session, 64);
      while (some.length > 0) {
        for (long handle : some) {
          found.add(handle);
        }
        some = functions.C_FindObjects(session, 64);
      }
    } finally {
      functions.C_FindObjectsFinal(session);
    }
    return found;
  }

  /** Makes a key pair whose private part never leaves the token. */
  void generate(String label, Algorithm algorithm) throws PKCS11Exception {
    byte[] id = new byte[20];
    new SecureRandom().nextBytes(id);
    byte[] name = label.getBytes(StandardCharsets.UTF_8);
    List<CK_ATTRIBUTE> open =
        new ArrayList<>(
            List.of(
                new CK_ATTRIBUTE(Ck.TOKEN, true),
                new CK_ATTRIBUTE(Ck.PRIVATE, false),
                new CK_ATTRIBUTE(Ck.VERIFY, true),
                new CK_ATTRIBUTE(Ck.LABEL, name),
                new CK_ATTRIBUTE(Ck.ID, id)));
    long mechanism;
    switch (algorithm) {
      case RSASHA256, RSASHA512 -> {
        mechanism = Ck.RSA_KEY_PAIR_GEN;
        open.add(new CK_ATTRIBUTE(Ck.MODULUS_BITS, (long) RSA_BITS));
        open.add(new CK_ATTRIBUTE(Ck.PUBLIC_EXPONENT, new byte[] {1, 0, 1}));
      }
      case ED25519 -> {
        mechanism = Ck.EDWARDS_KEY_PAIR_GEN;
        open.add(new CK_ATTRIBUTE(Ck.EC_PARAMS, PublicKeyReader.ED25519_NAME));
      }
      default -> {
        mechanism = Ck.EC_KEY_PAIR_GEN;
        open.add(
            new CK_ATTRIBUTE(
                Ck.EC_PARAMS,
                algorithm == Algorithm.ECDSAP256SHA256
                    ? PublicKeyReader.P256
                    : PublicKeyReader.P384));
      }
    }
    CK_ATTRIBUTE[] closed = {
      new CK_ATTRIBUTE(Ck.TOKEN, true),
      new CK_ATTRIBUTE(Ck.PRIVATE, true),
      new CK_ATTRIBUTE(Ck.SENSITIVE, true),
      new CK_ATTRIBUTE(Ck.EXTRACTABLE, false),
      new CK_ATTRIBUTE(Ck.SIGN, true),
      new CK_ATTRIBUTE(Ck.LABEL, name),
      new CK_ATTRIBUTE(Ck.ID, id)
    };
    module
        .functions()
        .C_GenerateKeyPair(
            session, new CK_MECHANISM(mechanism), open.toArray(CK_ATTRIBUTE[]::new), closed);
  }

  /**
   * A signature that fits the key's public part. An old handle may sign with another key, so that
   * handles are looked up anew when it does not fit; several keys may have one label.
   */
  byte[] sign(TokenKey key, byte[] data) throws PKCS11Exception {
    Long known = handles.get(key);
    if (known != null) {
      byte[] signature = sign(known, key.algorithm(), data);
      if (fits(key, data, signature)) {
        return signature;
      }
      handles.remove(key);
    }
    List<CK_ATTRIBUTE> template =
        new ArrayList<>(
            List.of(
                new CK_ATTRIBUTE(Ck.CLASS, Ck.PRIVATE_KEY),
                new CK_ATTRIBUTE(Ck.LABEL, key.label().getBytes(StandardCharsets.UTF_8))));
    if (!key.ckaId().isEmpty()) {
      template.add(new CK_ATTRIBUTE(Ck.ID, HEX.parseHex(key.ckaId())));
    }
    List<Long> candidates = find(template.toArray(CK_ATTRIBUTE[]::new));
    for (long candidate : candidates) {
      byte[] signature = sign(candidate, key.algorithm(), data);
      if (fits(key, data, signature)) {
        handles.put(key, candidate);
        return signature;
      }
    }
    throw new TokenException(
        TokenException.Reason.KEY,
        candidates.isEmpty()
            ? key + " is not there any more; see 'keyward token keys " + settings.name() + "'"
            : key + " is another key now: its signatures do not fit the public key in use");
  }

  private static boolean fits(TokenKey key, byte[] data, byte[] signature) {
    return SoftwareKeys.verify(
        PublicKeys.fromDnskey(key.publicKey(), key.algorithm()), key.algorithm(), data, signature);
  }

  private byte[] sign(long handle, Algorithm algorithm, byte[] data) throws PKCS11Exception {
    PKCS11 functions = module.functions();
    functions.C_SignInit(session, new CK_MECHANISM(mechanism(algorithm)), handle);
    return functions.C_Sign(session, input(algorithm, data));
  }

  private static long mechanism(Algorithm algorithm) {
    return switch (algorithm) {
      case RSASHA256, RSASHA512 -> Ck.RSA_PKCS;
      case ECDSAP256SHA256, ECDSAP384SHA384 -> Ck.ECDSA;
      case ED25519 -> Ck.EDDSA;
    };
  }

  /** Hashed here: a card that hashes takes three times as long. */
  private static byte[] input(Algorithm algorithm, byte[] data) {
    return switch (algorithm) {
      case RSASHA256 -> concat(SHA256_INFO, hash("SHA-256", data));
      case RSASHA512 -> concat(SHA512_INFO, hash("SHA-512", data));
      case ECDSAP256SHA256 -> hash("SHA-256", data);
      case ECDSAP384SHA384 -> hash("SHA-384", data);
      case ED25519 -> data;
    };
  }

  private static byte[] hash(String name, byte[] data) {
    try {
      return MessageDigest.getInstance(name).digest(data);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has " + name, e);
    }
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = java.util.Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
