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

  private static final String DIFFER =
      """
      SELECT a.zone, string_agg(z.address || CASE WHEN z.failing_since IS NOT NULL
            THEN ' does not answer' ELSE ' has ' || array_to_string(CASE r.role
              WHEN 'ksk' THEN ARRAY(SELECT k.key_tag FROM keyward.key k WHERE k.id = ANY (z.ksks)
                ORDER BY k.id)
              ELSE ARRAY(SELECT k.key_tag FROM keyward.zsk k WHERE k.id = ANY (z.zsks)
                ORDER BY k.id) END, ' ') END,
          ', ' ORDER BY z.address) AS detail,
        min(coalesce(z.failing_since, z.shown_since)) AS since
      FROM keyward.zone_server z JOIN keyward.assignment a ON a.id = z.assignment_id
      JOIN keyward.roll r ON r.assignment_id = a.id
      WHERE r.waits_for = 'servers' AND NOT r.held AND r.waits_since < :now - INTERVAL '1 hour'
      GROUP BY a.zone, r.role
      HAVING count(DISTINCT (z.ksks, z.zsks, z.signers)) > 1 OR bool_or(z.failing_since IS NOT NULL)
      ORDER BY a.zone LIMIT :limit
      """;

  /** What servers find out for themselves, seen from here. */
  private static final String HELD =
      """
      SELECT a.zone, 'ZSK ' || string_agg(z.key_tag::TEXT, ', ' ORDER BY z.id) AS detail,
        to_timestamp(max(f.expiration)) AS since
      FROM keyward.assignment a
      JOIN keyward.zsk z ON z.assignment_id = a.id
        AND coalesce(z.unneeded_from > extract(epoch FROM :now::TIMESTAMPTZ), true),
      LATERAL (SELECT s.zsks FROM keyward.signed_set s WHERE s.assignment_id = a.id
          AND s.active_from <= extract(epoch FROM :now::TIMESTAMPTZ)
          AND s.expiration > extract(epoch FROM :now::TIMESTAMPTZ)
        ORDER BY s.active_from DESC, s.stored DESC LIMIT 1) l,
      LATERAL (SELECT max(s.expiration) AS expiration FROM keyward.signed_set s
        WHERE s.assignment_id = a.id AND z.id = ANY (s.zsks)
          AND s.active_from <= extract(epoch FROM :now::TIMESTAMPTZ)
          AND s.expiration > extract(epoch FROM :now::TIMESTAMPTZ)) f
      WHERE a.state IN ('signed', 'leaving') AND NOT z.id = ANY (l.zsks) AND f.expiration IS NOT NULL
        AND a.id IN (SELECT m.assignment_id FROM keyward.zsk m GROUP BY 1 HAVING count(*) > 1)
      GROUP BY a.zone ORDER BY a.zone LIMIT :limit
      """;

  private static final String HELD_FOR_KSK =
      """
      SELECT a.zone, 'KSK ' || string_agg(DISTINCT k.key_tag::TEXT, ', ') AS detail,
        to_timestamp(max(f.expiration)) AS since
      FROM keyward.assignment a
      JOIN keyward.ksk z ON z.assignment_id = a.id
        AND coalesce(z.unneeded_from > extract(epoch FROM :now::TIMESTAMPTZ), true)
      JOIN keyward.key k ON k.id = z.key_id,
      LATERAL (SELECT s.active_from, s.zsks, s.ksks FROM keyward.signed_set s
          WHERE s.assignment_id = a.id AND s.active_from <= extract(epoch FROM :now::TIMESTAMPTZ)
          AND s.expiration > extract(epoch FROM :now::TIMESTAMPTZ)
        ORDER BY s.active_from DESC, s.stored DESC LIMIT 1) l,
      LATERAL (SELECT max(s.expiration) AS expiration FROM keyward.signed_set s
        WHERE s.assignment_id = a.id AND s.signer = z.key_id
          AND s.active_from <= extract(epoch FROM :now::TIMESTAMPTZ)
          AND s.expiration > extract(epoch FROM :now::TIMESTAMPTZ)) f
      WHERE a.state IN ('signed', 'leaving') AND f.expiration IS NOT NULL
        AND NOT EXISTS (SELECT FROM keyward.signed_set s WHERE s.assignment_id = a.id
          AND (s.active_from, s.zsks, s.ksks) = (l.active_from, l.zsks, l.ksks)
          AND s.signer = z.key_id)
        AND a.id IN (SELECT m.assignment_id FROM keyward.ksk m GROUP BY 1 HAVING count(*) > 1)
      GROUP BY a.zone ORDER BY a.zone LIMIT :limit
      """;

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
