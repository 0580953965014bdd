package org.keyward.token;

import java.util.List;
import java.util.Optional;

/**
 * The PKCS#11 calls that are needed, so that another binding can take the place of the JDK's. Not
 * thread-safe: two threads in one session end the process. Every use holds the permit.
 */
interface Cryptoki {
  /** Slots with a token in them. */
  List<Long> slots() throws CryptokiException;

  TokenInfo tokenInfo(long slot) throws CryptokiException;

  /** A session that may also generate keys. */
  long openSession(long slot) throws CryptokiException;

  void closeSession(long session) throws CryptokiException;

  /**
   * @param user {@link Ck#USER}, or {@link Ck#CONTEXT_SPECIFIC} for the signature that is under way
   */
  void login(long session, long user, byte[] pin) throws CryptokiException;

  List<Long> find(long session, List<Attribute> template) throws CryptokiException;

  /** Empty when the object has no such attribute, or an empty one. */
  Optional<byte[]> attribute(long session, long object, long type) throws CryptokiException;

  void generate(
      long session, long mechanism, List<Attribute> publicPart, List<Attribute> privatePart)
      throws CryptokiException;

  /** Begins a signature; a key may want a login between this and {@link #sign(long, byte[])}. */
  void signInit(long session, long mechanism, long key) throws CryptokiException;

  byte[] sign(long session, byte[] input) throws CryptokiException;

  default byte[] sign(long session, long mechanism, long key, byte[] input)
      throws CryptokiException {
    signInit(session, mechanism, key);
    return sign(session, input);
  }

  /** Ends the module for the whole process (C_Finalize). */
  void end() throws CryptokiException;

  /** What a token says of itself, without a login. */
  record TokenInfo(String label, String serial, String model, long flags) {
    boolean has(long flag) {
      return (flags & flag) != 0;
    }
  }

  /**
   * An attribute of a search or of a new key.
   *
   * @param value a byte[], Boolean or Long
   */
  record Attribute(long type, Object value) {}
}
