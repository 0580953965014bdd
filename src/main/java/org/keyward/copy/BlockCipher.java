package org.keyward.copy;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.keyward.signing.Seal;

/**
 * Encrypts the blocks of one file with AES-256-GCM under a key of its own, which is in the file's
 * header, sealed. The number of a block is its nonce, and whether it is the last one is
 * authenticated with it: none can be changed, left out, repeated or cut off.
 */
final class BlockCipher {
  private static final String CONTEXT = "copy of zones";
  private static final int KEY = 32;
  private static final int NONCE = 12;
  private static final int TAG_BITS = 128;

  private final byte[] key;
  private final Instant made;

  private BlockCipher(byte[] key, Instant made) {
    this.key = key;
    this.made = made;
  }

  static BlockCipher create(Instant made) {
    byte[] key = new byte[KEY];
    new SecureRandom().nextBytes(key);
    return new BlockCipher(key, made);
  }

  /**
   * @throws CopyRefusedException when it was sealed with another seal key, or is damaged
   */
  static BlockCipher open(byte[] header, Seal seal) {
    try {
      ByteBuffer opened = ByteBuffer.wrap(seal.open(header, CONTEXT));
      byte[] key = new byte[KEY];
      opened.get(key);
      return new BlockCipher(key, Instant.ofEpochSecond(opened.getLong()));
    } catch (Seal.NotOpenedException e) {
      throw new CopyRefusedException(
          "it was not written with this seal key, or its beginning is damaged", e);
    }
  }

  byte[] header(Seal seal) {
    byte[] plain =
        ByteBuffer.allocate(KEY + Long.BYTES).put(key).putLong(made.getEpochSecond()).array();
    return seal.seal(plain, CONTEXT);
  }

  /** When the file was begun. */
  Instant made() {
    return made;
  }

  byte[] close(byte[] plain, int length, long number, boolean last) {
    try {
      return cipher(Cipher.ENCRYPT_MODE, number, last).doFinal(plain, 0, length);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot seal a block of the copy of the zones", e);
    }
  }

  /**
   * @throws CopyRefusedException when it is not what was written there
   */
  byte[] open(byte[] sealed, long number, boolean last) {
    try {
      return cipher(Cipher.DECRYPT_MODE, number, last).doFinal(sealed);
    } catch (GeneralSecurityException e) {
      throw new CopyRefusedException("it is damaged: block " + number + " was changed", e);
    }
  }

  private Cipher cipher(int mode, long number, boolean last) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    byte[] nonce = ByteBuffer.allocate(NONCE).putInt(0).putLong(number).array();
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(new byte[] {(byte) (last ? 1 : 0)});
    return cipher;
  }
}
