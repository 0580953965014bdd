package org.keyward.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.keyset.KeyRole;
import org.keyward.signing.Finding.Kind;
import org.keyward.signing.FindingStore.RollFact;

/** What findings on rolls are made of. */
final class RollFacts {
  private RollFacts() {}

  static List<RollFact> read(Handle handle, Instant now, int limit) {
    List<RollFact> facts = new ArrayList<>();
    facts.addAll(rows(handle, Kind.CLOCK_JUMP, CLOCK, now, limit));
    facts.addAll(rows(handle, Kind.ROLL_STUCK, STUCK, now, limit));
    facts.addAll(rows(handle, Kind.SERVERS_DIFFER, DIFFER, now, limit));
    facts.addAll(rows(handle, Kind.SET_HELD, HELD, now, limit));
    facts.addAll(rows(handle, Kind.SET_HELD, HELD_FOR_KSK, now, limit));
    facts.addAll(rows(handle, Kind.DS_DUE, DS_DUE, now, limit));
    facts.addAll(rows(handle, Kind.DS_DUE, DS_WRITTEN, now, limit));
    facts.addAll(rows(handle, Kind.CDS_IGNORED, CDS_IGNORED, now, limit));
    facts.addAll(rows(handle, Kind.DS_REVERTED, DS_REVERTED, now, limit));
    facts.addAll(rows(handle, Kind.ROLL_WAITS_FOR_PARENT, PARENT, now, limit));
    facts.addAll(rows(handle, Kind.KEY_LIFETIME_OVER, LIFETIME_OVER, now, limit));
    facts.addAll(rows(handle, Kind.POLICY_UNSAFE, UNSAFE, now, limit));
    return facts;
  }

  private static final String CLOCK =
      """
      SELECT '' AS zone, c.jump AS detail, c.stopped_until AS since FROM keyward.roll_clock c
      WHERE c.stopped_until > :now LIMIT :limit
      """;

  /** The token may need all of the runway for what it has to sign; the others do not take long. */
  private static final String STUCK =
      """
      SELECT a.zone, CASE r.waits_for WHEN 'stock' THEN 'signatures of its token'
          WHEN 'servers' THEN 'its name servers'
          WHEN 'parent' THEN 'the name servers of its parent, a zone that Keyward writes the DS into,'
          ELSE 'the signer' END AS detail,
        r.waits_since AS since
      FROM keyward.roll r JOIN keyward.assignment a ON a.id = r.assignment_id
      WHERE NOT r.held AND (r.waits_for = 'servers' AND r.waits_since < :now - INTERVAL '1 day'
        OR r.waits_for = 'parent' AND r.waits_since < :now - INTERVAL '1 day'
          AND EXISTS (SELECT FROM keyward.parents_here h
            WHERE h.assignment_id = a.id AND h.writes AND h.obstacle IS NULL)
        OR r.waits_for = 'stock'
          AND r.waits_since < :now - make_interval(secs => a.runway + a.validity + 2 * a.step)
        OR r.look_at < :now - INTERVAL '1 hour' AND NOT EXISTS (
          SELECT FROM keyward.roll_clock c WHERE c.stopped_until > :now))
      ORDER BY r.waits_since LIMIT :limit
      """;

  /** What servers have is told of the zones that it is about, and of no other. */
  static final String DIFFER =
      """
      SELECT d.zone, string_agg(z.address || CASE WHEN z.failing_since IS NOT NULL
            THEN ' does not answer' ELSE ' has ' || array_to_string(CASE d.role
              WHEN 'ksk' THEN ARRAY(SELECT k.key_tag FROM keyward.key k WHERE k.id = ANY (z.ksks)
                ORDER BY k.id)
              ELSE ARRAY(SELECT k.key_tag FROM keyward.zsk k WHERE k.id = ANY (z.zsks)
                ORDER BY k.id) END, ' ') END,
          ', ' ORDER BY z.address) AS detail,
        min(coalesce(z.failing_since, z.shown_since)) AS since
      FROM (
        SELECT a.id, a.zone, r.role FROM keyward.roll r
        JOIN keyward.assignment a ON a.id = r.assignment_id
        JOIN keyward.zone_server z ON z.assignment_id = r.assignment_id
        WHERE r.waits_for = 'servers' AND NOT r.held AND r.waits_since < :now - INTERVAL '1 hour'
        GROUP BY a.id, a.zone, r.role
        HAVING min(z.ksks) <> max(z.ksks) OR min(z.zsks) <> max(z.zsks)
          OR min(z.signers) <> max(z.signers) OR bool_or(z.failing_since IS NOT NULL)
        ORDER BY a.zone, r.role LIMIT :limit) d
      JOIN keyward.zone_server z ON z.assignment_id = d.id
      GROUP BY d.zone, d.role ORDER BY d.zone, d.role
      """;

