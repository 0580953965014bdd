package org.keyward.token;

import java.nio.charset.StandardCharsets;
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
import org.keyward.token.Cryptoki.Attribute;
import org.keyward.token.Cryptoki.TokenInfo;

/**
 * One token of a module: its session, its keys. Looks keys up by label, as {@code pkcs11-tool}
 * makes them: without certificate, maybe without id. Every use holds the permit.
 */
final class Pkcs11Token {
  private static final HexFormat HEX = HexFormat.of();
  private static final int ID_LENGTH = 20;

  private final TokenSettings settings;
  private final Pkcs11Module module;
  private final PinGuard guard;
  private final TokenSearch search;
  private final Map<TokenKey, Handle> handles = new HashMap<>();
  private Optional<Session> session = Optional.empty();
  private Optional<String> lastSerial;
  private boolean loginLost;

  /** A session in which the login was done. */
  private record Session(long handle, String serial, long generation) {}

  /**
   * Where a private key is.
   *
   * @param wantsLogin for each signature: CKA_ALWAYS_AUTHENTICATE
   */
  private record Handle(long object, boolean wantsLogin) {}

  Pkcs11Token(TokenSettings settings, Pkcs11Module module, PinGuard guard) {
    this.settings = settings;
    this.module = module;
    this.guard = guard;
    this.lastSerial = settings.serial();
    this.search = new TokenSearch(settings, module);
  }

  /** What the token says of itself now. Needs no session. */
  TokenInfo info() throws CryptokiException {
    return search.find().info();
  }

  /** Of the token that the last session was with. */
  Optional<String> serial() {
    return lastSerial;
  }

  /** Whether it is logged in: what keeps from a login is no matter then. */
  boolean isOpen() {
    return session.filter(s -> s.generation() == module.generation()).isPresent();
  }

  boolean hasLostLogin() {
    return loginLost;
  }

  /** Opens a session and logs in, unless that is done already. */
  private Session open() throws CryptokiException {
    if (isOpen()) {
      return session.get();
    }
    handles.clear();
    TokenSearch.Found found = search.find();
    Cryptoki functions = module.functions();
    long handle = functions.openSession(found.slot());
    try {
      guard.login(functions, handle, Ck.USER, found.info(), loginLost);
    } catch (CryptokiException | RuntimeException e) {
      close(functions, handle);
      throw e;
    }
    loginLost = false;
    Session opened = new Session(handle, found.info().serial(), module.generation());
    session = Optional.of(opened);
    lastSerial = Optional.of(opened.serial());
    return opened;
  }

  /** Forgets the session and all handles: the next use opens a new one. */
  void forget() {
    session
        .filter(s -> s.generation() == module.generation())
        .ifPresent(s -> close(module.functions(), s.handle()));
    session = Optional.empty();
    handles.clear();
  }

  /** The token says that nobody is logged in: the next login asks whether the PIN is doubtful. */
  void loginWasLost() {
    loginLost = true;
  }

  private static void close(Cryptoki functions, long handle) {
    try {
      functions.closeSession(handle);
    } catch (CryptokiException e) {
      return; // it was lost already
    }
  }

  /** All key pairs that DNSSEC can use. */
  List<TokenKey> keys() throws CryptokiException {
    Session s = open();
    List<TokenKey> keys = new ArrayList<>();
    for (long object : find(s, List.of(new Attribute(Ck.CLASS, Ck.PUBLIC_KEY)))) {
      read(s, object).ifPresent(keys::add);
    }
    return keys;
  }

  private Optional<TokenKey> read(Session s, long object) throws CryptokiException {
    String label =
        attribute(s, object, Ck.LABEL)
            .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
            .orElse("");
    String id = attribute(s, object, Ck.ID).map(HEX::formatHex).orElse("");
    Optional<byte[]> modulus = attribute(s, object, Ck.MODULUS);
    if (modulus.isPresent()) {
      byte[] exponent = attribute(s, object, Ck.PUBLIC_EXPONENT).orElse(new byte[] {1, 0, 1});
      byte[] field = PublicKeyReader.rsa(modulus.get(), exponent);
      return Optional.of(key(s, label, id, Algorithm.RSASHA256, field));
    }
    Optional<Algorithm> curve = attribute(s, object, Ck.EC_PARAMS).flatMap(PublicKeyReader::curve);
    Optional<byte[]> point = attribute(s, object, Ck.EC_POINT);
    if (curve.isEmpty() || point.isEmpty()) {
      return Optional.empty();
    }
    byte[] field = PublicKeyReader.point(point.get(), curve.get());
    return Optional.of(key(s, label, id, curve.get(), field));
  }

  /** Labels of private keys whose public half, which says what they are, is not on the token. */
  List<String> withoutPublicObject() throws CryptokiException {
    Session s = open();
    List<String> alone = new ArrayList<>();
    for (long object : find(s, List.of(new Attribute(Ck.CLASS, Ck.PRIVATE_KEY)))) {
      Optional<byte[]> label = attribute(s, object, Ck.LABEL);
      if (label.isPresent()) {
        Attribute name = new Attribute(Ck.LABEL, label.get());
        if (find(s, List.of(new Attribute(Ck.CLASS, Ck.PUBLIC_KEY), name)).isEmpty()) {
          alone.add(new String(label.get(), StandardCharsets.UTF_8));
        }
      }
    }
    return alone;
  }

