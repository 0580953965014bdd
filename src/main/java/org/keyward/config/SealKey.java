package org.keyward.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;

/** The file that holds the key under which ZSK private keys are sealed. */
public final class SealKey {
  static final int LENGTH = 32;

  private SealKey() {}

  /**
   * The 32 bytes in the file.
   *
   * @throws IllegalArgumentException saying what is wrong with the file and what to do
   */
  public static Secret read(Path file) {
    try {
      byte[] key = Base64.getMimeDecoder().decode(Files.readAllBytes(file));
      if (key.length != LENGTH) {
        throw new IllegalArgumentException(
            file + " must hold 32 bytes in base64, and holds " + key.length);
      }
      return Secret.of(key);
    } catch (IOException e) {
      throw new IllegalArgumentException(file + " cannot be read; " + howToMake(file), e);
    }
  }

  /** The same; first makes the file, readable by its owner only, when it is not there. */
  public static Secret readOrCreate(Path file) {
    try {
      PrivateFile.createIfMissing(file, SealKey::random);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot make the seal key " + file + ": " + e, e);
    }
    return read(file);
  }

  static String howToMake(Path file) {
    return "make one: (umask 077; head -c 32 /dev/urandom | base64 > " + file + ")";
  }

  private static byte[] random() {
    byte[] key = new byte[LENGTH];
    new SecureRandom().nextBytes(key);
    return (Base64.getEncoder().encodeToString(key) + "\n").getBytes(StandardCharsets.US_ASCII);
  }
}
