package org.keyward.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jdbi.v3.core.Handle;
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
          WHEN 'servers' THEN 'its name servers' ELSE 'the signer' END AS detail,
        r.waits_since AS since
      FROM keyward.roll r JOIN keyward.assignment a ON a.id = r.assignment_id
      WHERE NOT r.held AND (r.waits_for = 'servers' AND r.waits_since < :now - INTERVAL '1 day'
        OR r.waits_for = 'stock'
          AND r.waits_since < :now - make_interval(secs => a.runway + a.validity + 2 * a.step)
        OR r.look_at < :now - INTERVAL '1 hour' AND NOT EXISTS (
          SELECT FROM keyward.roll_clock c WHERE c.stopped_until > :now))
      ORDER BY r.waits_since LIMIT :limit
      """;

  private static final String DIFFER =
      """
      SELECT a.zone, string_agg(z.address || CASE WHEN z.failing_since IS NOT NULL
            THEN ' does not answer' ELSE ' has ' || array_to_string(ARRAY(
              SELECT k.key_tag FROM keyward.zsk k WHERE k.id = ANY (z.zsks) ORDER BY k.id), ' ') END,
          ', ' ORDER BY z.address) AS detail,
        min(coalesce(z.failing_since, z.shown_since)) AS since
      FROM keyward.zone_server z JOIN keyward.assignment a ON a.id = z.assignment_id
      JOIN keyward.roll r ON r.assignment_id = a.id
      WHERE r.waits_for = 'servers' AND NOT r.held AND r.waits_since < :now - INTERVAL '1 hour'
      GROUP BY a.zone
      HAVING count(DISTINCT (z.zsks, z.signers)) > 1 OR bool_or(z.failing_since IS NOT NULL)
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
                row.getTimestamp("since").toInstant()));
  }
}
