package org.keyward.zone.check;

import static org.keyward.zone.check.Severity.ERROR;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Records of one name and type among each other. */
final class SetRules {
  static final List<Rule> RULES = List.of(SetRules::ttls, SetRules::duplicates);

  private SetRules() {}

  private static void ttls(CheckedZone zone, Report report) {
    for (Name owner : zone.names()) {
      zone.sets(owner)
          .forEach(
              (type, set) -> {
                Set<Long> ttls =
                    set.stream()
                        .map(entry -> entry.row().ttl())
                        .collect(Collectors.toCollection(java.util.LinkedHashSet::new));
                if (ttls.size() > 1 && type != Type.RRSIG) {
                  report.set(
                      ERROR,
                      "ttl-mismatch",
                      owner,
                      type,
                      "its records have the TTLs "
                          + ttls
                          + "; a set has one (RFC 2181, section 5.2), the first is served");
                }
              });
    }
  }

  private static void duplicates(CheckedZone zone, Report report) {
    Set<Record> seen = new HashSet<>();
    zone.entries()
        .filter(entry -> !seen.add(entry.record()))
        .forEach(
            entry ->
                report.record(
                    ERROR, "duplicate", entry, "the same record is there twice; delete one row"));
  }
}
