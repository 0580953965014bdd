package org.keyward.token;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.keyward.config.TokenSettings;
import org.keyward.token.Cryptoki.Attribute;

/** A token without anything of Keyward's around it, to measure what it can do at best. */
public final class RawToken implements AutoCloseable {
  private static final int SHA256_LENGTH = 32;

  private final Cryptoki functions;
  private final long session;
  private final long key;

  private RawToken(Cryptoki functions, long session, long key) {
    this.functions = functions;
    this.session = session;
    this.key = key;
  }

  /** Logs in to a token whose PIN is {@link SoftHsm#PIN}, and finds a private key. */
  public static RawToken open(TokenSettings settings, String keyLabel) throws Exception {
    Pkcs11Module module = new Pkcs11Module(settings.module());
    long slot = new TokenSearch(settings, module).find().slot();
    Cryptoki functions = module.functions();
    long session = functions.openSession(slot);
    login(functions, session);
    List<Long> found =
        functions.find(
            session,
            List.of(
                new Attribute(Ck.CLASS, Ck.PRIVATE_KEY),
                new Attribute(Ck.LABEL, keyLabel.getBytes(StandardCharsets.UTF_8))));
    return new RawToken(functions, session, found.get(0));
  }

  private static void login(Cryptoki functions, long session) throws CryptokiException {
    try {
      functions.login(session, Ck.USER, SoftHsm.PIN.getBytes(StandardCharsets.UTF_8));
    } catch (CryptokiException e) {
      if (e.code() != Ck.ALREADY_LOGGED_IN) {
        throw e;
      }
    }
  }

  /** Signs hashes in a bare loop, with ECDSA; gives how many a second. */
  public double rate(int count) throws Exception {
    byte[] hash = new byte[SHA256_LENGTH];
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      hash[0] = (byte) i;
      functions.sign(session, Ck.ECDSA, key, hash);
    }
    return count / ((System.nanoTime() - start) / 1e9);
  }

  @Override
  public void close() {
    try {
      functions.closeSession(session);
    } catch (CryptokiException e) {
      throw new IllegalStateException("a session that was used just now", e);
    }
  }
}
