package org.keyward.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import org.keyward.app.PowerDnsConfig;
import org.keyward.app.PowerDnsConfig.Demand;
import org.keyward.app.PowerDnsTools;
import org.keyward.app.PowerDnsTransport;
import org.keyward.config.DatabaseSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "pdns-config", description = "Prints a pdns.conf that fits this configuration.")
final class PdnsConfigCommand extends Action {
  @Option(
      names = "--powerdns",
      paramLabel = "VERSION",
      defaultValue = "4.7",
      description = "4.7, 4.9 or 5.1; default: ${DEFAULT-VALUE}.")
  private String version;

  @Option(
      names = "--transport",
      paramLabel = "unix|pipe|http",
      description =
          "How PowerDNS reaches Keyward; default: unix where it does what is asked for, else pipe, through keyward-relay.")
  private String transport;

  @Option(
      names = "--zones",
      paramLabel = "COUNT",
      defaultValue = "1000",
      description = "About how many zones there will be; default: ${DEFAULT-VALUE}.")
  private int zones;

  @Option(
      names = "--largest-zone",
      paramLabel = "RECORDS",
      defaultValue = "1000",
      description =
          "About how many records the largest zone will have; default: ${DEFAULT-VALUE}. With more"
              + " than that, over a pipe.")
  private int largestZone;

  @Option(
      names = "--transfers",
      description =
          "PowerDNS notifies secondaries, or is one (primary=yes, secondary=yes): over a pipe.")
  private boolean transfers;

  @Option(
      names = "--relay",
      paramLabel = "PATH",
      defaultValue = Demand.RELAY,
      description = "Where keyward-relay is, for the pipe; default: ${DEFAULT-VALUE}.")
  private Path relay;

  @Option(
      names = "--for",
      paramLabel = "answers|tools",
      defaultValue = "answers",
      description =
          "What PowerDNS is for; default: ${DEFAULT-VALUE}. For tools: a second one, with gpgsql on"
              + " Keyward's database, for PowerDNS's HTTP API and pdnsutil alone.")
  private String purpose;

  @Option(
      names = "--user",
      paramLabel = "LOGIN",
      defaultValue = "powerdns_tools",
      description =
          "For tools: a login of the database with the role keyward_tools; default:"
              + " ${DEFAULT-VALUE}.")
  private String user;

  @Option(
      names = "--passfile",
      paramLabel = "PATH",
      defaultValue = "/etc/powerdns/tools.pgpass",
      description = "For tools: where its password is; default: ${DEFAULT-VALUE}.")
  private Path passfile;

  @Override
  void run() {
    if (!PowerDnsConfig.versions().contains(version)) {
      throw wrongUsage(
          "--powerdns "
              + version
              + " is not among "
              + String.join(", ", PowerDnsConfig.versions()));
    }
    switch (purpose) {
      case "answers" -> printForAnswers();
      case "tools" -> printForTools();
      default -> throw wrongUsage("--for " + purpose + " is none of answers, tools");
    }
  }

  private void printForTools() {
    DatabaseSettings database =
        config()
            .database()
            .orElseThrow(
                () ->
                    new CommandFailed(
                        "the embedded database is Keyward's alone; a PowerDNS for tools needs one of"
                            + " your own (database.url)"));
    out().print(PowerDnsTools.render(version, database, user, passfile));
  }

  private void printForAnswers() {
    atLeastZero("--zones", zones);
    atLeastZero("--largest-zone", largestZone);
    boolean split = config().signing().mode().equals("split");
    Demand demand = new Demand(split, zones, largestZone, transfers, relay);
    String printed =
        transport == null
            ? PowerDnsConfig.render(version, config().backend(), demand)
            : PowerDnsConfig.render(version, chosen(), config().backend(), demand);
    if (printed.contains("http:url=")) {
      refuseToShowTheSecret();
    }
    out().print(printed);
  }

  private PowerDnsTransport chosen() {
    return PowerDnsTransport.parse(transport)
        .orElseThrow(() -> wrongUsage("--transport " + transport + " is none of unix, pipe, http"));
  }

  private void atLeastZero(String option, int value) {
    if (value < 0) {
      throw wrongUsage(option + " " + value + " is negative");
    }
  }

  /** What is printed for HTTP is all that it takes to act as PowerDNS. */
  private void refuseToShowTheSecret() {
    Path output = Path.of("/proc/self/fd/1");
    try {
      if (config().backend().secretFile().isPresent()
          && Files.isRegularFile(output)
          && Files.getPosixFilePermissions(output).contains(PosixFilePermission.OTHERS_READ)) {
        throw new CommandFailed(
            output.toRealPath()
                + " can be read by everybody, and would hold the secret of backend.secret-file;"
                + " first: install -m 640 -g pdns /dev/null "
                + output.toRealPath());
      }
    } catch (IOException e) {
      throw new CommandFailed("cannot tell who may read what is printed: " + e);
    }
  }
}
