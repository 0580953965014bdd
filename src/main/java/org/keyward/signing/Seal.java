package org.keyward.signing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.keyward.config.Secret;

/**
 * Seals private keys with AES-256-GCM under the seal key, which is never in the database; and makes
 * MACs under a key of its own derived from it. Thread-safe.
 */
public final class Seal {
  private static final int NONCE = 12;
  private static final int TAG_BITS = 128;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final byte[] encryptionKey;
  private final byte[] macKey;
  private final byte[] checkValue;
  private final Optional<Seal> former;

  /**
   * @param key 32 bytes
   */
  public Seal(Secret key) {
    this(key, Optional.empty());
  }

  /**
   * @param key 32 bytes
   * @param former the one before, while keys are sealed anew: opens what this one does not
   */
  public Seal(Secret key, Optional<Secret> former) {
    this.former = former.map(Seal::new);
    byte[] master = key.bytes();
    this.encryptionKey = hmac(master, "keyward seal v1".getBytes(StandardCharsets.UTF_8));
    this.macKey = hmac(master, "keyward mac v1".getBytes(StandardCharsets.UTF_8));
    this.checkValue = hmac(master, "keyward check v1".getBytes(StandardCharsets.UTF_8));
    Arrays.fill(master, (byte) 0);
  }

  /** Tells one seal key from another, and nothing of the key. */
  public byte[] checkValue() {
    return checkValue.clone();
  }

  /** The seal key before this one. */
  public Optional<Seal> former() {
    return former;
  }

  /** This one or the former, whichever has the check value; to seal with. */
  public Optional<Seal> withCheckValue(byte[] value) {
    return MessageDigest.isEqual(checkValue, value)
        ? Optional.of(this)
        : former.flatMap(before -> before.withCheckValue(value));
  }

  /**
   * @param context what the sealed bytes belong to; needed again to open them
   */
  public byte[] seal(byte[] plain, String context) {
    byte[] nonce = new byte[NONCE];
    RANDOM.nextBytes(nonce);
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, context).doFinal(plain);
      return ByteBuffer.allocate(NONCE + sealed.length).put(nonce).put(sealed).array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot seal a key of " + context, e);
    }
  }

  /**
   * @throws NotOpenedException when the seal key or the context is another one, or the bytes are
   */
  public byte[] open(byte[] sealed, String context) {
    if (sealed == null || sealed.length < NONCE + TAG_BITS / Byte.SIZE) {
      throw new NotOpenedException("it is too short for what is sealed");
    }
    return openWithThis(sealed, context)
        .or(() -> former.flatMap(before -> before.openWithThis(sealed, context)))
        .orElseThrow(
            () ->
                new NotOpenedException(
                    "it was sealed with another seal key, or not as '"
                        + context
                        + "', or it is damaged; restore it from a backup"));
  }

  /** Without the former key. */
  public Optional<byte[]> openWithThis(byte[] sealed, String context) {
    try {
      return Optional.of(
          cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(sealed, NONCE), context)
              .doFinal(sealed, NONCE, sealed.length - NONCE));
    } catch (GeneralSecurityException e) {
      return Optional.empty();
    }
  }

  /** What is sealed is not what the seal key sealed for this place; says nothing of the others. */
  public static final class NotOpenedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private NotOpenedException(String message) {
      super(message);
    }
  }

  public byte[] mac(byte[] data) {
    return hmac(macKey, data);
  }

  private Cipher cipher(int mode, byte[] nonce, String context) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        mode, new SecretKeySpec(encryptionKey, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(context.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }

  private static byte[] hmac(byte[] key, byte[] data) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(data);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has HMAC-SHA-256", e);
    }
  }
}
