package org.keyward.cli;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
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
    try (ZoneAdministration zones = ZoneAdministration.open(config())) {
      if (zone == null) {
        zones.unreadable().forEach(name -> add(listing, counts, name, NO_NAME));
      }
      SortedMap<Name, List<Finding>> found = found(zones, progress);
      if (askServers) {
        askServers(zones, found, progress);
      }
      found.forEach(
          (name, findings) -> findings.forEach(finding -> add(listing, counts, name, finding)));
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

  private SortedMap<Name, List<Finding>> found(ZoneAdministration zones, Progress progress) {
    if (zone == null) {
      return zones.checkAll(progress);
    }
    Name name = ZoneAdministration.name(zone);
    return new TreeMap<>(Map.of(name, zones.check(name)));
  }

  private void askServers(
      ZoneAdministration zones, SortedMap<Name, List<Finding>> found, Progress progress) {
    List<Name> names =
        zone == null
            ? zones.list().stream().map(ZoneHeader::origin).toList()
            : List.of(ZoneAdministration.name(zone));
    int asked = 0;
    for (Name name : names) {
      progress.at("asking name servers", asked++, names.size());
      List<Finding> all = new ArrayList<>(found.getOrDefault(name, List.of()));
      all.addAll(zones.lameServers(name));
      found.put(name, all);
    }
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
