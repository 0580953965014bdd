package org.keyward.store;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.TimeText;
import org.xbill.DNS.Name;

/**
 * Zones that come over from PowerDNS's own signing with the same keys. Their first signatures are
 * made while PowerDNS goes on; then it is a change of mode like any other, in which PowerDNS has
 * the keys of PowerDNS until its end.
 */
final class AdoptionTable {
  private final String actor;

  AdoptionTable(String actor) {
    this.actor = actor;
  }

  static boolean isAdoption(Handle handle, long requestId) {
    return handle
        .createQuery("SELECT kind = 'adopt' FROM keyward.request WHERE id = ?")
        .bind(0, requestId)
        .mapTo(Boolean.class)
        .one();
  }

  /** PowerDNS gives the SOA minimum to the DNSKEY set as its TTL, which stays. */
  static void begin(Handle handle, int assignmentId, long requestId) {
    handle.execute(
        """
        UPDATE keyward.assignment a SET adopt_after = r.not_before,
          dnskey_ttl = coalesce(keyward.minimum_of(a.domain_id), a.dnskey_ttl)
        FROM keyward.request r WHERE a.id = ? AND r.id = ?
        """,
        assignmentId,
        requestId);
  }

  /** Gives how many zones have come to their next step. */
  int step(Handle handle, Instant now) {
    List<Turned> turned = turn(handle, now);
    for (Turned zone : turned) {
      AssignmentTable.moved(handle, zone.zoneId());
      Name name = StoredNames.parse(zone.zone()).orElseThrow();
      PostgresAudit.append(
          handle,
          SigningEvents.event(
              now,
              actor,
              AuditEvent.Action.ZONE_SIGNED,
              name,
              "goes over from PowerDNS's signatures, with the same keys"));
      RequestTable.answer(
          handle,
          zone.requestId(),
          true,
          NameText.of(name) + " goes over with the same keys; done at " + TimeText.of(zone.end()));
    }
    return turned.size() + end(handle, now);
  }

  private record Turned(int zoneId, String zone, long requestId, Instant end) {}

  private static List<Turned> turn(Handle handle, Instant now) {
    return handle
        .createQuery(
            """
            UPDATE keyward.assignment a
            SET state = 'signed', mode_since = :now, mode_due = :now + mode_half,
              renews_at = (SELECT min(s.active_from) + a.step FROM keyward.signed_set s
                WHERE s.assignment_id = a.id)
            WHERE a.id IN (
              SELECT n.id FROM keyward.assignment n
              WHERE n.adopt_after <= :now AND n.state = 'signing' AND n.domain_id IS NOT NULL
                AND EXISTS (SELECT FROM keyward.signed_set s WHERE s.assignment_id = n.id
                  AND to_timestamp(s.inception) <= :now AND to_timestamp(s.expiration) > :now)
                AND n.planned_until > extract(epoch FROM :now)
                AND NOT EXISTS (SELECT FROM keyward.signing_work w WHERE w.assignment_id = n.id)
              FOR UPDATE SKIP LOCKED)
            RETURNING a.domain_id, a.zone, a.request_id, a.mode_since + 2 * a.mode_half AS ends
            """)
        .bind("now", now.atOffset(ZoneOffset.UTC))
        .map(
            (row, context) ->
                new Turned(
                    row.getInt("domain_id"),
                    row.getString("zone"),
                    row.getLong("request_id"),
                    row.getTimestamp("ends").toInstant()))
        .list();
  }

  private int end(Handle handle, Instant now) {
    List<String> over =
        handle
            .createQuery("SELECT zone FROM keyward.end_adoptions(?)")
            .bind(0, now.atOffset(ZoneOffset.UTC))
            .mapTo(String.class)
            .list();
    for (String zone : over) {
      Optional<Name> name = StoredNames.parse(zone);
      PostgresAudit.append(
          handle,
          SigningEvents.event(
              now,
              actor,
              AuditEvent.Action.CRYPTOKEY_REMOVED,
              name.orElseThrow(),
              "all keys of PowerDNS: Keyward signs the zone now"));
    }
    return over.size();
  }
}