  private TokenKey key(Session s, String label, String id, Algorithm algorithm, byte[] field) {
    return new TokenKey(settings.name(), s.serial(), label, id, algorithm, field);
  }

  private Optional<byte[]> attribute(Session s, long object, long type) throws CryptokiException {
    return module.functions().attribute(s.handle(), object, type);
  }

  private List<Long> find(Session s, List<Attribute> template) throws CryptokiException {
    return module.functions().find(s.handle(), template);
  }

  /** Whether any key, also half of a pair, has this label. */
  boolean isTaken(String label) throws CryptokiException {
    Session s = open();
    Attribute name = new Attribute(Ck.LABEL, label.getBytes(StandardCharsets.UTF_8));
    return !find(s, List.of(new Attribute(Ck.CLASS, Ck.PRIVATE_KEY), name)).isEmpty()
        || !find(s, List.of(new Attribute(Ck.CLASS, Ck.PUBLIC_KEY), name)).isEmpty();
  }

  /** Makes a key pair whose private part never leaves the token. */
  void generate(String label, Algorithm algorithm) throws CryptokiException {
    byte[] id = new byte[ID_LENGTH];
    new SecureRandom().nextBytes(id);
    long handle = open().handle();
    module
        .functions()
        .generate(
            handle,
            KeyType.generation(algorithm),
            KeyType.publicPart(algorithm, label, id),
            KeyType.privatePart(label, id));
  }

  /**
   * A signature that fits the key's public part. An old handle may sign with another key, so that
   * handles are looked up anew when it does not fit; several keys may have one label.
   */
  byte[] sign(TokenKey key, byte[] data) throws CryptokiException {
    Session s = open();
    Handle known = handles.get(key);
    if (known != null) {
      byte[] signature = sign(s, known, key, data);
      if (fits(key, data, signature)) {
        return signature;
      }
      handles.remove(key);
    }
    List<Long> candidates = find(s, template(key));
    for (long object : candidates) {
      Handle candidate = new Handle(object, isSet(s, object, Ck.ALWAYS_AUTHENTICATE));
      byte[] signature = sign(s, candidate, key, data);
      if (fits(key, data, signature)) {
        handles.put(key, candidate);
        return signature;
      }
    }
    throw candidates.isEmpty() ? missing(key) : unfitting(key);
  }

  /** As {@link #sign} when the key was used before, but not verified: that is up to the caller. */
  byte[] signUnverified(TokenKey key, byte[] data) throws CryptokiException {
    Session s = open();
    Handle known = handles.get(key);
    return known == null ? sign(key, data) : sign(s, known, key, data);
  }

  private static List<Attribute> template(TokenKey key) {
    List<Attribute> template =
        new ArrayList<>(
            List.of(
                new Attribute(Ck.CLASS, Ck.PRIVATE_KEY),
                new Attribute(Ck.KEY_TYPE, KeyType.of(key.algorithm())),
                new Attribute(Ck.LABEL, key.label().getBytes(StandardCharsets.UTF_8))));
    if (!key.ckaId().isEmpty()) {
      template.add(new Attribute(Ck.ID, HEX.parseHex(key.ckaId())));
    }
    return template;
  }

  private boolean isSet(Session s, long object, long flag) throws CryptokiException {
    return attribute(s, object, flag).filter(value -> value[0] != 0).isPresent();
  }

  private byte[] sign(Session s, Handle handle, TokenKey key, byte[] data)
      throws CryptokiException {
    Cryptoki functions = module.functions();
    byte[] input = KeyType.input(key.algorithm(), data);
    functions.signInit(s.handle(), KeyType.signing(key.algorithm()), handle.object());
    if (handle.wantsLogin()) {
      loginFor(s, key);
    }
    return functions.sign(s.handle(), input);
  }

  /** The signature that was begun would be in the way of the next one: its session goes with it. */
  private void loginFor(Session s, TokenKey key) throws CryptokiException {
    try {
      guard.login(module.functions(), s.handle(), Ck.CONTEXT_SPECIFIC, info(), false);
    } catch (CryptokiException e) {
      forget();
      if (e.code() == Ck.USER_TYPE_INVALID || e.code() == Ck.FUNCTION_NOT_SUPPORTED) {
        throw noLogin(key, e);
      }
      throw e;
    } catch (RuntimeException e) {
      forget();
      throw e;
    }
  }

  private static TokenException noLogin(TokenKey key, CryptokiException e) {
    return new TokenException(
        TokenException.Reason.FAILED,
        key
            + " wants a login for each signature (CKA_ALWAYS_AUTHENTICATE), which its token refuses: "
            + e.getMessage()
            + "; use a key without that attribute",
        e);
  }

  private static boolean fits(TokenKey key, byte[] data, byte[] signature) {
    return SoftwareKeys.verify(
        PublicKeys.fromDnskey(key.publicKey(), key.algorithm()), key.algorithm(), data, signature);
  }

  private TokenException missing(TokenKey key) {
    return new TokenException(
        TokenException.Reason.KEY,
        key + " is not there any more; see 'keyward token keys " + settings.name() + "'");
  }

  private TokenException unfitting(TokenKey key) {
    return new TokenException(
        TokenException.Reason.FAILED,
        key
            + " made signatures that do not fit its public key, and none was used: another key has"
            + " its place, or the token is broken; see 'keyward token keys "
            + settings.name()
            + "'");
  }
}
