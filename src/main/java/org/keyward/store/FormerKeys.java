package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.NameText;

/** Private keys of ZSKs that were replaced. */
final class FormerKeys {
  /**
   * How long after it has left the private key of a ZSK stays. No resolver can need it by then;
   * this is for a person who finds out late that a roll was wrong. BIND has the same.
   */
  static final Duration KEPT = Duration.ofDays(90);

  private FormerKeys() {}

  private record Former(int id, String zone, int tag) {}

  /**
   * Removes the private keys that nothing can need: their wait is over, no roll that is under way
   * and no DNSKEY set that is valid names them. What is public of them stays, as history, and so
   * that no later key of the zone gets the same tag.
   *
   * @return how many
   */
  static int purge(Handle handle, String actor, Instant now, int limit) {
    List<Former> former =
        handle
            .createQuery(
                """
                SELECT z.id, a.zone, z.key_tag
                FROM keyward.zsk z JOIN keyward.assignment a ON a.id = z.assignment_id
                WHERE z.published_until IS NOT NULL AND z.sealed IS NOT NULL
                  AND z.published_until <= :left AND z.unneeded_from <= :left
                  AND (z.signs_from IS NULL OR z.signs_until <= :left)
                  AND NOT EXISTS (SELECT FROM keyward.roll_event e
                    WHERE e.zone = a.zone AND e.assignment_id = a.id AND e.role = 'zsk'
                      AND z.key_tag IN (e.old_tag, e.new_tag) AND e.at > to_timestamp(:left))
                  AND NOT EXISTS (SELECT FROM keyward.roll r WHERE r.assignment_id = a.id
                    AND r.role = 'zsk' AND z.id IN (r.old_key, r.new_key))
                  AND NOT EXISTS (SELECT FROM keyward.signed_set s WHERE s.assignment_id = a.id
                    AND s.expiration > :now AND z.id = ANY (s.zsks))
                ORDER BY z.published_until LIMIT :limit
                FOR UPDATE OF z SKIP LOCKED
                """)
            .bind("left", now.minus(KEPT).getEpochSecond())
            .bind("now", now.getEpochSecond())
            .bind("limit", limit)
            .map(
                (row, context) ->
                    new Former(row.getInt("id"), row.getString("zone"), row.getInt("key_tag")))
            .list();
    former.forEach(key -> purge(handle, key, actor, now));
    return former.size();
  }

  private static void purge(Handle handle, Former key, String actor, Instant now) {
    handle.execute(
        "UPDATE keyward.zsk SET sealed = NULL, purged_at = ? WHERE id = ?",
        KeySetRows.at(now),
        key.id());
    PostgresAudit.append(
        handle,
        new AuditEvent(
            now,
            actor,
            AuditEvent.Action.ZSK_PURGED,
            AuditEvent.Result.DONE,
            StoredNames.parse(key.zone()).map(NameText::of),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(key.tag()),
            "private key of former ZSK "
                + key.tag()
                + " removed, "
                + KEPT.toDays()
                + " days after it left"));
  }
}
