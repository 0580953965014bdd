package org.keyward.zone.check;

import static org.keyward.zone.check.Severity.ERROR;
import static org.keyward.zone.check.Severity.WARNING;

import java.util.List;
import java.util.Optional;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** NS records of the zone and of its delegations. */
final class NameServerRules {
  static final List<Rule> RULES =
      List.of(NameServerRules::count, NameServerRules::addresses, NameServerRules::wildcards);

  private NameServerRules() {}

  private static void count(CheckedZone zone, Report report) {
    List<CheckedZone.Entry> servers = zone.at(zone.origin(), Type.NS);
    if (servers.isEmpty()) {
      report.zone(ERROR, "ns-missing", "it has no NS record; insert its name servers");
    } else if (servers.size() == 1) {
      report.zone(
          WARNING,
          "ns-single",
          "it has one name server only; name a second one (RFC 1034, section 4.1)");
    }
  }

  private static void addresses(CheckedZone zone, Report report) {
    zone.entries(Type.NS).forEach(entry -> address(zone, report, entry));
  }

  private static void address(CheckedZone zone, Report report, CheckedZone.Entry entry) {
    Name server = ((NSRecord) entry.record()).getTarget();
    if (!zone.isInside(server)) {
      return;
    }
    if (zone.isAlias(server)) {
      report.record(
          ERROR,
          "ns-alias",
          entry,
          NameText.of(server)
              + " is a CNAME, which a name server must not be (RFC 2181, section 10.3); name the"
              + " host itself");
      return;
    }
    Optional<Name> cut = zone.cut(server);
    boolean here = !zone.at(server, Type.A).isEmpty() || !zone.at(server, Type.AAAA).isEmpty();
    if (cut.isPresent() && !here) {
      report.record(
          server.subdomain(entry.owner()) ? ERROR : WARNING,
          "glue-missing",
          entry,
          NameText.of(server)
              + " is in the delegated zone "
              + NameText.of(cut.get())
              + ": resolvers need its addresses here as glue; insert its A and AAAA records");
    } else if (cut.isEmpty() && !zone.hasAddress(server)) {
      report.record(
          ERROR,
          "ns-no-address",
          entry,
          NameText.of(server) + " has no A or AAAA record; insert one, or name another server");
    }
  }

  private static void wildcards(CheckedZone zone, Report report) {
    zone.entries(Type.NS)
        .filter(entry -> entry.owner().isWild())
        .forEach(
            entry ->
                report.record(
                    WARNING,
                    "ns-wildcard",
                    entry,
                    "a delegation at a wildcard is undefined (RFC 4592, section 4.2); delegate each"
                        + " name"));
  }
}
