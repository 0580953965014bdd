package org.keyward.zone.check;

import static org.keyward.zone.check.Severity.WARNING;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** What nobody can see: below a delegation or a DNAME; and DS records in the wrong place. */
final class CutRules {
  static final List<Rule> RULES = List.of(CutRules::belowCut, CutRules::belowDname, CutRules::ds);
  private static final Set<Integer> GLUE = Set.of(Type.A, Type.AAAA);
  private static final Set<Integer> AT_CUT = Set.of(Type.NS, Type.DS, Type.A, Type.AAAA);

  private CutRules() {}

  private static void belowCut(CheckedZone zone, Report report) {
    zone.entries()
        .forEach(
            entry ->
                zone.cut(entry.owner())
                    .filter(
                        cut ->
                            !(entry.owner().equals(cut) ? AT_CUT : GLUE).contains(entry.type())
                                && entry.type() != Type.RRSIG)
                    .ifPresent(
                        cut ->
                            report.record(
                                WARNING,
                                "below-delegation",
                                entry,
                                "nobody sees it: "
                                    + NameText.of(cut)
                                    + " is delegated; move it to that zone, or delete it")));
  }

  private static void belowDname(CheckedZone zone, Report report) {
    zone.entries()
        .forEach(
            entry ->
                dnameAbove(zone, entry.owner())
                    .ifPresent(
                        dname ->
                            report.record(
                                WARNING,
                                "below-dname",
                                entry,
                                "nobody sees it: the DNAME at "
                                    + NameText.of(dname)
                                    + " stands for everything below it; delete one of the two")));
  }

  private static Optional<Name> dnameAbove(CheckedZone zone, Name owner) {
    for (Name at = owner; at.labels() > zone.origin().labels(); ) {
      at = new Name(at, 1);
      if (!zone.at(at, Type.DNAME).isEmpty()) {
        return Optional.of(at);
      }
    }
    return Optional.empty();
  }

  private static void ds(CheckedZone zone, Report report) {
    zone.entries(Type.DS)
        .forEach(
            entry -> {
              if (entry.owner().equals(zone.origin())) {
                report.record(
                    WARNING,
                    "ds-at-apex",
                    entry,
                    "a DS belongs to the parent zone; give it to the parent and delete it here");
              } else if (zone.at(entry.owner(), Type.NS).isEmpty()) {
                report.record(
                    WARNING,
                    "ds-without-ns",
                    entry,
                    "there is no delegation at its name; insert the NS records, or delete it");
              }
            });
  }
}
