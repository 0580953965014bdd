package org.keyward.zone.check;

import static org.keyward.zone.check.Severity.INFO;
import static org.keyward.zone.check.Severity.WARNING;

import java.util.List;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/** Values of the SOA out of sense (RFC 1912, section 2.2; RFC 2308, section 5). */
final class SoaRules {
  static final List<Rule> RULES = List.of(SoaRules::hostmaster, SoaRules::values);
  private static final long HOUR = 3600;
  private static final long DAY = 24 * HOUR;

  private SoaRules() {}

  private static void hostmaster(CheckedZone zone, Report report) {
    for (CheckedZone.Entry entry : zone.at(zone.origin(), Type.SOA)) {
      if (entry.row().content().contains("@")) {
        report.record(
            WARNING,
            "soa-hostmaster",
            entry,
            "its hostmaster has an @; write it as a name, with a dot: hostmaster.example.com");
      }
    }
  }

  private static void values(CheckedZone zone, Report report) {
    for (CheckedZone.Entry entry : zone.at(zone.origin(), Type.SOA)) {
      SOARecord soa = (SOARecord) entry.record();
      if (soa.getSerial() == 0) {
        warn(report, entry, "its serial is 0, which some secondaries take for none; set it to 1");
      }
      if (soa.getRetry() > soa.getRefresh()) {
        warn(report, entry, "its retry is longer than its refresh; make it a fraction of it");
      }
      if (soa.getRefresh() < 20 * 60 || soa.getRefresh() > 2 * DAY) {
        warn(
            report,
            entry,
            "its refresh of " + soa.getRefresh() + " s is out of 20 minutes to 2 days");
      }
      if (soa.getExpire() < 7 * DAY) {
        warn(
            report,
            entry,
            "its expire of "
                + soa.getExpire()
                + " s is under a week: secondaries give the zone up in an outage of the"
                + " primary; set 14 to 28 days");
      }
      if (soa.getExpire() <= soa.getRefresh() + soa.getRetry()) {
        warn(report, entry, "its expire is not longer than refresh and retry together; raise it");
      }
      if (soa.getMinimum() > DAY) {
        warn(
            report,
            entry,
            "its minimum of "
                + soa.getMinimum()
                + " s is over a day: that long a new name stays unknown; set"
                + " 3600 or less");
      }
      primary(zone, report, entry, soa);
    }
  }

  private static void warn(Report report, CheckedZone.Entry entry, String reason) {
    report.record(WARNING, "soa-values", entry, reason);
  }

  private static void primary(
      CheckedZone zone, Report report, CheckedZone.Entry entry, SOARecord soa) {
    boolean listed =
        zone.at(zone.origin(), Type.NS).stream()
            .anyMatch(ns -> ((NSRecord) ns.record()).getTarget().equals(soa.getHost()));
    if (!listed) {
      report.record(
          INFO,
          "soa-primary",
          entry,
          "its primary "
              + NameText.of(soa.getHost())
              + " is none of the zone's name servers; right for a hidden primary");
    }
  }
}
