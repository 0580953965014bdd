package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.audit.AuditFilter;
import org.keyward.audit.AuditReport;
import org.keyward.audit.AuditRow;
import org.keyward.audit.AuditVerification;

/** Reads what a report for a period says. Thread-safe. */
public final class PostgresReport {
  private final Database database;
  private final PostgresAudit audit;

  public PostgresReport(Database database) {
    this.database = database;
    this.audit = new PostgresAudit(database);
  }

  public AuditReport report(Instant from, Instant to, Instant now) {
    AuditVerification verified = audit.verify();
    List<AuditReport.Change> changes = new ArrayList<>();
    List<String> anomalies = new ArrayList<>();
    Map<List<String>, Long> signatures = new LinkedHashMap<>();
    audit.forEach(
        AuditFilter.period(from, to),
        row -> {
          if (!row.field("result").equals("DONE")) {
            anomalies.add(anomaly(row));
          }
          if (row.field("action").equals("KSK_SIGNATURE")) {
            signatures.merge(
                List.of(row.field("token_serial"), row.field("key_label"), row.field("key_tag")),
                1L,
                Long::sum);
          } else {
            changes.add(change(row));
          }
        });
    anomalies.addAll(findings(from, to));
    verified.fault().ifPresent(anomalies::add);
    return new AuditReport(
        from,
        to,
        now,
        verified.count(),
        verified.head(),
        verified.fault().orElse(""),
        assignments(from),
        assignments(to),
        changes,
        signatures.entrySet().stream()
            .map(
                key ->
                    new AuditReport.Signatures(
                        key.getKey().get(0),
                        key.getKey().get(1),
                        key.getKey().get(2),
                        key.getValue()))
            .toList(),
        anomalies);
  }

  private static String anomaly(AuditRow row) {
    return "event "
        + row.id()
        + ", "
        + row.at()
        + ", "
        + row.field("actor")
        + ": "
        + row.field("action")
        + " "
        + row.field("result")
        + " "
        + row.field("zone")
        + ": "
        + row.field("detail");
  }

  private static AuditReport.Change change(AuditRow row) {
    String tag = row.field("key_tag");
    return new AuditReport.Change(
        row.at(),
        row.field("actor"),
        row.field("action") + " " + row.field("result"),
        row.field("zone"),
        row.field("key_label") + (tag.isEmpty() ? "" : " (" + tag + ")"),
        row.field("detail"));
  }

  private List<String> findings(Instant from, Instant to) {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT * FROM keyward.finding
                    WHERE severity <> 'info' AND first_seen < :to
                      AND (ended_at IS NULL OR ended_at >= :from)
                    ORDER BY first_seen, id
                    """)
                .bind("from", from.atOffset(ZoneOffset.UTC))
                .bind("to", to.atOffset(ZoneOffset.UTC))
                .map((row, context) -> finding(row))
                .list());
  }

  private static String finding(ResultSet row) throws SQLException {
    String end =
        Optional.ofNullable(row.getObject("ended_at", OffsetDateTime.class))
            .map(at -> "until " + at.toInstant())
            .orElse("still so");
    return row.getString("severity")
        + ", "
        + row.getObject("first_seen", OffsetDateTime.class).toInstant()
        + " "
        + end
        + ": "
        + row.getString("message");
  }

  private List<AuditReport.Assignment> assignments(Instant at) {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT a.*, k.token_name, k.label, k.key_tag
                    FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
                    WHERE a.assigned_at < :at AND (a.ended_at IS NULL OR a.ended_at >= :at)
                    ORDER BY a.zone
                    """)
                .bind("at", at.atOffset(ZoneOffset.UTC))
                .map(
                    (row, context) ->
                        new AuditReport.Assignment(
                            row.getString("zone"),
                            row.getString("token_name"),
                            row.getString("label"),
                            row.getInt("key_tag"),
                            row.getObject("assigned_at", OffsetDateTime.class).toInstant(),
                            row.getString("assigned_by"),
                            row.getString("reason")))
                .list());
  }
}
