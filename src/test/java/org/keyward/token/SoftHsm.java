package org.keyward.token;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.config.Secret;
import org.keyward.config.TokenSettings;

/** Fresh SoftHSM2 tokens, with keys made by pkcs11-tool as operators make them. */
public final class SoftHsm {
  public static final String PIN = "123456";
  public static final String SO_PIN = "12345678";
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
        Map.of(),
        List.of(
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            label,
            "--so-pin",
            SO_PIN,
            "--pin",
            PIN));
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
  public static void makeKey(TokenSettings token, String type, String label) {
    makeKey(MODULE, token.label().orElseThrow(), type, label);
  }

  /** Makes a key pair whose private half wants the PIN for each signature. */
  public static void makeKeyThatWantsLogins(TokenSettings token, String type, String label) {
    tool(
        MODULE,
        token.label().orElseThrow(),
        "--keypairgen",
        "--key-type",
        type,
        "--label",
        label,
        "--always-auth");
  }

  /** Takes the public half of a key pair away. */
  static void deletePublicKey(TokenSettings token, String label) {
    tool(
        MODULE,
        token.label().orElseThrow(),
        "--delete-object",
        "--type",
        "pubkey",
        "--label",
        label);
  }

  static void makeKey(Path module, String tokenLabel, String type, String label) {
    tool(module, tokenLabel, "--keypairgen", "--key-type", type, "--label", label);
  }

  private static void tool(Path module, String tokenLabel, String... what) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "pkcs11-tool",
                "--module",
                module.toString(),
                "--token-label",
                tokenLabel,
                "--login",
                "--pin",
                "env:TEST_TOKEN_PIN"));
    command.addAll(List.of(what));
    run(Map.of("TEST_TOKEN_PIN", PIN), command);
  }

  /** What the command printed. */
  static String run(Map<String, String> environment, List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError(String.join(" ", command) + ":\n" + printed);
      }
      return printed;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(String.join(" ", command) + " was interrupted", e);
    }
  }
}
