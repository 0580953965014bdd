package org.keyward.zone.check;

import static org.keyward.zone.check.Severity.ERROR;
import static org.keyward.zone.check.Severity.WARNING;

import java.util.List;
import java.util.stream.Stream;
import org.keyward.dnssec.NameText;
import org.keyward.zone.RecordParser;
import org.xbill.DNS.Name;
import org.xbill.DNS.SVCBBase;
import org.xbill.DNS.Type;

/** TLSA, SVCB and HTTPS. */
final class ServiceRules {
  static final List<Rule> RULES =
      List.of(ServiceRules::tlsa, ServiceRules::svcb, ServiceRules::aliasForms);

  private ServiceRules() {}

  private static void tlsa(CheckedZone zone, Report report) {
    zone.entries(Type.TLSA)
        .filter(entry -> entry.owner().labels() > zone.origin().labels() + 1)
        .forEach(
            entry -> {
              Name host = new Name(entry.owner(), 2);
              if (zone.isInside(host) && zone.sets(host).isEmpty()) {
                report.record(
                    WARNING,
                    "tlsa-no-host",
                    entry,
                    NameText.of(host)
                        + " has no records, not even by a wildcard, since this one is below it;"
                        + " insert its addresses");
              }
            });
  }

  /** PowerDNS serves these as they stand, and clients may refuse them. */
  private static void contradictions(CheckedZone zone, Report report) {
    Stream.concat(zone.entries(Type.SVCB), zone.entries(Type.HTTPS))
        .filter(entry -> !(entry.record() instanceof SVCBBase))
        .forEach(
            entry ->
                report.record(
                    WARNING,
                    "svcb-inconsistent",
                    entry,
                    "its parameters contradict each other, for instance 'mandatory' names one that is"
                        + " not there; clients ignore such a record"));
  }

  private static void automaticHints(CheckedZone zone, Report report) {
    zone.facts().data().withoutEmptyNonTerminals().stream()
        .filter(row -> row.type().equals("HTTPS") || row.type().equals("SVCB"))
        .filter(RecordParser::isLive)
        .forEach(
            row ->
                report.add(
                    new Finding(
                        WARNING,
                        "svcb-automatic-hints",
                        NameText.of(row.owner()),
                        row.type(),
                        row.content(),
                        "PowerDNS fills in the hints from the addresses that it finds; write the"
                            + " addresses")));
  }

  private static void svcb(CheckedZone zone, Report report) {
    contradictions(zone, report);
    automaticHints(zone, report);
    services(zone).forEach(entry -> service(zone, report, entry, (SVCBBase) entry.record()));
  }

  private static Stream<CheckedZone.Entry> services(CheckedZone zone) {
    return Stream.concat(zone.entries(Type.SVCB), zone.entries(Type.HTTPS))
        .filter(entry -> entry.record() instanceof SVCBBase);
  }

  private static void service(
      CheckedZone zone, Report report, CheckedZone.Entry entry, SVCBBase service) {
    Name target = service.getTargetName();
    if (target.equals(entry.owner())) {
      report.record(ERROR, "svcb-itself", entry, "its target is itself; write '.' for that");
      return;
    }
    boolean alias = service.getSvcPriority() == 0;
    if (alias && !service.getSvcParamKeys().isEmpty()) {
      report.record(
          WARNING, "svcb-alias-parameters", entry, "with priority 0 it takes no parameters");
    }
    if (!alias
        && service.getSvcParamKeys().contains(SVCBBase.NO_DEFAULT_ALPN)
        && !service.getSvcParamKeys().contains(SVCBBase.ALPN)) {
      report.record(WARNING, "svcb-alpn", entry, "it has no-default-alpn without alpn; add alpn=…");
    }
    if (alias && !target.equals(Name.root) && zone.isInside(target) && zone.cut(target).isEmpty()) {
      List<CheckedZone.Entry> there = zone.at(target, entry.type());
      if (there.stream().anyMatch(ServiceRules::isAlias)) {
        report.record(
            WARNING,
            "svcb-alias-chain",
            entry,
            NameText.of(target) + " is an alias itself; name its target");
      }
      if (there.isEmpty() && !zone.hasAddress(target)) {
        report.record(
            ERROR,
            "svcb-no-target",
            entry,
            NameText.of(target) + " has neither addresses nor records of this type; insert some");
      }
    }
  }

  private static boolean isAlias(CheckedZone.Entry entry) {
    return entry.record() instanceof SVCBBase service && service.getSvcPriority() == 0;
  }

  private static void aliasForms(CheckedZone zone, Report report) {
    for (Name owner : zone.names()) {
      for (int type : new int[] {Type.SVCB, Type.HTTPS}) {
        long aliases = zone.at(owner, type).stream().filter(ServiceRules::isAlias).count();
        if (aliases > 1) {
          report.set(
              WARNING, "svcb-aliases", owner, type, "more than one has priority 0; keep one");
        }
      }
    }
  }
}
