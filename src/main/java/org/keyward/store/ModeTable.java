package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.TimeText;
import org.keyward.signing.SigningRequest;
import org.keyward.zone.ModeSchedule;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** Who signs a zone: the modes in {@code keyward.assignment}, and the way from one to another. */
final class ModeTable {
  private final AdoptionTable adoptions;
  private final HandoverTable handovers;

  /**
   * @param actor who is written into the audit log for what the signer does by itself
   */
  ModeTable(HandoverTable handovers, String actor) {
    this.adoptions = new AdoptionTable(actor);
    this.handovers = handovers;
  }

  /** When and where the mode in a row of assignments was come to. */
  static ModeSchedule schedule(ResultSet row) throws SQLException {
    java.sql.Timestamp since = row.getTimestamp("mode_since");
    return new ModeSchedule(
        SigningMode.parse(row.getString("mode")).orElseThrow(),
        Optional.ofNullable(since).map(java.sql.Timestamp::toInstant),
        Duration.ofSeconds(row.getLong("mode_half_seconds")));
  }

  /**
   * What stands in the way of a mode, to be read after the zone's name; empty when nothing does.
   */
  static Optional<String> unfit(Handle handle, int zoneId, SigningMode mode) {
    return mode == SigningMode.SPLIT ? unfitForSplit(handle, zoneId) : Optional.empty();
  }

  /** A key that takes the place of another, to be read after the zone's name. */
  static Optional<String> rolls(Handle handle, int assignmentId, Name zone) {
    return RollTable.of(handle, assignmentId).isEmpty()
        ? Optional.empty()
        : Optional.of(
            " has a roll under way, and its mode changes when that is over; see 'keyward roll show "
                + NameText.of(zone)
                + "'");
  }

  private static Optional<String> unfitForSplit(Handle handle, int zoneId) {
    return first(
            handle,
            """
            SELECT kind FROM public.domainmetadata
            WHERE domain_id = :zone AND kind IN ('PUBLISH-CDS', 'PUBLISH-CDNSKEY')
            UNION ALL
            SELECT r.type FROM public.records r JOIN public.domains d ON d.id = r.domain_id
            WHERE d.id = :zone AND r.name = d.name AND r.type IN ('CDS', 'CDNSKEY')
              AND NOT coalesce(r.disabled, false)
            """,
            zoneId)
        .map(
            what ->
                " has "
                    + what
                    + ", which PowerDNS would sign with the ZSK in mode split (RFC 7344, section"
                    + " 4.1); delete it, or stay with mode presigned")
        .or(
            () ->
                first(
                        handle,
                        """
                        SELECT k.zone FROM keyward.powerdns_keys k
                        WHERE k.active AND k.domain_id IS DISTINCT FROM :zone
                        """,
                        zoneId)
                    .map(
                        other ->
                            " cannot be in mode split while PowerDNS signs "
                                + other
                                + " with keys of its own: with direct-dnskey-signature=yes it signs"
                                + " no DNSKEY set; use mode presigned"));
  }

  private static Optional<String> first(Handle handle, String query, int zoneId) {
    return handle
        .createQuery(query + " LIMIT 1")
        .bind("zone", zoneId)
        .mapTo(String.class)
        .findFirst();
  }

  private record Live(
      int id, int zoneId, String state, SigningMode mode, boolean waits, boolean changing) {}

  Optional<String> change(
      Handle handle, long requestId, SigningRequest.Mode request, SigningMode mode, Instant now) {
    if (!RequestTable.isQueued(handle, requestId)) {
      return Optional.empty();
    }
    Name zone = request.zone();
    Optional<Live> found = live(handle, zone, now);
    if (found.isEmpty()) {
      return Optional.of(
          NameText.of(zone)
              + " has no key that Keyward uses; 'keyward assign --mode "
              + mode.word()
              + "' gives it one");
    }
    Live live = found.get();
    if (live.waits() || live.changing()) {
      return Optional.of(
          NameText.of(zone) + " is changing its mode already; ask again when that is over");
    }
    if (!live.state().equals("signed")) {
      return Optional.of(
          NameText.of(zone) + " is " + live.state() + "; its mode changes when it is signed");
    }
    if (live.mode() == mode) {
      RequestTable.answer(
          handle, requestId, true, NameText.of(zone) + " is in mode " + mode.word() + " already");
      return Optional.empty();
    }
    Optional<String> unfit =
        rolls(handle, live.id(), zone).or(() -> unfit(handle, live.zoneId(), mode));
    if (unfit.isEmpty() && mode == SigningMode.PRESIGNED) {
      unfit = liveTypes(handle, live.zoneId());
    }
    if (unfit.isEmpty() && mode == SigningMode.POWERDNS) {
      unfit = handovers.begin(handle, live.id(), live.mode(), requestId, request, now);
    }
    if (unfit.isPresent()) {
      return Optional.of(NameText.of(zone) + unfit.get());
    }
    if (mode != SigningMode.POWERDNS) {
      begin(handle, live, requestId, mode);
    }
    PostgresAudit.append(
        handle,
        SigningEvents.event(
            now,
            request.actor(),
            AuditEvent.Action.MODE_CHANGED,
            zone,
            "from "
                + live.mode().word()
                + " to "
                + mode.word()
                + (request.reason().isEmpty() ? "" : "; " + request.reason())));
    return Optional.empty();
  }

