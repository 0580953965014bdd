package org.keyward.setup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.keyward.config.PrivateFile;
import org.keyward.config.SealKey;
import org.keyward.config.Secret;

/** Files in the folder of the configuration that root alone can read. systemd hands them out. */
final class Secrets {
  private static final SecureRandom RANDOM = new SecureRandom();

  /** How many random bytes each has. */
  private static final Map<String, Integer> RANDOM_ONES =
      new TreeMap<>(
          Map.of(
              "owner-password", 24,
              "server-password", 24,
              "signer-password", 24,
              "backend-secret", 24));

  private final Path folder;
  private final Set<String> before = new HashSet<>();

  Secrets(Path folder) {
    this.folder = folder;
    RANDOM_ONES.keySet().stream().filter(this::isThere).forEach(before::add);
  }

  List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    steps.add(step("seal-key", () -> SealKey.readOrCreate(path("seal-key"))));
    RANDOM_ONES.forEach((name, bytes) -> steps.add(step(name, () -> write(name, random(bytes)))));
    return steps;
  }

  Step step(String name, Runnable make) {
    return new Step(path(name) + ", which root alone can read", () -> isThere(name), make);
  }

  boolean isThere(String name) {
    return Files.exists(path(name));
  }

  /** Whether it was there before this run. */
  boolean wasThere(String name) {
    return before.contains(name);
  }

  Path path(String name) {
    return folder.resolve(name);
  }

  /** What its first line has. */
  Secret read(String name) {
    try {
      return Secret.of(Files.readString(path(name)).lines().findFirst().orElse(""));
    } catch (IOException e) {
      throw new SetupException("cannot read " + path(name) + ": " + e, e);
    }
  }

  void write(String name, String secret) {
    try {
      PrivateFile.createIfMissing(
          path(name), () -> (secret + "\n").getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new SetupException("cannot write " + path(name) + ": " + e, e);
    }
  }

  static String random(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }
}
