package org.keyward.cli;

import org.keyward.app.PowerDnsConfig;
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
      defaultValue = "unix",
      description = "How PowerDNS reaches Keyward; default: unix.")
  private String transport;

  @Option(
      names = "--zones",
      paramLabel = "COUNT",
      defaultValue = "1000",
      description = "About how many zones there will be; default: ${DEFAULT-VALUE}.")
  private int zones;

  @Override
  void run() {
    if (!PowerDnsConfig.versions().contains(version)) {
      throw wrongUsage(
          "--powerdns "
              + version
              + " is not among "
              + String.join(", ", PowerDnsConfig.versions()));
    }
    if (zones < 0) {
      throw wrongUsage("--zones " + zones + " is negative");
    }
    Transport chosen =
        Transport.parse(transport)
            .orElseThrow(
                () -> wrongUsage("--transport " + transport + " is neither unix nor http"));
    boolean split = config().signing().mode().equals("split");
    out().print(PowerDnsConfig.render(version, chosen, config().backend(), split, zones));
  }
}
