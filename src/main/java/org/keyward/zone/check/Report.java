package org.keyward.zone.check;

import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** Collects what the rules find. */
final class Report {
  private final List<Finding> findings = new ArrayList<>();

  void zone(Severity severity, String rule, String reason) {
    findings.add(new Finding(severity, rule, "", "", "", reason));
  }

  void name(Severity severity, String rule, Name owner, String reason) {
    findings.add(new Finding(severity, rule, owner.toString(true), "", "", reason));
  }

  void set(Severity severity, String rule, Name owner, int type, String reason) {
    findings.add(new Finding(severity, rule, owner.toString(true), Type.string(type), "", reason));
  }

  void record(Severity severity, String rule, CheckedZone.Entry entry, String reason) {
    findings.add(
        new Finding(
            severity,
            rule,
            entry.row().owner().toString(true),
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
