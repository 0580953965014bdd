package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.audit.AuditReport;
import org.keyward.audit.AuditReportPages;

@Tag("once")
class AuditReportTest {
  @Test
  void saysWhatChangedInThePeriodWhoDidItAndWhy(@TempDir Path dir) throws Exception {
    try (AdminServer server = new AdminServer(dir, false);
        AuditReader audit = AuditReader.open(server.config)) {
      Instant start = Instant.now();
      server.signedZone("before.example");
      Instant from = Instant.now();
      server.signedZone("within.example");
      String key = "{\"token\":\"t\",\"label\":\"none\",\"reason\":\"<b>a slip</b>\"}";
      server.send(
          server.operator,
          "POST",
          "/zones/within.example/assignment",
          BodyPublishers.ofString(key));
      server.sign();
      server.send(
          server.operator,
          "DELETE",
          "/zones/before.example?insist=true&reason=over",
          BodyPublishers.noBody());
      Instant to = Instant.now();
      server.signedZone("after.example");

      AuditReport report = audit.report(from, to);
      assertThat(report.fault()).isEmpty();
      assertThat(report.atStart())
          .extracting(AuditReport.Assignment::zone)
          .containsExactly("before.example");
      assertThat(report.atEnd())
          .extracting(AuditReport.Assignment::zone)
          .containsExactly("within.example");
      assertThat(report.signatures())
          .extracting(key_ -> key_.label() + " " + key_.count())
          .containsExactly("powerdns 5");
      assertThat(report.changes())
          .extracting(change -> change.actor() + " " + change.what() + " " + change.zone())
          .contains(
              "api:alice ASSIGN DONE within.example",
              "api:alice ASSIGN FAILED within.example",
              "api:alice ZONE_UNSIGNED DONE before.example")
          .noneMatch(change -> change.contains("after.example"));
      assertThat(report.anomalies())
          .hasSize(2)
          .anyMatch(line -> line.contains("ASSIGN FAILED within.example: token t has no key none"))
          .anyMatch(
              line -> line.contains("api:alice: ZONE_UNSIGNED DONE before.example: the zone was"))
          .isSortedAccordingTo(
              java.util.Comparator.comparing(line -> line.replaceAll(".*?(\\d{4}-\\S+Z).*", "$1")));
      assertThat(report.atEnd().get(0).parent()).isEqualTo("not asked");
      String text = AuditReportPages.text(report);
      assertThat(text)
          .contains("Assignments at the start (1)", "Anomalies (2)", report.head(), "Signed off by")
          .contains("1 zone with a key at the start, 1 at the end;", "2 anomalies, see below.")
          .doesNotContainPattern("\\d{2}:\\d{2}:\\d{2}\\.\\d");
      assertThat(text.indexOf("Summary")).isLessThan(text.indexOf("Period"));
      assertThat(server.json("/audit?actor=alice").get("items")).isNotEmpty();
      assertThat(server.json("/audit?actor=ali").get("items")).isEmpty();
      assertThat(audit.report(start, from).changes()).isNotEmpty();
      assertThat(server.get("/audit/report?from=2026-01-01&format=html").body())
          .contains("<caption>Changes (");
    }
  }

  @Test
  void whatPeopleWroteIsNeverReadAsPartOfTheReport() {
    AuditReport report =
        new AuditReport(
            Instant.EPOCH,
            Instant.EPOCH.plusSeconds(1),
            Instant.EPOCH,
            0,
            "",
            "row 3 is not as it was written",
            java.util.List.of(),
            java.util.List.of(),
            java.util.List.of(
                new AuditReport.Change(
                    "t", "api:x", "ASSIGN", "z", "k", "<script>\nAnomalies (0)")),
            java.util.List.of(),
            java.util.List.of());
    assertThat(AuditReportPages.html(report))
        .contains("&lt;script&gt;", "THE LOG WAS CHANGED: row 3")
        .contains("default-src 'none'", "Signed off by, on: ___")
        .doesNotContain("<script")
        .doesNotContainPattern("(?i)\\b(src|href|action)\\s*=|url\\(|@import|//");
    assertThat(AuditReportPages.text(report).lines())
        .filteredOn("Anomalies (0)"::equals)
        .hasSize(1);
  }
}
