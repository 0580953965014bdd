package org.keyward.cli;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.keyward.app.TokenAccess;
import org.keyward.config.KeywardConfig;
import org.keyward.signing.TokenKey;
import org.keyward.signing.TokenState;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "token",
    description = "Shows the PKCS#11 tokens of the configuration.",
    subcommands = {
      TokenCommand.ListTokens.class,
      TokenCommand.Check.class,
      TokenCommand.Keys.class,
      TokenCommand.Bench.class
    })
final class TokenCommand extends Action {
  @Override
  void run() {
    throw wrongUsage("say what to do: list, check, keys or bench");
  }

  /** What is no token at all must not look like tokens without a fault. */
  private static KeywardConfig withTokens(KeywardConfig config) {
    if (config.tokens().isEmpty()) {
      throw new CommandFailed(
          config.file().map(file -> "there are no tokens in " + file).orElse("there are no tokens")
              + ": they are in the configuration of 'keyward sign'; name it with --config;"
              + " 'keyward status' has what the signer last saw of them");
    }
    return config;
  }

  private static void print(Action action, List<TokenState> states, boolean json) {
    Listing listing =
        new Listing("name", "serial", "label", "model", "pin", "fault", "warnings", "module");
    for (TokenState state : states) {
      listing.add(
          state.name(),
          state.serial(),
          state.label(),
          state.model(),
          state.pin().name().toLowerCase(Locale.ROOT),
          state.fault(),
          state.warnings(),
          state.module());
    }
    listing.print(action.out(), json);
  }

  private static void note(Action action, TokenAccess access, String token) {
    access.tokens().notes(token).forEach(note -> action.err().println("keyward: " + note));
  }

  @Command(name = "list", description = "Lists the tokens, without logging in.")
  static final class ListTokens extends Action {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    void run() {
      try (TokenAccess access = TokenAccess.open(withTokens(config()))) {
        print(this, access.tokens().names().stream().map(access.tokens()::state).toList(), json);
      }
    }
  }

  @Command(name = "check", description = "Logs in to a token, or to all, and reads its keys.")
  static final class Check extends Action {
    @Parameters(arity = "0..1", paramLabel = "TOKEN", description = "Default: every token.")
    private Optional<String> token = Optional.empty();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    void run() {
      try (TokenAccess access = TokenAccess.open(withTokens(config()))) {
        List<String> names = token.map(List::of).orElseGet(access.tokens()::names);
        names.forEach(name -> access.tokens().keys(name));
        print(this, names.stream().map(access.tokens()::state).toList(), json);
        names.forEach(name -> note(this, access, name));
      }
    }
  }

  @Command(name = "keys", description = "Lists the keys of a token.")
  static final class Keys extends Action {
    @Parameters(paramLabel = "TOKEN", description = "Its name in the configuration.")
    private String token;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    void run() {
      try (TokenAccess access = TokenAccess.open(config())) {
        Listing listing = new Listing("label", "algorithm", "bits", "cka_id", "token", "serial");
        for (TokenKey key : access.tokens().keys(token)) {
          listing.add(
              key.label(),
              key.algorithm().mnemonic(),
              key.bits(),
              key.ckaId(),
              key.token(),
              key.serial());
        }
        listing.print(out(), json);
        note(this, access, token);
      }
    }
  }

  @Command(name = "bench", description = "Measures how many signatures a second a key makes.")
  static final class Bench extends Action {
    @Parameters(paramLabel = "TOKEN", description = "Its name in the configuration.")
    private String token;

    @Option(
        names = "--label",
        paramLabel = "LABEL",
        required = true,
        description = "The key to sign with.")
    private String label;

    @Option(
        names = "--count",
        paramLabel = "COUNT",
        defaultValue = "20",
        description = "How many signatures to make.")
    private int count;

    @Override
    void run() {
      byte[] data = "keyward token bench".getBytes(StandardCharsets.UTF_8);
      try (TokenAccess access = TokenAccess.open(config())) {
        TokenKey key = access.tokens().find(token, label, Optional.empty());
        Progress progress = new Progress(err());
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
          progress.at("signing", i, count);
          access.tokens().withPermit(token, signer -> signer.sign(key, data).length);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        progress.clear();
        out()
            .printf(
                Locale.ROOT,
                "%d signatures in %.2f s: %.1f a second%n",
                count,
                seconds,
                count / seconds);
      }
    }
  }
}
