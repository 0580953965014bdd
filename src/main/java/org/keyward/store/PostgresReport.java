package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.audit.AuditFilter;
import org.keyward.audit.AuditReport;
import org.keyward.audit.AuditRow;
import org.keyward.audit.AuditVerification;
import org.keyward.dnssec.TimeText;

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
    List<Anomaly> anomalies = new ArrayList<>();
    Map<List<String>, Long> signatures = new LinkedHashMap<>();
    audit.forEach(
        AuditFilter.period(from, to),
        row -> {
          if (!row.field("result").equals("DONE") || isEnd(row)) {
            anomalies.add(new Anomaly(Instant.parse(row.at()), anomaly(row)));
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
    anomalies.addAll(renamed(now));
    verified.fault().ifPresent(fault -> anomalies.add(new Anomaly(Instant.MAX, fault)));
    anomalies.sort(Comparator.comparing(Anomaly::at));
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
        anomalies.stream().map(Anomaly::text).toList());
  }

  private record Anomaly(Instant at, String text) {}

  /** A signed zone that went, or lost its SOA, whoever insisted on it. */
  private static boolean isEnd(AuditRow row) {
    return row.field("action").equals("ZONE_EMPTIED")
        || (row.field("action").equals("ZONE_UNSIGNED")
            && row.field("detail").startsWith("the zone was deleted"));
  }

  /** Past the triggers that refuse it. */
  private List<Anomaly> renamed(Instant now) {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT a.zone, d.name FROM keyward.assignment a
                    JOIN public.domains d ON d.id = a.domain_id
                    WHERE a.state <> 'ended' AND a.zone <> d.name ORDER BY 1
                    """)
                .map(
                    (row, context) ->
                        new Anomaly(
                            now,
                            "the zone "
                                + row.getString("zone")
                                + " is called "
                                + row.getString("name")
                                + " now, although it is signed under its former name"))
                .list());
  }

  private static String anomaly(AuditRow row) {
    return "event "
        + row.id()
        + ", "
        + TimeText.of(Instant.parse(row.at()))
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
        TimeText.of(Instant.parse(row.at())),
        row.field("actor"),
        row.field("action") + " " + row.field("result"),
        row.field("zone"),
        row.field("key_label") + (tag.isEmpty() ? "" : " (" + tag + ")"),
        row.field("detail"));
  }

  private List<Anomaly> findings(Instant from, Instant to) {
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

  private static Anomaly finding(ResultSet row) throws SQLException {
    String end =
        Optional.ofNullable(row.getObject("ended_at", OffsetDateTime.class))
            .map(at -> "until " + TimeText.of(at.toInstant()))
            .orElse("still so");
    Instant first = row.getObject("first_seen", OffsetDateTime.class).toInstant();
    return new Anomaly(
        first,
        row.getString("severity")
            + ", "
            + TimeText.of(first)
            + " "
            + end
            + ": "
            + row.getString("message"));
  }

  private List<AuditReport.Assignment> assignments(Instant at) {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT a.*, k.token_name, k.label, k.key_tag, v.verdict, v.checked_at
                    FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
                    LEFT JOIN keyward.parent_view v ON v.domain_id = a.domain_id
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
                            row.getString("reason"),
                            parent(row)))
                .list());
  }

  private static String parent(ResultSet row) throws SQLException {
    return row.getString("verdict") == null
        ? "not asked"
        : row.getString("verdict").replace('_', ' ')
            + ", asked "
            + TimeText.of(row.getObject("checked_at", OffsetDateTime.class).toInstant());
  }
}
