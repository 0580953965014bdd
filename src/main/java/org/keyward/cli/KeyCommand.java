package org.keyward.cli;

import java.util.List;
import java.util.Map;
import org.keyward.app.Looking;
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
    @Parameters(index = "0", paramLabel = "TOKEN", description = "Its name in the configuration.")
    private String token;

    @Parameters(
        index = "1",
        paramLabel = "LABEL",
        description = "What to call it; new on the token.")
    private String label;

    @Option(
        names = "--algorithm",
        paramLabel = "ALG",
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

  @Command(
      name = "list",
      description = "Keys on tokens and keys that zones use, as the signer last compared them.")
  static final class ListKeys extends Action {
    private static final List<String> COLUMNS =
        List.of(
            "token",
            "label",
            "algorithm",
            "key_tag",
            "cka_id",
            "serial",
            "on_token",
            "zones",
            "zones_served",
            "zones_with_fitting_ds",
            "zones_of_powerdns",
            "signatures",
            "some_zones");

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    void run() {
      try (Looking looking = Looking.open(config())) {
        Listing listing = new Listing(COLUMNS.toArray(String[]::new));
        for (Map<String, Object> key : looking.overview().keys()) {
          key.put("algorithm", mnemonic(key.get("algorithm")));
          listing.add(COLUMNS.stream().map(key::get).toArray());
        }
        listing.print(out(), json);
      }
    }

    private static String mnemonic(Object number) {
      return Algorithm.ofNumber((Integer) number).map(Algorithm::mnemonic).orElse("" + number);
    }
  }
}
