package org.keyward.store;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.keyward.admin.Overview;
import org.keyward.signing.Finding;
import org.xbill.DNS.Name;

/** What people look at, in PostgreSQL. Fit for 100,000 zones. Thread-safe. */
public final class PostgresOverview implements Overview {
  private static final String SIGNED_UNTIL =
      """
      LEFT JOIN LATERAL (SELECT to_timestamp(r.signed_until) AS signed_until
        FROM keyward.runway r WHERE r.assignment_id = a.id OFFSET 0) s ON true
      """;

  private static final String ZONES =
      """
      SELECT d.name AS zone, (SELECT z.mode FROM keyward.zone_status z WHERE z.domain_id = d.id) AS mode, a.state,
        k.token_name AS token, k.label, k.key_tag, k.algorithm, s.signed_until,
        CASE WHEN a.state IN ('signed', 'leaving') THEN coalesce(
          round(extract(epoch FROM s.signed_until - now()) / 86400, 1), 0) END AS runway_days,
        CASE WHEN a.state IN ('signed', 'leaving') AND s.signed_until IS NULL THEN
          (SELECT to_timestamp(max(g.expiration)) FROM keyward.signed_set g
            WHERE g.assignment_id = a.id AND g.expiration <= extract(epoch FROM now())) END AS expired_at,
        v.verdict AS parent, a.assigned_at, a.assigned_by, a.reason,
        (SELECT count(*) FROM keyward.problem p WHERE p.domain_id = d.id) AS problems,
        (SELECT z.findings FROM keyward.zone_status z WHERE z.domain_id = d.id) AS findings
      FROM public.domains d
      LEFT JOIN keyward.assignment a ON a.domain_id = d.id AND a.state <> 'ended'
      LEFT JOIN keyward.key k ON k.id = a.key_id
      LEFT JOIN keyward.parent_view v ON v.domain_id = d.id
      """
          + SIGNED_UNTIL;

  private final Database database;

  public PostgresOverview(Database database) {
    this.database = database;
  }

  @Override
  public Page zones(ZoneQuery query) {
    List<Map<String, Object>> rows =
        database.inSnapshot(
            handle -> Rows.of(query.byRunway() ? byRunway(handle, query) : byName(handle, query)));
    if (rows.size() <= query.limit()) {
      return new Page(rows, Optional.empty());
    }
    List<Map<String, Object>> page = rows.subList(0, query.limit());
    return new Page(page, Optional.of(cursor(page.get(page.size() - 1), query.byRunway())));
  }

  private static String cursor(Map<String, Object> last, boolean byRunway) {
    String name = String.valueOf(last.get("zone"));
    return byRunway && last.get("signed_until") instanceof Instant until
        ? until.getEpochSecond() + " " + name
        : byRunway ? "0 " + name : name;
  }

  private static Query byName(Handle handle, ZoneQuery query) {
    return bound(
            handle.createQuery(
                ZONES
                    + """
                    WHERE d.name LIKE :like AND (:after::TEXT IS NULL OR d.name > :after)
                    ORDER BY d.name LIMIT :limit
                    """),
            query)
        .bind("after", query.after().orElse(null));
  }

  /**
   * Zones that have a key, those not signed yet first. The end of every zone's signatures is found
   * in one pass, and all else only for the zones of this page.
   */
  private static Query byRunway(Handle handle, ZoneQuery query) {
    String[] after = query.after().orElse("-1 ").split(" ", 2);
    if (after.length < 2 || !after[0].matches("-?\\d{1,18}")) {
      throw new IllegalArgumentException("after is not the 'next' of a page by runway");
    }
    return bound(
            handle.createQuery(
                ZONES
                    + """
                    JOIN (
                      SELECT o.id, coalesce(e.until, 0) AS until
                      FROM public.domains o JOIN keyward.assignment b
                        ON b.domain_id = o.id AND b.state <> 'ended'
                      LEFT JOIN (SELECT assignment_id, signed_until AS until
                        FROM keyward.runway) e ON e.assignment_id = b.id
                      WHERE o.name LIKE :like AND (coalesce(e.until, 0), o.name) > (:until, :name)
                      ORDER BY 2, o.name LIMIT :limit) page ON page.id = d.id
                    ORDER BY page.until, d.name
                    """),
            query)
        .bind("until", Long.parseLong(after[0]))
        .bind("name", after[1]);
  }

  private static Query bound(Query statement, ZoneQuery query) {
    String text =
        query
            .search()
            .toLowerCase(Locale.ROOT)
            .replace("\\", "\\\\")
            .replace("%", "\\%")
            .replace("_", "\\_")
            .replace('*', '%');
    return statement.bind("like", "%" + text + "%").bind("limit", query.limit() + 1);
  }

