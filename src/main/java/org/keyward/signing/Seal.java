package org.keyward.signing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
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

  /**
   * @param key 32 bytes
   */
  public Seal(Secret key) {
    byte[] master = key.bytes();
    this.encryptionKey = hmac(master, "keyward seal v1".getBytes(StandardCharsets.UTF_8));
    this.macKey = hmac(master, "keyward mac v1".getBytes(StandardCharsets.UTF_8));
    Arrays.fill(master, (byte) 0);
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
    try {
      return cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(sealed, NONCE), context)
          .doFinal(sealed, NONCE, sealed.length - NONCE);
    } catch (GeneralSecurityException e) {
      throw new NotOpenedException(
          "it was sealed with another seal key, or not as '"
              + context
              + "', or it is damaged; restore it from a backup");
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
