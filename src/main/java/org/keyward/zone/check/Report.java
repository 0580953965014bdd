package org.keyward.zone.check;

import java.util.ArrayList;
import java.util.List;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** Collects what the rules find. */
final class Report {
  private final List<Finding> findings = new ArrayList<>();

  void zone(Severity severity, String rule, String reason) {
    findings.add(new Finding(severity, rule, "", "", "", reason));
  }

  void name(Severity severity, String rule, Name owner, String reason) {
    findings.add(new Finding(severity, rule, NameText.of(owner), "", "", reason));
  }

  void set(Severity severity, String rule, Name owner, int type, String reason) {
    findings.add(new Finding(severity, rule, NameText.of(owner), Type.string(type), "", reason));
  }

  void record(Severity severity, String rule, CheckedZone.Entry entry, String reason) {
    findings.add(
        new Finding(
            severity,
            rule,
            NameText.of(entry.row().owner()),
            entry.row().type(),
            entry.row().content(),
            reason));
  }

  void add(Finding finding) {
    findings.add(finding);
  }

  List<Finding> findings() {
    return findings;
  }
}