  /** Sets that may be cached, each with the set that is served, of zones with more than one key. */
  private static final String LIVE =
      """
      SELECT s.assignment_id, s.active_from, s.expiration, s.zsks, s.ksks, s.signer,
        last_value(s.active_from) OVER served AS last_from, last_value(s.zsks) OVER served AS last_zsks,
        last_value(s.ksks) OVER served AS last_ksks
      FROM keyward.signed_set s
      WHERE s.active_from <= extract(epoch FROM :now::TIMESTAMPTZ)::BIGINT
        AND s.expiration > extract(epoch FROM :now::TIMESTAMPTZ)::BIGINT
        AND s.assignment_id IN (SELECT m.assignment_id FROM keyward.%s m GROUP BY 1 HAVING count(*) > 1)
      WINDOW served AS (PARTITION BY s.assignment_id ORDER BY s.active_from, s.stored
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)\
      """;

  /** What servers find out for themselves, seen from here: one pass over the sets of all zones. */
  static final String HELD =
      """
      SELECT a.zone, 'ZSK ' || string_agg(h.key_tag::TEXT, ', ' ORDER BY h.id) AS detail,
        to_timestamp(max(h.until)) AS since
      FROM (
        SELECT l.assignment_id, z.id, z.key_tag, max(l.expiration) AS until FROM (%s) l
        JOIN keyward.zsk z ON z.assignment_id = l.assignment_id AND z.id = ANY (l.zsks)
          AND coalesce(z.unneeded_from > extract(epoch FROM :now::TIMESTAMPTZ), true)
        WHERE NOT l.zsks <@ l.last_zsks AND NOT z.id = ANY (l.last_zsks)
        GROUP BY l.assignment_id, z.id, z.key_tag) h
      JOIN keyward.assignment a ON a.id = h.assignment_id
      WHERE a.state IN ('signed', 'leaving')
      GROUP BY a.zone ORDER BY a.zone LIMIT :limit
      """
          .formatted(LIVE.formatted("zsk"));

  static final String HELD_FOR_KSK =
      """
      SELECT a.zone, 'KSK ' || string_agg(DISTINCT k.key_tag::TEXT, ', ') AS detail,
        to_timestamp(max(h.until)) AS since
      FROM (
        SELECT l.assignment_id, l.signer, max(l.expiration) AS until FROM (%s) l
        GROUP BY l.assignment_id, l.signer
        HAVING NOT bool_or(l.active_from = l.last_from AND l.zsks = l.last_zsks
          AND l.ksks = l.last_ksks)) h
      JOIN keyward.ksk z ON z.assignment_id = h.assignment_id AND z.key_id = h.signer
        AND coalesce(z.unneeded_from > extract(epoch FROM :now::TIMESTAMPTZ), true)
      JOIN keyward.key k ON k.id = z.key_id
      JOIN keyward.assignment a ON a.id = h.assignment_id
      WHERE a.state IN ('signed', 'leaving')
      GROUP BY a.zone ORDER BY a.zone LIMIT :limit
      """
          .formatted(LIVE.formatted("ksk"));

  /** Where the zone does not ask for it by itself, and Keyward does not write it. */
  private static final String DS_DUE =
      """
      SELECT a.zone, 'the DS of key ' || k.key_tag || coalesce(', which Keyward does not write into '
          || coalesce(nullif(h.parent, ''), '.') || ': ' || h.obstacle, '') AS detail, r.since
      FROM keyward.roll r JOIN keyward.assignment a ON a.id = r.assignment_id
      JOIN keyward.key k ON k.id = r.new_key
      LEFT JOIN keyward.parents_here h ON h.assignment_id = a.id AND h.writes
      WHERE r.role = 'ksk' AND r.phase = 'submitted' AND NOT r.held
        AND coalesce(a.cds, '0') = '0' AND coalesce(a.cdnskey, '0') = '0' AND r.since <= :now
        AND (h.assignment_id IS NULL OR h.obstacle IS NOT NULL)
      ORDER BY r.since LIMIT :limit
      """;