  private static Optional<Live> live(Handle handle, Name zone, Instant now) {
    return handle
        .createQuery(
            """
            SELECT a.*, mode = 'powerdns'
              OR coalesce(mode_since + 2 * mode_half > :now, false) AS changing
            FROM keyward.assignment a
            WHERE state <> 'ended' AND domain_id IN (
              SELECT id FROM public.domains WHERE name = ANY(:names))
            FOR UPDATE
            """)
        .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
        .bind("now", now.atOffset(ZoneOffset.UTC))
        .map(
            (row, context) ->
                new Live(
                    row.getInt("id"),
                    row.getInt("domain_id"),
                    row.getString("state"),
                    SigningMode.parse(row.getString("mode")).orElseThrow(),
                    row.getString("next_mode") != null,
                    row.getBoolean("changing")))
        .findFirst();
  }

  /** What of the zone cannot be signed ahead, to be read after its name; empty when all can. */
  static Optional<String> liveTypes(Handle handle, int zoneId) {
    return first(
            handle,
            """
            SELECT r.name || ' ' || r.type FROM public.records r
            WHERE r.domain_id = :zone AND r.type IN ('ALIAS', 'LUA', 'A+', 'WALLET')
              AND NOT coalesce(r.disabled, false)
            """,
            zoneId)
        .map(
            what ->
                " has "
                    + what
                    + ", which PowerDNS expands while it answers, so that it cannot be signed"
                    + " ahead; replace it by addresses first");
  }

  /** To split by way of new signatures where the SOA minimum is not the TTL of the DNSKEY set. */
  private static void begin(Handle handle, Live live, long requestId, SigningMode mode) {
    handle.execute(
        "UPDATE keyward.assignment SET next_mode = ?, request_id = ? WHERE id = ?",
        mode.word(),
        requestId,
        live.id());
    handle.execute(
        """
        UPDATE keyward.assignment
        SET dnskey_ttl = keyward.minimum_of(domain_id), planned_until = 0
        WHERE id = ? AND next_mode = 'split' AND dnskey_ttl <> keyward.minimum_of(domain_id)
        """,
        live.id());
    handle.execute("UPDATE keyward.request SET state = 'started' WHERE id = ?", requestId);
  }

  int step(Handle handle, Instant now, int limit) {
    List<Arrived> arrived = arrived(handle, now, limit);
    AssignmentTable.moved(handle, arrived.stream().map(Arrived::zoneId).toList());
    for (Arrived zone : arrived) {
      RequestTable.answer(
          handle,
          zone.requestId(),
          true,
          NameText.of(StoredNames.parse(zone.zone()).orElseThrow())
              + " goes to mode "
              + zone.mode()
              + " with the same keys; done at "
              + TimeText.of(zone.doneAt()));
    }
    List<Integer> stepped =
        handle
            .createQuery("SELECT keyward.take_mode_steps(?, ?)")
            .bind(0, now.atOffset(ZoneOffset.UTC))
            .bind(1, limit)
            .mapTo(Integer.class)
            .list();
    AssignmentTable.moved(handle, stepped);
    return arrived.size()
        + stepped.size()
        + adoptions.step(handle, now)
        + handovers.end(handle, now);
  }

  private record Arrived(int zoneId, String zone, String mode, long requestId, Instant doneAt) {}

  /** Those whose first signatures are there; from now on PowerDNS sees the change. */
  private static List<Arrived> arrived(Handle handle, Instant now, int limit) {
    return handle
        .createQuery(
            """
            UPDATE keyward.assignment a
            SET mode = next_mode, next_mode = NULL, mode_since = :now, mode_due = :now + mode_half
            WHERE a.id IN (
              SELECT id FROM keyward.assignment n
              WHERE n.next_mode IS NOT NULL AND n.state = 'signed' AND n.domain_id IS NOT NULL
                AND n.planned_until > extract(epoch FROM :now)
                AND EXISTS (SELECT FROM keyward.signed_set s WHERE s.assignment_id = n.id
                  AND s.ttl = n.dnskey_ttl AND to_timestamp(s.inception) <= :now
                  AND to_timestamp(s.expiration) > :now)
                AND NOT EXISTS (SELECT FROM keyward.signing_work w WHERE w.assignment_id = n.id)
              LIMIT :limit FOR UPDATE SKIP LOCKED)
            RETURNING a.domain_id, a.zone, a.mode, a.request_id,
              a.mode_since + 2 * a.mode_half AS done_at
            """)
        .bind("now", now.atOffset(ZoneOffset.UTC))
        .bind("limit", limit)
        .map(
            (row, context) ->
                new Arrived(
                    row.getInt("domain_id"),
                    row.getString("zone"),
                    row.getString("mode"),
                    row.getLong("request_id"),
                    row.getTimestamp("done_at").toInstant()))
        .list();
  }
}
