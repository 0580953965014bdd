package org.keyward.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.NameText;
import org.keyward.keyset.WantedDs;
import org.keyward.signing.ParentVerdict;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;

/**
 * DS records in parent zones of this database that Keyward writes: those whose child has a policy
 * that says so. A DS of no key of the child is somebody else's, and stays.
 */
final class ParentRecords {
  private ParentRecords() {}

  /**
   * A zone above, in this database.
   *
   * @param name as listings write it
   */
  private record Parent(int id, String name) {}

  private record Row(long id, String content) {}

  /**
   * The assignments of zones that have such a parent, and have had no DS since they got their key,
   * the longest unasked first. Who took a DS away wants it so: to unassign the zone, for one.
   */
  static List<Integer> without(Handle handle, Instant askedBefore, int limit) {
    return handle
        .createQuery(
            """
            SELECT h.assignment_id FROM keyward.parents_here h
            JOIN keyward.assignment a ON a.id = h.assignment_id, LATERAL (
              SELECT max(z.asked_at) AS asked_at FROM keyward.zone_server z
              WHERE z.assignment_id = a.id) s
            WHERE h.writes AND h.obstacle IS NULL AND a.state = 'signed'
              AND a.mode IN ('presigned', 'split') AND a.next_mode IS NULL AND a.adopt_after IS NULL
              AND coalesce(a.cds, '') <> '0' AND coalesce(a.cdnskey, '') <> '0'
              AND NOT EXISTS (SELECT FROM keyward.roll r
                WHERE r.assignment_id = a.id AND r.role = 'ksk')
              AND NOT EXISTS (SELECT FROM public.records r WHERE r.domain_id = h.parent_id
                AND r.name = h.zone AND r.type = 'DS' AND NOT coalesce(r.disabled, false))
              AND NOT EXISTS (SELECT FROM keyward.parent_ds_ttl t
                WHERE t.domain_id = a.domain_id AND t.seen_at > a.assigned_at)
              AND (s.asked_at IS NULL OR s.asked_at < :before)
            ORDER BY s.asked_at NULLS FIRST LIMIT :limit
            """)
        .bind("before", KeySetRows.at(askedBefore))
        .bind("limit", limit)
        .mapTo(Integer.class)
        .list();
  }

  /**
   * Since when each server of the zone shows what it shows; one that does not answer shows the zone
   * of before until that has expired, which is as long as the SOA record says.
   */
  static Optional<Instant> shownSince(Handle handle, int assignmentId) {
    return handle
        .createQuery(
            """
            SELECT CASE WHEN bool_and(z.failing_since IS NULL OR s.expire IS NOT NULL) THEN
              max(CASE WHEN z.failing_since IS NULL THEN z.shown_since
                ELSE z.failing_since + make_interval(secs => s.expire) END) END
            FROM keyward.zone_server z LEFT JOIN LATERAL (
              SELECT max(substring(r.content FROM '^\\S+\\s+\\S+\\s+\\d+\\s+\\d+\\s+\\d+\\s+(\\d{1,10})\\s'
                )::BIGINT) AS expire
              FROM keyward.assignment a JOIN public.records r ON r.domain_id = a.domain_id
              WHERE a.id = z.assignment_id AND r.type = 'SOA' AND NOT coalesce(r.disabled, false)) s
              ON true
            WHERE z.assignment_id = :id
            """)
        .bind("id", assignmentId)
        .map((row, context) -> Optional.ofNullable(row.getTimestamp(1)).map(at -> at.toInstant()))
        .one();
  }

  /**
   * Writes what is wanted and is not so, with its audit rows.
   *
   * @return whether anything was to be written
   */
  static boolean write(
      Handle handle, KeySetRows.Zone zone, WantedDs wanted, String actor, Instant now) {
    if (wanted.equals(WantedDs.NOTHING)) {
      return false;
    }
    return parent(handle, zone.id())
        .map(parent -> write(handle, zone, parent, wanted, actor, now))
        .orElse(false);
  }

  private static Optional<Parent> parent(Handle handle, int assignmentId) {
    return handle
        .createQuery(
            """
            SELECT parent_id, parent FROM keyward.parents_here
            WHERE assignment_id = ? AND writes AND obstacle IS NULL
            """)
        .bind(0, assignmentId)
        .map((row, context) -> new Parent(row.getInt(1), NameText.of(name(row.getString(2)))))
        .findFirst();
  }

  private static org.xbill.DNS.Name name(String stored) {
    return StoredNames.parse(stored).orElseThrow();
  }

  private static boolean write(
      Handle handle,
      KeySetRows.Zone zone,
      Parent parent,
      WantedDs wanted,
      String actor,
      Instant now) {
    List<Row> rows = rows(handle, parent, zone);
    List<KskRows.Ksk> ksks = KskRows.of(handle, zone.id()).getOrDefault(zone.id(), List.of());
    List<String> added = new ArrayList<>();
    dnskey(zone, ksks, wanted.there())
        .filter(key -> of(rows, key).isEmpty())
        .ifPresent(key -> added.add(ds(key)));
    boolean mayGo =
        dnskey(zone, ksks, wanted.beside()).filter(key -> !of(rows, key).isEmpty()).isPresent();
    List<Row> removed =
        mayGo
            ? dnskey(zone, ksks, wanted.gone()).map(key -> of(rows, key)).orElse(List.of())
            : List.of();
    if (added.isEmpty() && removed.isEmpty()) {
      return false;
    }
    handle
        .createQuery("SELECT keyward.write_parent_ds(:id, :added, :removed)")
        .bind("id", zone.id())
        .bindArray("added", String.class, added.toArray())
        .bindArray("removed", Long.class, removed.stream().map(Row::id).toArray())
        .mapTo(Integer.class)
        .one();
    added.forEach(ds -> audit(handle, zone, "DS " + ds + " added to ", parent, actor, now));
    removed.forEach(
        row -> audit(handle, zone, "DS " + row.content() + " removed from ", parent, actor, now));
    return true;
  }

  private static List<Row> rows(Handle handle, Parent parent, KeySetRows.Zone zone) {
    return handle
        .createQuery(
            """
            SELECT id, content FROM public.records WHERE domain_id = :parent AND name = ANY(:names)
              AND type = 'DS' AND NOT coalesce(disabled, false) ORDER BY id
            """)
        .bind("parent", parent.id())
        .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone.origin()))
        .map((row, context) -> new Row(row.getLong(1), row.getString(2)))
        .list();
  }

  private static Optional<DNSKEYRecord> dnskey(
      KeySetRows.Zone zone, List<KskRows.Ksk> ksks, Optional<Integer> id) {
    return id.flatMap(
        wanted ->
            ksks.stream()
                .filter(ksk -> -ksk.id() == wanted)
                .map(ksk -> ksk.dnskey(zone.origin()))
                .findFirst());
  }

  /** Of any digest type. */
  private static List<Row> of(List<Row> rows, DNSKEYRecord key) {
    return rows.stream().filter(row -> ParentVerdict.isDsOf(row.content(), key)).toList();
  }

  private static String ds(DNSKEYRecord key) {
    return new DSRecord(key.getName(), DClass.IN, 0, DNSSEC.Digest.SHA256, key).rdataToString();
  }

  private static void audit(
      Handle handle, KeySetRows.Zone zone, String what, Parent parent, String actor, Instant now) {
    PostgresAudit.append(
        handle,
        List.of(
            SigningEvents.event(
                now,
                actor,
                AuditEvent.Action.PARENT_DS_CHANGED,
                zone.origin(),
                what + parent.name() + ", a zone of this database")));
  }
}