  private static final String DS_WRITTEN =
      """
      SELECT a.zone, 'the DS of key ' || k.key_tag AS detail, r.since,
        coalesce(nullif(h.parent, ''), '.') AS parent
      FROM keyward.roll r JOIN keyward.assignment a ON a.id = r.assignment_id
      JOIN keyward.key k ON k.id = r.new_key
      JOIN keyward.parents_here h ON h.assignment_id = a.id AND h.writes AND h.obstacle IS NULL
      WHERE r.role = 'ksk' AND r.phase = 'submitted' AND NOT r.held AND r.since <= :now
      ORDER BY r.since LIMIT :limit
      """;

  private static final String CDS_IGNORED =
      """
      SELECT a.zone, 'the DS of key ' || k.key_tag AS detail, r.since
      FROM keyward.roll r JOIN keyward.assignment a ON a.id = r.assignment_id
      JOIN keyward.key k ON k.id = r.new_key
      WHERE r.role = 'ksk' AND r.phase = 'submitted' AND NOT r.held
        AND (coalesce(a.cds, '0') <> '0' OR coalesce(a.cdnskey, '0') <> '0')
        AND r.since < :now - INTERVAL '3 days' AND NOT EXISTS (SELECT FROM keyward.parents_here h
          WHERE h.assignment_id = a.id AND h.writes AND h.obstacle IS NULL)
      ORDER BY r.since LIMIT :limit
      """;

  private static final String DS_REVERTED =
      """
      SELECT a.zone, 'the DS of key ' || k.key_tag AS detail, r.since
      FROM keyward.roll r JOIN keyward.assignment a ON a.id = r.assignment_id
      JOIN keyward.key k ON k.id = r.new_key
      WHERE r.role = 'ksk' AND r.phase = 'submitted' AND r.since <= :now AND (
        SELECT e.detail FROM keyward.roll_event e WHERE e.zone = a.zone AND e.role = 'ksk'
          AND e.next_phase IS NOT NULL ORDER BY e.id DESC LIMIT 1) LIKE '%s%%'
      ORDER BY r.since LIMIT :limit
      """
          .formatted(PostgresRolls.REVERTED);

  /** Of a parent that says what it has, and has not the new DS yet, another finding tells. */
  private static final String PARENT =
      """
      SELECT a.zone, coalesce(string_agg(s.server || ' ' || s.address || ' (' || s.shows || ')', ', '
          ORDER BY s.server, s.address), 'none was asked yet') AS detail, r.waits_since AS since
      FROM keyward.roll r JOIN keyward.assignment a ON a.id = r.assignment_id
      LEFT JOIN keyward.parent_server s ON s.domain_id = a.domain_id
        AND s.shows IN ('lame', 'unreachable')
      WHERE r.role = 'ksk' AND r.waits_for = 'parent' AND NOT r.held
        AND r.waits_since < :now - INTERVAL '1 day' AND (s.domain_id IS NOT NULL OR NOT EXISTS (
          SELECT FROM keyward.parent_server o WHERE o.domain_id = a.domain_id))
      GROUP BY a.zone, r.waits_since ORDER BY r.waits_since LIMIT :limit
      """;

  private static final String LIFETIME_OVER =
      """
      SELECT a.zone, upper(l.role) || ' is not replaced: ' || l.why AS detail, l.waits_since AS since
      FROM keyward.lifetime l JOIN keyward.assignment a ON a.id = l.assignment_id
      WHERE l.waits_since <= :now AND (l.role = 'zsk' AND %s OR l.role = 'ksk' AND %s)
        AND NOT EXISTS (
          SELECT FROM keyward.roll r WHERE r.assignment_id = a.id AND r.role = l.role)
      ORDER BY l.waits_since LIMIT :limit
      """
          .formatted(RollObstacles.none(KeyRole.ZSK), RollObstacles.none(KeyRole.KSK));

  private static final String UNSAFE =
      """
      SELECT p.name AS zone, p.fault AS detail, p.fault_since AS since FROM keyward.policy p
      WHERE p.fault IS NOT NULL AND p.fault_since <= :now
        AND EXISTS (SELECT FROM keyward.zone_policies z WHERE z.policy = p.name)
      ORDER BY p.name LIMIT :limit
      """;

  private static List<RollFact> rows(
      Handle handle, Kind kind, String query, Instant now, int limit) {
    return DamagedRows.readable(
        handle.createQuery(query).bind("now", KeySetRows.at(now)).bind("limit", limit),
        "keyward.roll",
        (row, context) ->
            new RollFact(
                kind,
                row.getString("zone"),
                row.getString("detail"),
                row.getTimestamp("since").toInstant(),
                query.equals(DS_WRITTEN)
                    ? Optional.of(row.getString("parent"))
                    : Optional.empty()));
  }
}
