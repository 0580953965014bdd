package org.keyward.signing;

import java.util.List;
import org.keyward.signing.Finding.Kind;
import org.keyward.signing.Finding.Severity;
import org.keyward.signing.FindingStore.InvalidSets;
import org.keyward.signing.FindingStore.LargeZone;
import org.keyward.signing.FindingStore.PowerDns;
import org.keyward.signing.FindingStore.ServerFact;
import org.keyward.signing.FindingStore.UnsignableZone;

/**
 * What is wrong between Keyward and PowerDNS, and with the keys that PowerDNS itself signs with.
 */
final class PowerDnsRules {
  private PowerDnsRules() {}

  static void apply(PowerDns facts, List<Finding> found) {
    facts.servers().stream()
        .filter(server -> server.silent().compareTo(server.bearable()) > 0)
        .map(PowerDnsRules::silent)
        .forEach(found::add);
    FindingRules.each(
        facts.large(),
        PowerDnsRules::tooLarge,
        Kind.TRANSPORT_TOO_SMALL,
        "are too large for the way in which PowerDNS asks for them",
        found);
    FindingRules.each(
        facts.invalid(),
        PowerDnsRules::invalid,
        Kind.SERVED_NOT_VALID,
        "are not valid as PowerDNS serves them",
        found);
    FindingRules.each(
        facts.unsignable(),
        PowerDnsRules::unsignable,
        Kind.POWERDNS_CANNOT_SIGN,
        "cannot be signed by PowerDNS",
        found);
    FindingRules.each(
        facts.outside(),
        PowerDnsRules::outside,
        Kind.KEY_OUTSIDE_KEYWARD,
        "have keys of PowerDNS beside those that Keyward signs with",
        found);
    FindingRules.each(
        facts.unassigned(),
        PowerDnsRules::unassigned,
        Kind.HSM_ASSIGN_FAILED,
        "did not get the key that 'pdnsutil hsm assign' named",
        found);
  }

  private static Finding silent(ServerFact server) {
    return new Finding(
        Kind.POWERDNS_SILENT,
        "server " + server.host(),
        Severity.WARNING,
        "no PowerDNS has asked the server "
            + server.host()
            + " for "
            + server.silent().toSeconds() / 60
            + " min",
        "see whether PowerDNS runs, and whether its remote-connection-string is what 'keyward"
            + " pdns-config' prints; its log says why it cannot connect");
  }

  private static Finding tooLarge(LargeZone zone) {
    return new Finding(
        Kind.TRANSPORT_TOO_SMALL,
        zone.zone(),
        Severity.WARNING,
        "%s has %d records, and PowerDNS asks the server %s over %s: zones of more than %d are not transferred or listed"
            .formatted(
                zone.zone(),
                zone.records(),
                zone.server(),
                zone.over().title(),
                zone.over().records()),
        "print pdns.conf anew with 'keyward pdns-config --largest-zone "
            + zone.records()
            + "', which takes a pipe to keyward-relay");
  }

  private static Finding invalid(InvalidSets zone) {
    return new Finding(
        Kind.SERVED_NOT_VALID,
        zone.zone(),
        Severity.CRITICAL,
        zone.zone()
            + " is bogus in part as the PowerDNS of "
            + zone.server()
            + " serves it: "
            + zone.one()
            + (zone.sets() == 1 ? "" : ", and " + (zone.sets() - 1) + " more sets of the sample"),
        "compare what 'dig +dnssec' gets there with the row in records; write its content in another"
            + " form or delete it, and report it with both as a fault of Keyward");
  }

  private static Finding unsignable(UnsignableZone zone) {
    return new Finding(
        Kind.POWERDNS_CANNOT_SIGN,
        zone.zone(),
        Severity.CRITICAL,
        zone.zone() + " cannot be signed by PowerDNS: " + zone.why(),
        "see 'pdnsutil list-keys "
            + zone.zone()
            + "'; import a key or activate one, or have the DS"
            + " removed and then the keys");
  }

  private static Finding unassigned(UnsignableZone zone) {
    return new Finding(
        Kind.HSM_ASSIGN_FAILED,
        zone.zone(),
        Severity.WARNING,
        "'pdnsutil hsm assign' did not give "
            + zone.zone()
            + " a key, whatever it printed: "
            + zone.why(),
        "repeat it with what 'keyward token keys' shows, or use 'keyward assign', which waits and says"
            + " what came of it");
  }

  private static Finding outside(UnsignableZone zone) {
    return new Finding(
        Kind.KEY_OUTSIDE_KEYWARD,
        zone.zone(),
        Severity.WARNING,
        zone.zone() + " is signed by Keyward, and " + zone.why(),
        "delete these rows: PowerDNS signs with none of them while Keyward signs the"
            + " zone, and its own gpgsql backend would, beside Keyward's DNSKEY set");
  }
}
