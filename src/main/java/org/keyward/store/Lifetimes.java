package org.keyward.store;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.keyward.keyset.KeyRole;
import org.keyward.signing.RollStore.LifetimeOver;

/** When rolls begin by themselves: {@code keyward.lifetime}. */
final class Lifetimes {
  private Lifetimes() {}

  /** What a zone's turns follow from, as a number. */
  static final String PLACE = "('x' || substr(md5(lower(a.zone)), 1, 8))::bit(32)::bigint";

  /** The last turn of a zone. */
  private static final String TURN = ":now - (:now - " + PLACE + " % l.lifetime) % l.lifetime";

  /** Since when the zone has had its present key. */
  private static final String SINCE =
      """
      SELECT max(greatest(k.signs_from, extract(epoch FROM a.assigned_at))) AS since
      FROM %s k WHERE k.assignment_id = a.id AND k.signs_from IS NOT NULL AND k.signs_until IS NULL
      """;

  /**
   * Each zone's turn comes once in a lifetime, as {@link org.keyward.keyset.Turns} says. Of all
   * zones only those are read whose turn has come and that have not had a roll for it.
   *
   * @param tokenOf the token that has the next key, by policy
   */
  static List<LifetimeOver> over(
      Handle handle,
      KeyRole role,
      List<String> tokens,
      Map<String, String> tokenOf,
      Instant now,
      int limit) {
    letPass(handle, role, now);
    return handle
        .createQuery(
            """
            SELECT a.zone, o.policy FROM keyward.lifetime l
            JOIN keyward.assignment a ON a.id = l.assignment_id
            JOIN keyward.zone_policies o ON o.assignment_id = a.id
            LEFT JOIN unnest(:policies, :policy_tokens) AS n (policy, token) ON n.policy = o.policy,
            LATERAL (%s) k, LATERAL (SELECT %s AS turn) t
            WHERE l.role = :role AND l.turn_at <= :now
              AND %s
              AND t.turn > extract(epoch FROM l.since) AND t.turn > k.since + l.lifetime / 3
              AND coalesce(l.tried_at < to_timestamp(:now) - INTERVAL '1 hour', true)
              AND (n.token IS NULL OR n.token = ANY (:tokens)
                OR NOT EXISTS (SELECT FROM keyward.token_status s
                  WHERE s.name = n.token AND s.seen_at > now() - INTERVAL '1 minute'))
              AND NOT EXISTS (SELECT FROM keyward.roll r
                WHERE r.assignment_id = a.id AND r.role = l.role)
            ORDER BY t.turn LIMIT :limit
            """
                .formatted(since(role), TURN, RollObstacles.none(role)))
        .bind("role", RollTable.word(role))
        .bind("now", now.getEpochSecond())
        .bind("limit", limit)
        .bindArray("policies", String.class, tokenOf.keySet().toArray())
        .bindArray("policy_tokens", String.class, tokenOf.values().toArray())
        .bindArray("tokens", String.class, tokens.toArray())
        .map((row, context) -> List.of(row.getString("zone"), row.getString("policy")))
        .list()
        .stream()
        .flatMap(
            row ->
                StoredNames.parse(row.get(0)).stream()
                    .map(zone -> new LifetimeOver(zone, role, row.get(1))))
        .toList();
  }

  private static String since(KeyRole role) {
    return SINCE.formatted(role == KeyRole.ZSK ? "keyward.zsk" : "keyward.ksk");
  }

  /** A young key lets the turn of its zone pass. */
  private static void letPass(Handle handle, KeyRole role, Instant now) {
    handle
        .createUpdate(
            """
            UPDATE keyward.lifetime o SET turn_at = t.next FROM (
              SELECT l.assignment_id, t.turn + l.lifetime AS next FROM keyward.lifetime l
              JOIN keyward.assignment a ON a.id = l.assignment_id,
              LATERAL (%s) k, LATERAL (SELECT %s AS turn) t
              WHERE l.role = :role AND l.turn_at <= :now AND t.turn <= k.since + l.lifetime / 3) t
            WHERE o.assignment_id = t.assignment_id AND o.role = :role
            """
                .formatted(since(role), TURN))
        .bind("role", RollTable.word(role))
        .bind("now", now.getEpochSecond())
        .execute();
  }

  static void notReplaced(Handle handle, LifetimeOver over, String why, Instant now) {
    handle
        .createUpdate(
            """
            UPDATE keyward.lifetime l SET tried_at = :now, why = :why,
              waits_since = coalesce(l.waits_since, :now)
            FROM keyward.assignment a
            WHERE a.id = l.assignment_id AND a.state <> 'ended' AND a.zone = :zone AND l.role = :role
            """)
        .bind("now", KeySetRows.at(now))
        .bind("why", why)
        .bind("zone", StoredNames.of(over.zone()))
        .bind("role", RollTable.word(over.role()))
        .execute();
  }

  /** The zone has had its turn, whoever has begun the roll, and whatever comes of it. */
  static void replaced(Handle handle, int assignmentId, KeyRole role, Instant now) {
    handle
        .createUpdate(
            """
            UPDATE keyward.lifetime l SET waits_since = NULL, tried_at = NULL, why = NULL,
              turn_at = CASE WHEN l.turn_at <= :now THEN %s + l.lifetime ELSE l.turn_at END
            FROM keyward.assignment a
            WHERE a.id = :id AND l.assignment_id = a.id AND l.role = :role
              AND (l.waits_since IS NOT NULL OR l.turn_at <= :now)
            """
                .formatted(TURN))
        .bind("id", assignmentId)
        .bind("role", RollTable.word(role))
        .bind("now", now.getEpochSecond())
        .execute();
  }
}
