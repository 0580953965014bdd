package org.keyward.token;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.keyward.config.Secret;
import org.keyward.config.TokenSettings;

/** Fresh SoftHSM2 tokens, with keys made by pkcs11-tool as operators make them. */
public final class SoftHsm {
  public static final String PIN = "123456";
  public static final Path MODULE = Path.of("/usr/lib/softhsm/libsofthsm2.so");

  private SoftHsm() {}

  /** Makes a token; its label is new on this machine. */
  public static TokenSettings token(String name, String pin) throws Exception {
    Path conf = Path.of(System.getenv("SOFTHSM2_CONF"));
    Path tokens = conf.resolveSibling("tokens");
    Files.createDirectories(tokens);
    Files.writeString(
        conf,
        "directories.tokendir = " + tokens + "\nobjectstore.backend = file\nlog.level = ERROR\n");
    String label = name + "-" + Long.toString(System.nanoTime(), 36);
    run(
        "softhsm2-util",
        "--init-token",
        "--free",
        "--label",
        label,
        "--so-pin",
        "12345678",
        "--pin",
        PIN);
    return new TokenSettings(
        name,
        MODULE,
        Optional.empty(),
        Optional.of(label),
        Optional.of(Secret.of(pin)),
        TokenSettings.DEFAULT_PERMIT_DEADLINE,
        TokenSettings.DEFAULT_HANG_TIMEOUT);
  }

  /** Makes a key pair, for example of type {@code EC:prime256v1}. */
  public static void makeKey(TokenSettings token, String type, String label) throws Exception {
    run(
        "pkcs11-tool",
        "--module",
        MODULE.toString(),
        "--token-label",
        token.label().orElseThrow(),
        "-l",
        "-p",
        PIN,
        "-k",
        "--key-type",
        type,
        "-a",
        label);
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(new ArrayList<>(List.of(command))).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(String.join(" ", command) + ":\n" + printed);
    }
  }
}
