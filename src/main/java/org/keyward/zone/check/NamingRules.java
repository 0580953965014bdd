package org.keyward.zone.check;

import static org.keyward.zone.check.Severity.ERROR;
import static org.keyward.zone.check.Severity.INFO;
import static org.keyward.zone.check.Severity.WARNING;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.keyward.dnssec.NameText;
import org.keyward.zone.InternationalNames;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Type;

/**
 * Names that are no host names, in the wrong place, or misspelt; contents that are not as stored.
 */
final class NamingRules {
  static final List<Rule> RULES =
      List.of(
          NamingRules::addressesAtHosts,
          NamingRules::targetsAreHosts,
          NamingRules::repeatedZone,
          NamingRules::contents,
          NamingRules::international,
          NamingRules::services);
  private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?");
  private static final Set<Integer> NAMES =
      Set.of(Type.NS, Type.CNAME, Type.PTR, Type.DNAME, Type.MX, Type.SRV, Type.SOA);

  private NamingRules() {}

  static boolean isHostname(Name name) {
    for (int i = 0; i < name.labels() - 1; i++) {
      if (!LABEL.matcher(name.getLabelString(i)).matches()) {
        return false;
      }
    }
    return name.labels() > 1;
  }

  private static void addressesAtHosts(CheckedZone zone, Report report) {
    zone.entries()
        .filter(entry -> entry.type() == Type.A || entry.type() == Type.AAAA)
        .filter(entry -> !entry.owner().isWild() && !isHostname(entry.owner()))
        .forEach(
            entry -> {
              boolean underscore = NameText.of(entry.owner()).contains("_");
              report.record(
                  underscore ? WARNING : INFO,
                  underscore ? "underscore-host" : "no-hostname",
                  entry,
                  "its name is no host name: letters, digits and hyphens only; browsers and"
                      + " certificate authorities refuse it");
            });
  }

  private static void targetsAreHosts(CheckedZone zone, Report report) {
    zone.entries()
        .filter(e -> e.type() == Type.NS || e.type() == Type.MX || e.type() == Type.SRV)
        .forEach(
            entry -> {
              Name target =
                  entry.record() instanceof NSRecord ns
                      ? ns.getTarget()
                      : TargetRules.target(entry.record());
              boolean none = target.equals(Name.root) && entry.type() != Type.NS;
              if (!none && !isHostname(target)) {
                report.record(
                    WARNING,
                    "target-no-hostname",
                    entry,
                    NameText.of(target)
                        + " is no host name: letters, digits and hyphens only; rename the host");
              }
            });
  }

  /** What becomes of a name whose last dot was forgotten in a master file. */
  private static void repeatedZone(CheckedZone zone, Report report) {
    Name doubled;
    try {
      doubled = Name.concatenate(zone.origin().relativize(Name.root), zone.origin());
    } catch (NameTooLongException e) {
      return;
    }
    if (zone.origin().labels() < 3) {
      return; // com.com is a name of its own
    }
    zone.entries()
        .filter(entry -> entry.owner().subdomain(doubled))
        .forEach(
            entry ->
                report.record(
                    WARNING,
                    "zone-twice",
                    entry,
                    "its name ends with the zone's name twice; was a trailing dot forgotten?"));
    String content = NameText.of(doubled).toLowerCase(Locale.ROOT);
    Pattern twice = Pattern.compile("(^|[ .])" + Pattern.quote(content) + "\\.?( |$)");
    zone.entries()
        .filter(entry -> NAMES.contains(entry.type()))
        .filter(entry -> twice.matcher(entry.row().content().toLowerCase(Locale.ROOT)).find())
        .forEach(
            entry ->
                report.record(
                    WARNING,
                    "zone-twice",
                    entry,
                    "a name in it ends with the zone's name twice; was a trailing dot forgotten?"));
  }

  private static final Pattern OTHER_FORM = Pattern.compile("[^ .\\\\]\\.( |$)|^ | $|\\s\\s|\\t");

  private static void contents(CheckedZone zone, Report report) {
    zone.entries()
        .filter(entry -> NAMES.contains(entry.type()))
        .filter(entry -> OTHER_FORM.matcher(entry.row().content()).find())
        .forEach(
            entry ->
                report.record(
                    WARNING,
                    "content-form",
                    entry,
                    "PowerDNS's tables hold names without trailing dot and one space between"
                        + " fields; write it so"));
    zone.entries(Type.AAAA)
        .filter(entry -> entry.row().content().contains("."))
        .forEach(
            entry ->
                report.record(
                    WARNING,
                    "content-form",
                    entry,
                    "it is an IPv6 address with an IPv4 one in it; write it with colons only"));
  }

  /** Of rows that were there before, or that a primary has; new ones are refused. */
  private static void international(CheckedZone zone, Report report) {
    zone.entries()
        .forEach(
            entry ->
                InternationalNames.fault(entry.row())
                    .ifPresent(what -> report.record(WARNING, "international-name", entry, what)));
  }

  private static void services(CheckedZone zone, Report report) {
    zone.entries()
        .filter(entry -> entry.type() == Type.SRV || entry.type() == Type.TLSA)
        .forEach(
            entry -> {
              Name owner = entry.owner();
              boolean underscores =
                  owner.labels() > 2
                      && owner.getLabelString(owner.isWild() ? 1 : 0).startsWith("_")
                      && owner.getLabelString(1).startsWith("_");
              if (!underscores) {
                report.record(
                    entry.type() == Type.TLSA ? ERROR : WARNING,
                    "underscore-missing",
                    entry,
                    entry.type() == Type.TLSA
                        ? "nobody asks for it here; name it _port._protocol.host, for example"
                            + " _443._tcp.www"
                        : "nobody asks for it here; name it _service._protocol, for example"
                            + " _sip._tcp");
              }
            });
  }
}
