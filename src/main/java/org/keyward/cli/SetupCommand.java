package org.keyward.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.keyward.app.PowerDnsConfig;
import org.keyward.app.PowerDnsConfig.Demand;
import org.keyward.config.ConfigLoader;
import org.keyward.config.KeywardConfig;
import org.keyward.setup.Answers;
import org.keyward.setup.Answers.TokenKind;
import org.keyward.setup.Setup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "setup",
    description = {
      "Sets up what Keyward needs on this host: secrets, a database with its logins, the"
          + " configuration, a token. Says what it makes, and asks before; run it as root.",
      "What is there stays as it is: it can be run again."
    })
final class SetupCommand extends Action {
  @Option(names = "--yes", description = "Asks nothing.")
  private boolean yes;

  @Option(names = "--dry-run", description = "Says what would be made; changes nothing.")
  private boolean dryRun;

  @Option(
      names = "--database",
      paramLabel = "NAME",
      defaultValue = "pdns",
      description = "Name of the database; default: ${DEFAULT-VALUE}.")
  private String database;

  @Option(
      names = "--admin-url",
      paramLabel = "URL",
      description =
          "An administrator of PostgreSQL, postgresql://USER@HOST:PORT, with the password in"
              + " $PGPASSWORD or ~/.pgpass; default: the user postgres of this host.")
  private String adminUrl;

  @Option(
      names = "--token",
      paramLabel = "none|card|softhsm",
      description =
          "What this host signs with: nothing, a card that OpenSC knows, or a token in software that"
              + " is made; default: it asks, with --yes none.")
  private String token;

  @Option(
      names = "--serial",
      paramLabel = "SERIAL",
      description = "The card's; 'pkcs11-tool -L' shows it.")
  private String serial;

  @Option(
      names = "--pin-file",
      paramLabel = "FILE",
      description = "Holds the card's PIN; default: it asks.")
  private Path pinFile;

  @Option(
      names = "--powerdns",
      paramLabel = "VERSION",
      defaultValue = "4.7",
      description = "Of the PowerDNS beside it: 4.7, 4.9 or 5.1; default: ${DEFAULT-VALUE}.")
  private String version;

  @Option(
      names = "--powerdns-config",
      paramLabel = "FILE",
      description =
          "Where the configuration of PowerDNS goes, such as /etc/powerdns/pdns.d/keyward.conf;"
              + " default: it is printed.")
  private Path powerDnsConfig;

  @Option(
      names = "--folder",
      paramLabel = "FOLDER",
      defaultValue = "/etc/keyward",
      description = "Where the configuration and the secrets go; default: ${DEFAULT-VALUE}.")
  private Path folder;

  @Override
  void run() throws IOException {
    if (!PowerDnsConfig.versions().contains(version)) {
      throw wrongUsage(
          "--powerdns %s is not among %s"
              .formatted(version, String.join(", ", PowerDnsConfig.versions())));
    }
    Setup setup = new Setup(answers(), out());
    if (dryRun || !yes) {
      setup.preview();
    }
    if (dryRun) {
      return;
    }
    if (!yes && !agreed()) {
      throw new CommandFailed("nothing was changed");
    }
    setup.run();
    powerDns();
    next();
  }

  private Answers answers() {
    TokenKind kind = kind();
    if (kind == TokenKind.CARD && serial == null) {
      serial = yes ? null : ask("Serial number of the card ('pkcs11-tool -L' shows it): ");
      if (serial == null || serial.isBlank()) {
        throw wrongUsage("--token card needs --serial");
      }
    }
    return new Answers(
        folder, Optional.ofNullable(adminUrl), database, kind, serial, this::pinOfCard);
  }

  private TokenKind kind() {
    if (token == null) {
      token =
          yes ? "none" : ask("A token on this host? none, card, or softhsm (in software) [none]: ");
    }
    return switch (token) {
      case "none", "" -> TokenKind.NONE;
      case "card" -> TokenKind.CARD;
      case "softhsm" -> TokenKind.SOFTHSM;
      default -> throw wrongUsage("--token " + token + " is none of none, card, softhsm");
    };
  }

  private String pinOfCard() {
    try {
      if (pinFile != null) {
        return Files.readString(pinFile).lines().findFirst().orElse("");
      }
    } catch (IOException e) {
      throw new CommandFailed("cannot read " + pinFile + ": " + e);
    }
    if (yes) {
      throw new CommandFailed("the PIN of the card is not there: name a file with --pin-file");
    }
    return String.valueOf(console().readPassword("PIN of the card: "));
  }

  private boolean agreed() {
    return ask("Make what is to be made? [y/N] ").matches("[yY].*");
  }

  private String ask(String question) {
    String answer = console().readLine("%s", question);
    return answer == null ? "" : answer.strip();
  }

  private Console console() {
    if (!isTerminal()) {
      throw wrongUsage("there is no terminal to ask at: use --yes, or --dry-run");
    }
    return System.console();
  }

  /** From JDK 22 on there is a console without one, too. */
  private static boolean isTerminal() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/0"))
          .toString()
          .matches("/dev/(pts/.+|tty.*|console)");
    } catch (IOException e) {
      return false;
    }
  }

  private void powerDns() throws IOException {
    KeywardConfig config = ConfigLoader.load(Optional.of(folder.resolve("keyward.yaml")), Map.of());
    String printed =
        PowerDnsConfig.render(
            version, config.backend(), new Demand(false, 1000, 1000, false, Path.of(Demand.RELAY)));
    if (powerDnsConfig == null) {
      out().println("\n# for pdns.conf:\n" + printed.strip());
    } else if (Files.exists(powerDnsConfig)) {
      out().println("is there  " + powerDnsConfig);
    } else {
      Files.writeString(powerDnsConfig, printed);
      out().println("made      " + powerDnsConfig);
    }
  }

  private void next() {
    boolean signs = !token.equals("none") && !token.isEmpty();
    out().println("\nNext:");
    out()
        .println(
            "  systemctl enable --now keyward.socket keyward-serve"
                + (signs ? " keyward-sign" : ""));
    out().println("  systemctl restart pdns      # without other 'launch' lines, as bind.conf has");
    out().println("  keyward zone import ZONE FILE");
    if (signs) {
      String label = token.equals("softhsm") ? Setup.SOFTHSM_KEY : "LABEL";
      out().println("  keyward assign ZONE --token office --label " + label);
    }
    out()
        .println(
            "Keep a copy of " + folder.resolve("seal-key") + ": it opens keys in the database.");
  }
}
