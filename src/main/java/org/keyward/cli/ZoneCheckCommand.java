package org.keyward.cli;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.keyward.app.ZoneAdministration;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.check.Finding;
import org.keyward.zone.check.Severity;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keyward zone check}: prints findings, and tells scripts by the exit code. */
@Command(
    name = "check",
    description = {
      "Names what is wrong with zones, and what is likely to be.",
      "Exit code 1 when there is a finding of the severity --fail-on or worse, else 0."
    })
final class ZoneCheckCommand extends Action {
  private static final Finding NO_NAME =
      new Finding(
          Severity.ERROR,
          "zone-name",
          "",
          "",
          "",
          "it is not served: its name is no domain name; correct it in domains");

  @Parameters(paramLabel = "ZONE", arity = "0..1", description = "Default: every zone.")
  private String zone;

  @Option(names = "--json", description = "As JSON.")
  private boolean json;

  @Option(
      names = "--fail-on",
      paramLabel = "SEVERITY",
      defaultValue = "error",
      description = "error, warning or info; default: error.")
  private String failOn;

  @Option(
      names = "--ask-servers",
      description = "Ask the name servers, over the network, whether they answer for the zone.")
  private boolean askServers;

  @Override
  void run() {
    Severity limit = limit();
    Listing listing = new Listing("zone", "severity", "rule", "owner", "type", "content", "reason");
    Map<Severity, Integer> counts = new EnumMap<>(Severity.class);
    Progress progress = new Progress(err());
    int checked = 0;
    try (ZoneAdministration zones = ZoneAdministration.open(config())) {
      if (zone == null) {
        zones.unreadable().forEach(name -> add(listing, counts, name, NO_NAME));
      }
      List<Name> names = names(zones);
      for (Name name : names) {
        progress.at("checking zones", checked++, names.size());
        List<Finding> findings = new ArrayList<>(zones.check(name));
        if (askServers) {
          findings.addAll(zones.lameServers(name));
        }
        findings.forEach(finding -> add(listing, counts, name, finding));
      }
    }
    progress.clear();
    if (!counts.isEmpty() || json) {
      listing.print(out(), json);
    } else {
      out().println("no problems found");
    }
    out().flush();
    if (counts.keySet().stream().anyMatch(severity -> severity.isAtLeast(limit))) {
      throw new CommandFailed("found " + summary(counts));
    }
  }

  private static void add(
      Listing listing, Map<Severity, Integer> counts, Object zone, Finding finding) {
    counts.merge(finding.severity(), 1, Integer::sum);
    listing.add(
        zone,
        word(finding.severity()),
        finding.rule(),
        finding.owner(),
        finding.type(),
        finding.content(),
        finding.reason());
  }

  private Severity limit() {
    try {
      return Severity.valueOf(failOn.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw wrongUsage("--fail-on " + failOn + " is none of error, warning, info");
    }
  }

  private List<Name> names(ZoneAdministration zones) {
    return zone == null
        ? zones.list().stream().map(ZoneHeader::origin).toList()
        : List.of(ZoneAdministration.name(zone));
  }

  private static String summary(Map<Severity, Integer> counts) {
    List<String> parts = new ArrayList<>();
    counts.forEach(
        (severity, count) -> parts.add(count + " " + word(severity) + (count == 1 ? "" : "s")));
    return String.join(", ", parts);
  }

  private static String word(Severity severity) {
    return severity.name().toLowerCase(Locale.ROOT);
  }
}
