package org.keyward.zone.check;

import static org.keyward.zone.check.Severity.ERROR;
import static org.keyward.zone.check.Severity.WARNING;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.keyward.content.HostAddress;
import org.keyward.dnssec.NameText;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.ZoneHeader;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Type;

/** The zone as a whole, and its place below its parent. */
final class ZoneRules {
  static final List<Rule> RULES =
      List.of(
          ZoneRules::leftOut,
          ZoneRules::metadataTwice,
          ZoneRules::primaries,
          ZoneRules::delegation,
          ZoneRules::sameServersAsParent);

  private ZoneRules() {}

  private static void leftOut(CheckedZone zone, Report report) {
    for (RecordProblem problem : zone.facts().leftOut()) {
      boolean whole = problem.type().equals(RecordProblem.ZONE);
      report.add(
          new Finding(
              ERROR,
              whole ? "zone-not-loaded" : "left-out",
              problem.owner(),
              whole ? "" : problem.type(),
              problem.content(),
              whole ? problem.reason() : "it is not served: " + problem.reason()));
    }
  }

  private static void metadataTwice(CheckedZone zone, Report report) {
    zone.facts()
        .data()
        .metadata()
        .forEach(
            (kind, values) -> {
              Set<String> seen = new HashSet<>();
              values.stream()
                  .filter(value -> !seen.add(value))
                  .distinct()
                  .forEach(
                      value ->
                          report.zone(
                              ERROR,
                              "metadata-twice",
                              "the metadata "
                                  + kind
                                  + " has '"
                                  + value
                                  + "' more than once; delete all but one row of"
                                  + " domainmetadata"));
            });
  }

  private static void primaries(CheckedZone zone, Report report) {
    ZoneHeader header = zone.facts().data().header();
    if (header.kind() != ZoneHeader.Kind.SLAVE) {
      return;
    }
    if (header.masters().isEmpty()) {
      report.zone(
          ERROR, "no-primary", "it is a secondary zone without primaries; fill domains.master");
    }
    for (String primary : header.masters()) {
      if (!HostAddress.isServer(primary)) {
        report.zone(
            ERROR,
            "primary-no-address",
            "its primary '" + primary + "' is no IP address; write addresses in domains.master");
      }
    }
  }

  private static void delegation(CheckedZone zone, Report report) {
    zone.facts()
        .parent()
        .filter(parent -> parent.rows().stream().noneMatch(row -> row.type().equals("NS")))
        .ifPresent(
            parent ->
                report.zone(
                    ERROR,
                    "no-delegation",
                    "its parent zone "
                        + NameText.of(parent.origin())
                        + " has no NS records for it; insert them there"));
  }

  private static void sameServersAsParent(CheckedZone zone, Report report) {
    zone.facts()
        .parent()
        .ifPresent(
            parent -> {
              Set<String> above =
                  parent.rows().stream()
                      .filter(row -> row.type().equals("NS"))
                      .map(row -> row.content().toLowerCase(java.util.Locale.ROOT))
                      .map(name -> name.replaceFirst("(?<=.)\\.$", ""))
                      .collect(Collectors.toCollection(TreeSet::new));
              Set<String> here =
                  zone.at(zone.origin(), Type.NS).stream()
                      .map(entry -> NameText.of(((NSRecord) entry.record()).getTarget()))
                      .map(name -> name.toLowerCase(java.util.Locale.ROOT))
                      .collect(Collectors.toCollection(TreeSet::new));
              if (!above.isEmpty() && !here.isEmpty() && !above.equals(here)) {
                report.zone(
                    WARNING,
                    "delegation-differs",
                    "its parent zone "
                        + NameText.of(parent.origin())
                        + " names other servers ("
                        + String.join(", ", above)
                        + ") than it does itself ("
                        + String.join(", ", here)
                        + "); make both the same");
              }
            });
  }
}