  @Override
  public Map<String, Object> summary() {
    return database.inSnapshot(
        handle -> {
          Map<String, Object> summary = new LinkedHashMap<>();
          summary.putAll(one(handle, COUNTS));
          List<Map<String, Object>> runway = Rows.of(handle.createQuery(RUNWAY));
          summary.put("runway", runway);
          summary.put("soonest", runway.isEmpty() ? null : soonest(runway.get(0)));
          runway.forEach(bar -> bar.keySet().removeAll(List.of("first_end", "first_zone")));
          summary.put("findings", one(handle, FINDINGS));
          return summary;
        });
  }

  private static Map<String, Object> one(Handle handle, String query) {
    return Rows.of(handle.createQuery(query)).get(0);
  }

  private static final String COUNTS =
      """
      SELECT now() AS at,
        (SELECT count(*) FROM public.domains) AS zones,
        count(*) FILTER (WHERE a.state = 'signed') AS signed,
        count(*) FILTER (WHERE a.state = 'signing') AS signing,
        count(*) FILTER (WHERE a.state = 'leaving') AS leaving,
        (SELECT count(*) FROM keyward.signing_work) AS queue,
        (SELECT count(*) FROM keyward.request WHERE state = 'waiting') AS waiting_requests,
        (SELECT count FROM keyward.audit_head) AS audit_events
      FROM keyward.assignment a WHERE a.state <> 'ended' AND a.domain_id IS NOT NULL
      """;

  /** One pass over all signatures: how many zones each day, and each day's first. */
  private static final String RUNWAY =
      """
      SELECT days, count(*) AS zones, to_timestamp(nullif(min(until), 0)) AS first_end,
        (min(ARRAY[lpad(until::TEXT, 12, '0'), zone]))[2] AS first_zone
      FROM (
        SELECT a.zone, coalesce(r.signed_until, 0) AS until, least(greatest(floor(
          (coalesce(r.signed_until, 0) - extract(epoch FROM now())) / 86400), -1), 60)::INT AS days
        FROM keyward.assignment a LEFT JOIN keyward.runway r ON r.assignment_id = a.id
        WHERE a.state IN ('signed', 'leaving') AND a.domain_id IS NOT NULL) ends
      GROUP BY days ORDER BY days
      """;

  private static Map<String, Object> soonest(Map<String, Object> bar) {
    Map<String, Object> first = new LinkedHashMap<>();
    first.put("zone", bar.get("first_zone"));
    first.put("signed_until", bar.get("first_end"));
    return first;
  }

  private static final String FINDINGS =
      """
      SELECT count(*) FILTER (WHERE severity = 'critical') AS critical,
        count(*) FILTER (WHERE severity = 'warning') AS warning,
        count(*) FILTER (WHERE severity = 'info') AS info FROM keyward.findings
      """;

  @Override
  public List<Map<String, Object>> tokens() {
    return rows(
        """
        SELECT t.name, t.serial, t.label, t.model,
          t.fault IS NULL AND t.seen_at > now() - INTERVAL '1 minute' AS reachable,
          coalesce(t.fault, CASE WHEN t.seen_at <= now() - INTERVAL '1 minute'
            THEN 'no signer has looked at it for more than a minute; is one running?' END) AS fault,
          t.fault_since, t.pin, t.warnings, t.queue,
          round(t.rate::NUMERIC, 2) AS signatures_per_second,
          round(t.busy::NUMERIC, 3) AS busy,
          round(extract(epoch FROM f.empty_in)) AS empty_in_seconds,
          t.seen_at, t.inventoried_at
        FROM keyward.token_status t JOIN keyward.token_forecast f USING (name) ORDER BY t.name
        """);
  }

  @Override
  public List<Map<String, Object>> keys() {
    return rows("SELECT * FROM keyward.key_inventory ORDER BY token, label");
  }

  static final String BY_CAUSE =
      """
      ORDER BY array_position(ARRAY['critical', 'warning', 'info'], f.severity),
        array_position(:kinds, f.kind) NULLS FIRST, f.first_seen, f.subject
      """;

  @Override
  public List<Map<String, Object>> findings() {
    return database.inSnapshot(
        handle ->
            Rows.of(byCause(handle.createQuery("SELECT f.* FROM keyward.findings f " + BY_CAUSE))));
  }

  @Override
  public List<Map<String, Object>> findingsOf(Name zone) {
    return database.inSnapshot(
        handle ->
            Rows.of(
                byCause(
                    handle
                        .createQuery(
                            """
                            SELECT f.* FROM keyward.findings f
                            WHERE f.subject = ANY(:names) OR f.subject IN (
                              SELECT unnest(ARRAY[t.name, k.token_serial || '/' || k.label])
                              FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
                              LEFT JOIN keyward.token_status t ON t.serial = k.token_serial
                              WHERE a.state <> 'ended' AND a.zone = ANY(:names))
                            """
                                + BY_CAUSE)
                        .bindArray(
                            "names", String.class, (Object[]) StoredNames.spellings(zone)))));
  }

  static Query byCause(Query query) {
    return query.bindArray("kinds", String.class, Finding.Kind.words().toArray());
  }

  private List<Map<String, Object>> rows(String query) {
    return database.inSnapshot(handle -> Rows.of(handle.createQuery(query)));
  }
}
