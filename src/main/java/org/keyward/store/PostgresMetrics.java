package org.keyward.store;

import java.util.List;
import java.util.Map;

/** What a server's metrics tell of the whole installation. Thread-safe. */
public final class PostgresMetrics {
  private final Database database;

  public PostgresMetrics(Database database) {
    this.database = database;
  }

  /** One moment; rows have the names of their columns as keys. */
  public record Sample(
      Map<String, Object> installation,
      List<Map<String, Object>> runway,
      List<Map<String, Object>> tokens,
      List<Map<String, Object>> signatures,
      List<Map<String, Object>> findings) {
    public Sample {
      runway = List.copyOf(runway);
      tokens = List.copyOf(tokens);
      signatures = List.copyOf(signatures);
      findings = List.copyOf(findings);
    }
  }

  private static final String SIGNED_UNTIL =
      """
      FROM keyward.assignment a JOIN LATERAL (SELECT max(s.expiration)
        - extract(epoch FROM now()) AS left FROM keyward.signed_set s
        WHERE s.assignment_id = a.id) s ON s.left IS NOT NULL
      WHERE a.state IN ('signed', 'leaving') AND a.domain_id IS NOT NULL
      """;

  public Sample sample() {
    return database.inSnapshot(
        handle ->
            new Sample(
                Rows.of(
                        handle.createQuery(
                            """
                            SELECT (SELECT count FROM keyward.audit_head) AS audit_events,
                              (SELECT count(*) FROM keyward.request WHERE state = 'waiting')
                                AS requests_waiting,
                              (SELECT min(s.left) %s) AS runway_min
                            """
                                .formatted(SIGNED_UNTIL)))
                    .get(0),
                Rows.of(
                    handle.createQuery(
                        """
                        SELECT b.days, (SELECT count(*) %s AND s.left < b.days * 86400) AS zones
                        FROM unnest(ARRAY[0, 1, 3, 7, 14, 28, 60]) AS b (days)
                        """
                            .formatted(SIGNED_UNTIL))),
                Rows.of(
                    handle.createQuery(
                        """
                        SELECT t.*, extract(epoch FROM now() - t.seen_at) AS age,
                          (SELECT count(*) FROM keyward.signing_work w
                           WHERE w.token_serial = t.serial) AS waiting
                        FROM keyward.token_status t
                        """)),
                Rows.of(handle.createQuery("SELECT * FROM keyward.signature_count")),
                Rows.of(
                    handle.createQuery(
                        """
                        SELECT s.severity, count(f.kind) AS findings
                        FROM unnest(ARRAY['critical', 'warning', 'info']) AS s (severity)
                        LEFT JOIN keyward.findings f ON f.severity = s.severity
                        GROUP BY s.severity
                        """))));
  }
}
