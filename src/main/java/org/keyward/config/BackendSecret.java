package org.keyward.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * The secret part of the path of PowerDNS's HTTP listener: the protocol has no login, but it has a
 * path. Whoever knows it may do all that PowerDNS may.
 */
public final class BackendSecret {
  private static final int BYTES = 24;

  /** What a path can have without escapes, and too much of it to be guessed. */
  private static final String FORM = "[A-Za-z0-9_-]{22,200}";

  private BackendSecret() {}

  /**
   * What the file holds; first makes the file, readable by its owner only, when it is not there.
   *
   * @throws IllegalArgumentException saying what is wrong with the file and what to do
   */
  public static Secret readOrCreate(Path file) {
    try {
      PrivateFile.createIfMissing(file, BackendSecret::random);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "backend.secret-file: cannot make "
              + file
              + " ("
              + SecretFile.reason(e)
              + "); "
              + howToMake(file),
          e);
    }
    Secret secret = SecretFile.firstLine(file);
    if (!new String(secret.chars()).matches(FORM)) {
      throw new IllegalArgumentException(
          "backend.secret-file: "
              + file
              + " must hold 22 letters, digits, '-' or '_' at least; "
              + howToMake(file));
    }
    return secret;
  }

  static String howToMake(Path file) {
    return "make one: (umask 077; head -c 24 /dev/urandom | base64 | tr '+/' '-_' > " + file + ")";
  }

  private static byte[] random() {
    byte[] random = new byte[BYTES];
    new SecureRandom().nextBytes(random);
    return (Base64.getUrlEncoder().encodeToString(random) + "\n")
        .getBytes(StandardCharsets.US_ASCII);
  }
}
