package org.keyward.cli;

import org.keyward.app.PowerDnsConfig;
import org.keyward.app.PowerDnsConfig.Demand;
import org.keyward.app.PowerDnsConfig.Transport;
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
      paramLabel = "unix|http",
      description =
          "How PowerDNS reaches Keyward; default: unix where it does what is asked for, else http.")
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
              + " than that, http.")
  private int largestZone;

  @Option(
      names = "--transfers",
      description =
          "PowerDNS notifies secondaries, or is one (primary=yes, secondary=yes): over http.")
  private boolean transfers;

  @Override
  void run() {
    if (!PowerDnsConfig.versions().contains(version)) {
      throw wrongUsage(
          "--powerdns "
              + version
              + " is not among "
              + String.join(", ", PowerDnsConfig.versions()));
    }
    atLeastZero("--zones", zones);
    atLeastZero("--largest-zone", largestZone);
    boolean split = config().signing().mode().equals("split");
    Demand demand = new Demand(split, zones, largestZone, transfers);
    out()
        .print(
            transport == null
                ? PowerDnsConfig.render(version, config().backend(), demand)
                : PowerDnsConfig.render(version, chosen(), config().backend(), demand));
  }

  private Transport chosen() {
    return Transport.parse(transport)
        .orElseThrow(() -> wrongUsage("--transport " + transport + " is neither unix nor http"));
  }

  private void atLeastZero(String option, int value) {
    if (value < 0) {
      throw wrongUsage(option + " " + value + " is negative");
    }
  }
}
