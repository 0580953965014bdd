package org.keyward.zone.check;

import static org.keyward.zone.check.Severity.ERROR;
import static org.keyward.zone.check.Severity.WARNING;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Type;

/** Where MX, SRV and CNAME records point to. */
final class TargetRules {
  static final List<Rule> RULES =
      List.of(TargetRules::hosts, TargetRules::nullMx, TargetRules::aliases);

  private TargetRules() {}

  private static void hosts(CheckedZone zone, Report report) {
    Stream.concat(zone.entries(Type.MX), zone.entries(Type.SRV))
        .forEach(entry -> host(zone, report, entry, target(entry.record())));
  }

  static Name target(Record record) {
    return record instanceof MXRecord mx ? mx.getTarget() : ((SRVRecord) record).getTarget();
  }

  private static void host(CheckedZone zone, Report report, CheckedZone.Entry entry, Name target) {
    if (NameText.of(target).matches("\\d+(\\.\\d+){3}")) {
      report.record(
          ERROR,
          "target-address",
          entry,
          NameText.of(target)
              + " is an address, and a name is wanted; give the host a name and an A record");
    } else if (target.equals(Name.root) || !zone.isInside(target) || zone.cut(target).isPresent()) {
      return;
    } else if (zone.isAlias(target)) {
      report.record(
          WARNING,
          "target-alias",
          entry,
          NameText.of(target) + " is a CNAME, which it must not be; name the host itself");
    } else if (!zone.hasAddress(target)) {
      report.record(
          WARNING,
          "target-no-address",
          entry,
          NameText.of(target) + " has no A or AAAA record; insert one, or correct the name");
    }
  }

  private static void nullMx(CheckedZone zone, Report report) {
    for (Name owner : zone.names()) {
      List<CheckedZone.Entry> set = zone.at(owner, Type.MX);
      boolean none = set.stream().anyMatch(entry -> target(entry.record()).equals(Name.root));
      if (none && set.size() > 1) {
        report.set(
            ERROR,
            "null-mx",
            owner,
            Type.MX,
            "'.' means that there is no mail, and stands alone (RFC 7505); delete it or the others");
      }
    }
  }

  private static void aliases(CheckedZone zone, Report report) {
    zone.entries(Type.CNAME).forEach(entry -> alias(zone, report, entry));
  }

  private static void alias(CheckedZone zone, Report report, CheckedZone.Entry entry) {
    Set<Name> seen = new HashSet<>(Set.of(entry.owner()));
    Optional<Name> next = Optional.of(((CNAMERecord) entry.record()).getTarget());
    while (next.isPresent()) {
      Name target = next.get();
      if (!zone.isInside(target) || zone.cut(target).isPresent()) {
        return;
      }
      if (!seen.add(target)) {
        report.record(
            ERROR, "alias-loop", entry, "it comes back to itself over " + NameText.of(target));
        return;
      }
      next =
          zone.at(zone.answering(target), Type.CNAME).stream()
              .map(other -> ((CNAMERecord) other.record()).getTarget())
              .findFirst();
      if (next.isEmpty() && !zone.exists(zone.answering(target))) {
        report.record(
            WARNING,
            "alias-dangling",
            entry,
            NameText.of(target) + " does not exist; insert it, or delete the CNAME");
      }
    }
  }
}
