package org.keyward.admin;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.keyward.audit.AuditFilter;
import org.keyward.audit.AuditFormat;
import org.keyward.audit.AuditReport;
import org.keyward.audit.AuditReportPages;
import org.keyward.audit.AuditRow;
import org.keyward.audit.AuditVerification;
import org.keyward.audit.KeyHistory;
import org.keyward.audit.Moments;

/** The log of everything done with keys. */
final class AuditRoutes {
  private final AuditDesk audit;

  AuditRoutes(AuditDesk audit) {
    this.audit = audit;
  }

  List<Route> routes() {
    return List.of(
        filtered(
                Route.get(
                    "/audit", "listAudit", "Events, the newest first", "AuditPage", this::list))
            .with("before", "only events with a lower number: the 'next' of the page before")
            .with("limit", "rows, from 1 to 1000; default 100"),
        Route.get(
            "/zones/{zone}/key-history",
            "getKeyHistory",
            "What each key of the zone did since when, and who asked for it: from the audit log alone, so"
                + " also of a zone that is deleted",
            "KeyHistory",
            this::keys),
        Route.get(
                "/audit/verify",
                "verifyAudit",
                "Follows the whole chain of hashes",
                "Verification",
                this::verify)
            .with("head", "a last hash that was written down earlier, which must still be there"),
        filtered(
                Route.get(
                    "/audit/export",
                    "exportAudit",
                    "Events with their hashes, the oldest first",
                    "application/jsonl",
                    this::export))
            .with("format", "jsonl (default) or csv"),
        Route.get(
                "/audit/report",
                "reportAudit",
                "What a person signs off for a period: assignments, changes, signatures, anomalies",
                "text/plain",
                this::report)
            .with("from", "2026-03-01 or 2026-03-01T10:00:00Z")
            .with("to", "the first moment that is left out")
            .with("format", "text (default) or html"));
  }

  private static Route filtered(Route route) {
    return route
        .with("zone", "only of this zone")
        .with("key", "only of this label, tag or CKA_ID")
        .with("token", "only of this name or serial number")
        .with("actor", "only by this one; * stands for anything")
        .with("from", "2026-03-01 or 2026-03-01T10:00:00Z")
        .with("to", "the first moment that is left out");
  }

  private static AuditFilter filter(Call call) {
    return new AuditFilter(
        call.query("zone"),
        call.query("key"),
        call.query("token"),
        call.query("actor"),
        moment(call, "from"),
        moment(call, "to"));
  }

  private static Optional<Instant> moment(Call call, String name) {
    return call.query(name).map(Moments::parse);
  }

  private void list(Call call) throws IOException {
    int limit = call.limit(100, 1_000);
    List<AuditRow> rows = audit.newest(filter(call), call.queryNumber("before"), limit);
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("items", rows.stream().map(AuditRow::toMap).toList());
    reply.put("next", rows.size() < limit ? null : rows.get(rows.size() - 1).id());
    call.reply(reply);
  }

  private void keys(Call call) throws IOException {
    List<Map<String, Object>> items =
        audit.keys(call.zone()).stream().map(AuditRoutes::change).toList();
    call.reply(Map.of("items", items));
  }

  private static Map<String, Object> change(KeyHistory.Change change) {
    Map<String, Object> item = new LinkedHashMap<>();
    item.put("at", change.at());
    item.put("role", change.role());
    item.put("key_tag", change.tag());
    item.put("state", change.state().name().toLowerCase(Locale.ROOT));
    item.put("key", change.key().isEmpty() ? null : change.key());
    item.put("actor", change.actor());
    item.put("detail", change.detail());
    return item;
  }

  private void verify(Call call) throws IOException {
    AuditVerification found = audit.verify(call.query("head"));
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("events", found.count());
    reply.put("head", found.head());
    reply.put("fault", found.fault().orElse(null));
    reply.put("known_at", found.knownAt().orElse(null));
    call.reply(reply);
  }

  private void report(Call call) throws IOException {
    Instant from = moment(call, "from").orElse(Instant.EPOCH);
    AuditReport report = audit.report(from, moment(call, "to").orElseGet(Instant::now));
    boolean html = call.query("format").filter("html"::equals).isPresent();
    try (PrintWriter out = call.writer(html ? "text/html" : "text/plain")) {
      out.print(html ? AuditReportPages.html(report) : AuditReportPages.text(report));
    }
  }

  private void export(Call call) throws IOException {
    String wanted = call.query("format").orElse("jsonl");
    AuditFormat format =
        AuditFormat.parse(wanted)
            .orElseThrow(
                () -> new IllegalArgumentException("format " + wanted + " is none of jsonl, csv"));
    AuditFilter filter = filter(call);
    try (PrintWriter out = call.writer(format.mediaType())) {
      format.header().ifPresent(line -> out.print(line + "\r\n"));
      String end = format == AuditFormat.CSV ? "\r\n" : "\n";
      audit.forEach(filter, row -> out.print(format.line(row) + end));
    }
  }
}
