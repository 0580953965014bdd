package org.keyward.zone.check;

import static org.keyward.zone.check.Severity.ERROR;
import static org.keyward.zone.check.Severity.INFO;
import static org.keyward.zone.check.Severity.WARNING;

import java.util.List;
import java.util.Locale;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** SPF, DMARC and DKIM; and CAA, which people forget like them. */
final class MailRules {
  static final List<Rule> RULES = List.of(MailRules::spf, MailRules::elsewhere, MailRules::caa);

  private MailRules() {}

  private static void spf(CheckedZone zone, Report report) {
    for (Name owner : zone.names()) {
      twice(zone, report, owner, "v=spf1", "spf-twice", "RFC 7208, section 3.2");
      twice(zone, report, owner, "v=dmarc1", "dmarc-twice", "RFC 7489, section 6.6.3");
    }
    zone.entries(Type.SPF)
        .forEach(
            entry ->
                report.record(
                    WARNING,
                    "spf-type",
                    entry,
                    "nobody asks for the type SPF any more (RFC 7208, section 3.1); make it TXT"));
  }

  private static void twice(
      CheckedZone zone, Report report, Name owner, String start, String rule, String source) {
    List<CheckedZone.Entry> found =
        zone.at(owner, Type.TXT).stream().filter(entry -> starts(entry, start)).toList();
    if (found.stream().map(CheckedZone.Entry::record).distinct().count() > 1) {
      report.set(
          ERROR,
          rule,
          owner,
          Type.TXT,
          found.size()
              + " records begin with "
              + start
              + ": receivers take that for an error ("
              + source
              + "); make one of them");
    }
  }

  private static boolean starts(CheckedZone.Entry entry, String start) {
    return String.join("", ((TXTRecord) entry.record()).getStrings())
        .toLowerCase(Locale.ROOT)
        .startsWith(start);
  }

  private static void elsewhere(CheckedZone zone, Report report) {
    zone.entries(Type.TXT)
        .forEach(
            entry -> {
              String owner = NameText.of(entry.owner()).toLowerCase(Locale.ROOT);
              if (starts(entry, "v=dmarc1")
                  && !owner.startsWith("_dmarc.")
                  && !owner.contains("._report._dmarc.")) {
                report.record(
                    WARNING,
                    "underscore-missing",
                    entry,
                    "nobody looks for DMARC here; name it _dmarc." + owner);
              }
              if (starts(entry, "v=dkim1") && !owner.contains("._domainkey.")) {
                report.record(
                    WARNING,
                    "underscore-missing",
                    entry,
                    "nobody looks for DKIM here; name it selector._domainkey." + owner);
              }
            });
  }

  private static void caa(CheckedZone zone, Report report) {
    boolean hosts =
        zone.entries(Type.A).findAny().or(() -> zone.entries(Type.AAAA).findAny()).isPresent();
    boolean ipReverse = NameText.of(zone.origin()).toLowerCase(Locale.ROOT).endsWith(".arpa");
    if (hosts && !ipReverse && zone.at(zone.origin(), Type.CAA).isEmpty()) {
      report.zone(
          INFO,
          "caa-absent",
          "it has no CAA record: every certificate authority may issue for it (RFC 8659)");
    }
  }
}
