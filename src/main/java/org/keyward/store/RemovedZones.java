package org.keyward.store;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.dnssec.TimeText;
import org.keyward.signing.FindingStore.ParentFact;
import org.keyward.signing.ParentVerdict;
import org.keyward.signing.ParentVerdict.Word;
import org.xbill.DNS.Name;

/**
 * Zones that were deleted while they were signed: {@code keyward.removed_zone}. One is forgotten
 * when its parent has no DS for it, or when it is there and signed again.
 */
final class RemovedZones {
  private static final String NOT_BACK =
      """
      NOT EXISTS (SELECT FROM public.domains d WHERE d.name = r.zone AND (
        EXISTS (SELECT FROM keyward.assignment a
          WHERE a.domain_id = d.id AND a.state IN ('signed', 'leaving'))
        OR EXISTS (SELECT FROM keyward.powerdns_keys c WHERE c.domain_id = d.id AND c.active)))
      """;

  private RemovedZones() {}

  static List<ParentFact> facts(Handle handle, int limit) {
    List<ParentFact> facts = new ArrayList<>(removed(handle, limit));
    facts.addAll(unseen(handle, limit));
    return facts;
  }

  /** A DS in a parent zone of the same database counts, too. */
  private static List<ParentFact> removed(Handle handle, int limit) {
    return handle
        .createQuery(
            """
            SELECT r.*, EXISTS (SELECT FROM public.records p WHERE p.type = 'DS' AND p.name = r.zone
              AND NOT coalesce(p.disabled, false)) AS ds_here
            FROM keyward.removed_zone r
            WHERE r.ds IS DISTINCT FROM '' AND
            """
                + NOT_BACK
                + " ORDER BY r.zone LIMIT :limit")
        .bind("limit", limit)
        .map(
            (row, context) -> {
              Optional<String> seen = Optional.ofNullable(row.getString("ds"));
              Optional<String> ds =
                  row.getBoolean("ds_here") ? Optional.of("in its parent zone here") : seen;
              String by =
                  "deleted by "
                      + row.getString("removed_by")
                      + " at "
                      + TimeText.of(row.getTimestamp("removed_at").toInstant())
                      + (row.getString("reason").isEmpty()
                          ? ""
                          : " (" + row.getString("reason") + ")");
              return new ParentFact(
                  row.getString("zone"),
                  ds.map(what -> new ParentVerdict(Word.REMOVED, what + "; " + by))
                      .orElseGet(() -> new ParentVerdict(Word.REMOVED_UNASKED, by)));
            })
        .list();
  }

  /** What a trigger that does not run lets through: session_replication_role, for one. */
  private static List<ParentFact> unseen(Handle handle, int limit) {
    return handle
        .createQuery(
            """
            SELECT a.zone, k.label FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
            WHERE a.state IN ('signed', 'leaving')
              AND NOT EXISTS (SELECT FROM public.domains d WHERE d.id = a.domain_id)
            ORDER BY a.zone LIMIT ?
            """)
        .bind(0, limit)
        .map(
            (row, context) ->
                new ParentFact(
                    row.getString("zone"),
                    new ParentVerdict(
                        Word.REMOVED_UNSEEN,
                        "the key '" + row.getString("label") + "' is assigned")))
        .list();
  }

  static List<Name> toAsk(Handle handle, Instant before, int limit) {
    return handle
        .createQuery(
            """
            SELECT zone FROM keyward.removed_zone
            WHERE checked_at IS NULL OR checked_at < ? ORDER BY checked_at NULLS FIRST LIMIT ?
            """)
        .bind(0, before.atOffset(ZoneOffset.UTC))
        .bind(1, limit)
        .mapTo(String.class)
        .stream()
        .map(StoredNames::parse)
        .flatMap(Optional::stream)
        .toList();
  }

  static void seen(Handle handle, Name zone, String ds, Instant now) {
    handle
        .createUpdate(
            """
            UPDATE keyward.removed_zone SET ds = :ds, checked_at = :now WHERE zone = ANY(:names)
            """)
        .bind("ds", ds)
        .bind("now", now.atOffset(ZoneOffset.UTC))
        .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
        .execute();
    handle.execute(
        "DELETE FROM keyward.removed_zone r WHERE (r.ds = '' AND r.checked_at > r.removed_at) OR NOT ("
            + NOT_BACK
            + ")");
  }
}
