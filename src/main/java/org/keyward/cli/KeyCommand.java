package org.keyward.cli;

import org.keyward.app.TokenAccess;
import org.keyward.dnssec.Algorithm;
import org.keyward.signing.TokenKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "key",
    description = "Makes and lists keys on tokens.",
    subcommands = {KeyCommand.Generate.class, KeyCommand.ListKeys.class})
final class KeyCommand extends Action {
  @Override
  void run() {
    throw wrongUsage("say what to do: generate or list");
  }

  @Command(name = "generate", description = "Makes a key pair on a token.")
  static final class Generate extends Action {
    @Parameters(index = "0", paramLabel = "TOKEN")
    private String token;

    @Parameters(index = "1", paramLabel = "LABEL")
    private String label;

    @Option(
        names = "--algorithm",
        defaultValue = "ecdsap256sha256",
        description = "One of ecdsap256sha256, ecdsap384sha384, rsasha256, ed25519.")
    private String algorithm;

    @Override
    void run() {
      Algorithm parsed =
          Algorithm.parse(algorithm)
              .orElseThrow(
                  () ->
                      wrongUsage(
                          "'"
                              + algorithm
                              + "' is no algorithm; take one of "
                              + String.join(", ", Algorithm.mnemonics())));
      try (TokenAccess access = TokenAccess.open(config())) {
        TokenKey key = access.tokens().generate(token, label, parsed);
        out().println("made " + key + ", CKA_ID " + key.ckaId());
      }
    }
  }

  @Command(name = "list", description = "Lists the keys of all tokens.")
  static final class ListKeys extends Action {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    void run() {
      try (TokenAccess access = TokenAccess.open(config())) {
        Listing listing = new Listing("token", "label", "algorithm", "cka_id", "serial");
        for (String token : access.tokens().names()) {
          for (TokenKey key : access.tokens().keys(token)) {
            listing.add(token, key.label(), key.algorithm().mnemonic(), key.ckaId(), key.serial());
          }
        }
        listing.print(out(), json);
      }
    }
  }
}
