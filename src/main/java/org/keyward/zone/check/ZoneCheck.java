package org.keyward.zone.check;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The linter: all rules over one zone. */
public final class ZoneCheck {
  private static final List<Rule> RULES =
      Stream.of(
              ZoneRules.RULES,
              SoaRules.RULES,
              NameServerRules.RULES,
              SetRules.RULES,
              CutRules.RULES,
              TargetRules.RULES,
              NamingRules.RULES,
              MailRules.RULES,
              ServiceRules.RULES,
              SigningRules.RULES)
          .flatMap(List::stream)
          .toList();

  private ZoneCheck() {}

  /** What is found, the worst first. */
  public static List<Finding> run(ZoneFacts facts) {
    CheckedZone zone = new CheckedZone(facts);
    Report report = new Report();
    RULES.forEach(rule -> rule.check(zone, report));
    return report.findings().stream()
        .distinct()
        .sorted(Comparator.comparing(Finding::severity))
        .toList();
  }
}
