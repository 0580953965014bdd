package org.keyward.store;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.keyward.signing.Finding;

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
      List<Map<String, Object>> findings,
      List<Map<String, Object>> kinds,
      List<Map<String, Object>> rolls) {
    public Sample {
      runway = List.copyOf(runway);
      tokens = List.copyOf(tokens);
      signatures = List.copyOf(signatures);
      findings = List.copyOf(findings);
      kinds = List.copyOf(kinds);
      rolls = List.copyOf(rolls);
    }
  }

  private static final List<Integer> BELOW_DAYS = List.of(0, 1, 3, 7, 14, 28, 60);

  private static final String INSTALLATION =
      """
      SELECT (SELECT count FROM keyward.audit_head) AS audit_events,
        (SELECT count(*) FROM keyward.request WHERE state = 'waiting') AS requests_waiting,
        (SELECT count(*) FROM keyward.problem WHERE type <> 'ZONE') AS records_left_out,
        (SELECT count(DISTINCT domain_id) FROM keyward.problem WHERE type <> 'ZONE') AS zones_incomplete,
        (SELECT CASE WHEN fault IS NULL THEN 1 ELSE 0 END FROM keyward.audit_check) AS audit_intact,
        (SELECT extract(epoch FROM now() - checked_at) FROM keyward.audit_check) AS audit_check_age
      """;

  /** In one pass over all signatures, of which there are several for each zone. */
  private static final String RUNWAY =
      """
      SELECT min(e.left) AS runway_min, count(*) FILTER (WHERE e.left <= 0) AS lapsed%s FROM (
        SELECT coalesce(r.signed_until - extract(epoch FROM now()), 0) AS left
        FROM keyward.assignment a LEFT JOIN keyward.runway r ON r.assignment_id = a.id
        WHERE a.state IN ('signed', 'leaving') AND a.domain_id IS NOT NULL) e
      """
          .formatted(
              BELOW_DAYS.stream()
                  .map(
                      days ->
                          ", count(*) FILTER (WHERE e.left <= %d * 86400) AS below_%1$d"
                              .formatted(days))
                  .collect(Collectors.joining()));

  private static final String TOKENS =
      """
      SELECT t.*, extract(epoch FROM now() - t.seen_at) AS age,
        (SELECT count(*) FROM keyward.signing_work w WHERE w.token_serial = t.serial) AS waiting
      FROM keyward.token_status t
      """;

  private static final String FINDINGS =
      """
      SELECT s.severity, count(f.kind) AS findings
      FROM unnest(ARRAY['critical', 'warning', 'info']) AS s (severity)
      LEFT JOIN keyward.findings f ON f.severity = s.severity
      GROUP BY s.severity
      """;

  /** Every kind, so that an alert sees how it ends. */
  private static final String KINDS =
      """
      SELECT k.kind, count(f.kind) AS findings FROM unnest(:kinds) AS k (kind)
      LEFT JOIN keyward.findings f ON f.kind = k.kind GROUP BY k.kind
      """;

  private static final String ROLLS =
      """
      SELECT w.what, count(r.zone) AS rolls
      FROM unnest(ARRAY['stock', 'servers', 'parent', 'caches', 'person', 'clock', 'signer']) AS w (what)
      LEFT JOIN keyward.rolls r ON r.waits_for = w.what GROUP BY w.what
      """;

  public Sample sample() {
    return database.inSnapshot(
        handle -> {
          Map<String, Object> runway = Rows.of(handle.createQuery(RUNWAY)).get(0);
          Map<String, Object> installation =
              new LinkedHashMap<>(Rows.of(handle.createQuery(INSTALLATION)).get(0));
          installation.put("runway_min", runway.get("runway_min"));
          installation.put("lapsed", runway.get("lapsed"));
          return new Sample(
              installation,
              BELOW_DAYS.stream()
                  .map(days -> Map.of("days", days, "zones", runway.get("below_" + days)))
                  .toList(),
              Rows.of(handle.createQuery(TOKENS)),
              Rows.of(handle.createQuery("SELECT * FROM keyward.signature_count")),
              Rows.of(handle.createQuery(FINDINGS)),
              Rows.of(
                  handle
                      .createQuery(KINDS)
                      .bindArray("kinds", String.class, Finding.Kind.words().toArray())),
              Rows.of(handle.createQuery(ROLLS)));
        });
  }
}
