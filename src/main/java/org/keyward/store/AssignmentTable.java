package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.dnssec.TimeText;
import org.keyward.keyset.PolicyRows;
import org.keyward.signing.SigningRequest;
import org.keyward.signing.SigningStore;
import org.keyward.signing.TokenKey;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** Which zone uses which key: {@code keyward.assignment}. */
final class AssignmentTable {
  private final KeyRows keys;
  private final String actor;

  /**
   * @param actor who is written into the audit log for what the signer does by itself
   */
  AssignmentTable(KeyRows keys, String actor) {
    this.keys = keys;
    this.actor = actor;
  }

  Optional<String> assign(
      Handle handle, long requestId, SigningStore.NewAssignment assignment, Instant now) {
    if (!RequestTable.isQueued(handle, requestId)) {
      return Optional.empty();
    }
    SigningRequest.Assign request = assignment.request();
    TokenKey key = assignment.key();
    Optional<Integer> zoneId =
        handle
            .createQuery("SELECT id FROM public.domains WHERE name = ANY(:names) FOR UPDATE")
            .bindArray("names", String.class, (Object[]) StoredNames.spellings(request.zone()))
            .mapTo(Integer.class)
            .findFirst();
    if (zoneId.isEmpty()) {
      return Optional.of(
          "there is no zone "
              + NameText.of(request.zone())
              + "; create it with 'keyward zone create'");
    }
    Optional<Taken> taken = taken(handle, zoneId.get(), key);
    if (taken.isPresent()) {
      return again(handle, requestId, request, taken.get(), now);
    }
    boolean adopts = AdoptionTable.isAdoption(handle, requestId);
    Optional<String> obstacle =
        obstacle(handle, zoneId.get(), request.zone(), assignment.mode(), adopts);
    if (obstacle.isPresent()) {
      return obstacle;
    }
    int tag = KeyRows.ksk(request.zone(), key).getFootprint();
    int keyId = KeyRows.keyId(handle, key, tag);
    int id = insert(handle, requestId, assignment, zoneId.get(), keyId, now);
    int zskTag = assignment.zsk().dnskey().getFootprint();
    if (adopts) {
      zskTag = KeyRows.addAdoptedZsk(handle, id, requestId);
      AdoptionTable.begin(handle, id, requestId);
    } else {
      keys.addZsk(handle, id, assignment.zsk());
    }
    handle.execute("UPDATE keyward.request SET state = 'started' WHERE id = ?", requestId);
    PostgresAudit.append(
        handle,
        SigningEvents.event(
            now,
            request.actor(),
            AuditEvent.Action.ASSIGN,
            request.zone(),
            key,
            tag,
            request.reason().isEmpty() ? "no reason given" : request.reason()));
    PostgresAudit.append(
        handle,
        SigningEvents.event(
            now,
            actor,
            AuditEvent.Action.ZSK_GENERATED,
            request.zone(),
            key,
            zskTag,
            adopts
                ? "ZSK in software, taken over from PowerDNS, sealed"
                : "ZSK in software, sealed"));
    return Optional.empty();
  }

  /** Why a zone without a key cannot have one. */
  static Optional<String> obstacle(
      Handle handle, int zoneId, Name zone, SigningMode mode, boolean adopts) {
    if (holds(
        handle,
        "SELECT upper(type) IN ('SLAVE', 'CONSUMER') FROM public.domains WHERE id = ?",
        zoneId)) {
      return Optional.of(
          NameText.of(zone)
              + " is a copy from another server, whose serial must not be moved here; sign it"
              + " there, or make its type NATIVE or MASTER");
    }
    if (!adopts
        && holds(
            handle,
            "SELECT EXISTS (SELECT FROM keyward.powerdns_keys WHERE domain_id = ?)",
            zoneId)) {
      return Optional.of(
          NameText.of(zone)
              + " is signed by PowerDNS with keys of its own; remove them first, after their DS"
              + " has left the parent");
    }
    return ModeTable.unfit(handle, zoneId, mode).map(why -> NameText.of(zone) + why);
  }

  private static boolean holds(Handle handle, String query, int zoneId) {
    return handle.createQuery(query).bind(0, zoneId).mapTo(Boolean.class).one();
  }

  /**
   * The key that a zone has already.
   *
   * @param same whether it is the one that was asked for
   */
  private record Taken(int id, String state, String label, String mode, boolean same) {}

  private static Optional<Taken> taken(Handle handle, int zoneId, TokenKey key) {
    return handle
        .createQuery(
            """
            SELECT a.id, a.state, k.label, coalesce(a.next_mode, a.mode) AS mode,
              (k.token_serial, k.public_key) = (:serial, :key) AS same
            FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
            WHERE a.domain_id = :zone AND a.state <> 'ended' FOR UPDATE OF a
            """)
        .bind("serial", key.serial())
        .bind("key", key.publicKey())
        .bind("zone", zoneId)
        .map(
            (row, context) ->
                new Taken(
                    row.getInt("id"),
                    row.getString("state"),
                    row.getString("label"),
                    row.getString("mode"),
                    row.getBoolean("same")))
        .findFirst();
  }

  /** Why asking for a key that is there does not change who signs; empty where nobody asked. */
  static Optional<String> otherMode(
      Name zone, String label, String present, Optional<String> wanted) {
    return wanted
        .filter(mode -> !mode.equals(present))
        .map(
            mode ->
                NameText.of(zone)
                    + " has the key '"
                    + label
                    + "' already, in mode "
                    + present
                    + "; change that with 'keyward mode "
                    + NameText.of(zone)
                    + " "
                    + mode
                    + "'");
  }

  /** Who asks for what there is has it; a zone that was to lose its key keeps it. */
  private static Optional<String> again(
      Handle handle, long requestId, SigningRequest.Assign request, Taken taken, Instant now) {
    Name zone = request.zone();
    boolean leaving = taken.state().equals("leaving");
    if (!taken.same()) {
      return Optional.of(
          NameText.of(zone)
              + " has the key '"
              + taken.label()
              + (leaving
                  ? "', and is on its way to unsigned; wait for that, or 'keyward unassign --cancel "
                      + NameText.of(zone)
                      + "' to stay signed with it"
                  : "' already; take it away first with 'keyward unassign "
                      + NameText.of(zone)
                      + "'"));
    }
    Optional<String> otherMode = otherMode(zone, taken.label(), taken.mode(), request.mode());
    if (otherMode.isPresent()) {
      return otherMode;
    }
    if (leaving) {
      Keeping.stay(handle, taken.id(), zone, request.actor(), request.reason(), now);
    }
    RequestTable.answer(
        handle,
        requestId,
        true,
        leaving
            ? Keeping.stays(zone, taken.label())
            : NameText.of(zone)
                + (taken.state().equals("signing") ? " is being signed" : " is signed")
                + " with the key '"
                + taken.label()
                + "' already");
    return Optional.empty();
  }

  private static int insert(
      Handle handle,
      long requestId,
      SigningStore.NewAssignment assignment,
      int zoneId,
      int keyId,
      Instant now) {
    String policy = policy(handle, requestId, zoneId);
    SigningStore.Terms terms =
        Optional.ofNullable(assignment.terms().get(policy))
            .orElseGet(() -> assignment.terms().get(PolicyRows.DEFAULT));
    SigningSchedule schedule = terms.schedule();
    return handle
        .createQuery(
            """
            INSERT INTO keyward.assignment (domain_id, zone, key_id, mode, state, validity, step,
              offset_before, runway, dnskey_ttl, request_id, assigned_at, assigned_by, reason,
              cds, cdnskey, terms_of)
            VALUES (?, ?, ?, ?, 'signing', ?, ?, ?, ?,
              CASE ? WHEN 'split' THEN coalesce(keyward.minimum_of(?), 3600) ELSE ? END,
              ?, ?, ?, ?, keyward.granted_wish(?, 'PUBLISH-CDS'),
              keyward.granted_wish(?, 'PUBLISH-CDNSKEY'), ?) RETURNING id
            """)
        .bind(0, zoneId)
        .bind(1, StoredNames.of(assignment.request().zone()))
        .bind(2, keyId)
        .bind(3, assignment.mode().word())
        .bind(4, schedule.validity().toSeconds())
        .bind(5, schedule.step().toSeconds())
        .bind(6, schedule.inceptionOffset().toSeconds())
        .bind(7, terms.runway().toSeconds())
        .bind(8, assignment.mode().word())
        .bind(9, zoneId)
        .bind(10, terms.dnskeyTtl().toSeconds())
        .bind(11, requestId)
        .bind(12, now.atOffset(ZoneOffset.UTC))
        .bind(13, assignment.request().actor())
        .bind(14, assignment.request().reason())
        .bind(15, zoneId)
        .bind(16, zoneId)
        .bind(17, policy)
        .mapTo(Integer.class)
        .one();
  }

  /** As {@code keyward.zone_policies} has it once the zone is assigned. */
  private static String policy(Handle handle, long requestId, int zoneId) {
    return handle
        .createQuery(
            """
            SELECT coalesce((SELECT min(m.content) FROM public.domainmetadata m
                WHERE m.domain_id = ? AND m.kind = 'X-KEYWARD-POLICY'),
              (SELECT 'as-before' FROM keyward.request q WHERE q.id = ? AND q.kind = 'adopt'),
              'default')
            """)
        .bind(0, zoneId)
        .bind(1, requestId)
        .mapTo(String.class)
        .one();
  }

  Optional<String> leave(
      Handle handle,
      long requestId,
      SigningRequest.Unassign request,
      Instant unsignAt,
      Instant now) {
    if (!RequestTable.isQueued(handle, requestId)) {
      return Optional.empty();
    }
    Optional<Live> found =
        handle
            .createQuery(
                """
                SELECT id, state, mode, unsign_at, request_id FROM keyward.assignment
                WHERE state <> 'ended' AND domain_id IN (
                  SELECT id FROM public.domains WHERE name = ANY(:names))
                FOR UPDATE
                """)
            .bindArray("names", String.class, (Object[]) StoredNames.spellings(request.zone()))
            .map((rs, context) -> live(rs))
            .findFirst();
    if (found.isEmpty()) {
      return Optional.of(NameText.of(request.zone()) + " has no key; nothing to take away");
    }
    Live live = found.get();
    if (live.state().equals("leaving")) {
      return Optional.of(
          NameText.of(request.zone())
              + " is on its way back already; it stays signed until "
              + TimeText.of(live.unsignAt())
              + "; 'keyward unassign --cancel "
              + NameText.of(request.zone())
              + "' keeps it signed");
    }
    if (live.mode().equals(SigningMode.POWERDNS.word())) {
      return Optional.of(
          NameText.of(request.zone())
              + " goes over to PowerDNS with its keys; when that is over, pdnsutil takes them away,"
              + " or 'keyward adopt-hsm' takes the zone back");
    }
    // Nobody has seen a signature of a zone that is not signed yet.
    Instant until = live.state().equals("signing") ? now : unsignAt;
    handle.execute(
        "UPDATE keyward.assignment SET state = 'leaving', unsign_at = ?, ended_by = ? WHERE id = ?",
        until.getEpochSecond(),
        request.actor(),
        live.id());
    String what =
        live.state().equals("signing")
            ? "was not signed yet and stays unsigned"
            : "stays signed until " + TimeText.of(until);
    PostgresAudit.append(
        handle,
        SigningEvents.event(
            now,
            request.actor(),
            AuditEvent.Action.UNASSIGN,
            request.zone(),
            request.reason().isEmpty() ? what : what + "; " + request.reason()));
    if (live.state().equals("signing")) {
      end(handle, live.id(), now);
      RequestTable.answer(
          handle,
          live.requestId(),
          false,
          NameText.of(request.zone()) + " was unassigned before it was signed");
    }
    RequestTable.answer(handle, requestId, true, NameText.of(request.zone()) + " " + what);
    return Optional.empty();
  }

  private record Live(int id, String state, String mode, Instant unsignAt, long requestId) {}

  private static Live live(ResultSet row) throws SQLException {
    return new Live(
        row.getInt("id"),
        row.getString("state"),
        row.getString("mode"),
        Instant.ofEpochSecond(row.getLong("unsign_at")),
        row.getLong("request_id"));
  }

  /** The private key of the ZSK goes with it. */
  static void end(Handle handle, int assignmentId, Instant now) {
    handle.execute(
        "UPDATE keyward.assignment SET state = 'ended', ended_at = ? WHERE id = ?",
        now.atOffset(ZoneOffset.UTC),
        assignmentId);
    handle.execute("DELETE FROM keyward.signing_work WHERE assignment_id = ?", assignmentId);
    handle.execute("DELETE FROM keyward.zsk WHERE assignment_id = ?", assignmentId);
  }

  static List<SigningStore.Leaving> leavingDue(Handle handle, Instant now, int limit) {
    return handle
        .createQuery(
            """
            SELECT id, zone FROM keyward.assignment
            WHERE state = 'leaving' AND unsign_at <= ? AND domain_id IS NOT NULL
            ORDER BY id LIMIT ?
            """)
        .bind(0, now.getEpochSecond())
        .bind(1, limit)
        .map(
            DamagedRows.passedOver(
                "keyward.assignment",
                (row, context) ->
                    new SigningStore.Leaving(
                        row.getInt("id"), StoredNames.parse(row.getString("zone")).orElseThrow())))
        .filter(Objects::nonNull)
        .list();
  }

  boolean endLeaving(Handle handle, SigningStore.Leaving leaving, Instant now) {
    Optional<Integer> zoneId =
        handle
            .createQuery(
                """
                SELECT domain_id FROM keyward.assignment
                WHERE id = ? AND state = 'leaving' AND unsign_at <= ? AND domain_id IS NOT NULL
                FOR UPDATE SKIP LOCKED
                """)
            .bind(0, leaving.assignmentId())
            .bind(1, now.getEpochSecond())
            .mapTo(Integer.class)
            .findFirst();
    zoneId.ifPresent(
        id -> {
          end(handle, leaving.assignmentId(), now);
          moved(handle, id);
          PostgresAudit.append(
              handle,
              SigningEvents.event(
                  now, actor, AuditEvent.Action.ZONE_UNSIGNED, leaving.zone(), "no longer signed"));
        });
    return zoneId.isPresent();
  }

  void stayLonger(
      Handle handle,
      SigningStore.Leaving leaving,
      Instant until,
      Optional<String> why,
      Instant now) {
    int found =
        handle.execute(
            """
            UPDATE keyward.assignment SET unsign_at = ?
            WHERE id = ? AND state = 'leaving' AND unsign_at < ?
            """,
            until.getEpochSecond(),
            leaving.assignmentId(),
            until.getEpochSecond());
    if (found == 1) {
      why.ifPresent(
          text ->
              PostgresAudit.append(
                  handle,
                  SigningEvents.event(
                      now,
                      actor,
                      AuditEvent.Action.ZONE_UNSIGNED,
                      AuditEvent.Result.REFUSED,
                      leaving.zone(),
                      text)));
    }
  }

  /** What is served of the zone changes now: servers read it anew, secondaries fetch it. */
  static void moved(Handle handle, int zoneId) {
    moved(handle, List.of(zoneId));
  }

  /** What is served of the zones changes now: servers read them anew, secondaries fetch them. */
  static void moved(Handle handle, List<Integer> zoneIds) {
    bumpZones(handle, zoneIds);
    call(handle, "SELECT 1 FROM keyward.touch_zones(:ids)", zoneIds);
  }

  /** Of those that are served signed. */
  static void bumpSerials(Handle handle, List<Integer> assignmentIds) {
    call(
        handle,
        """
        SELECT 1 FROM keyward.bump_serials(ARRAY(
          SELECT a.domain_id FROM keyward.assignment a
          WHERE a.id = ANY(:ids) AND a.state IN ('signed', 'leaving')
            AND a.domain_id IS NOT NULL))
        """,
        assignmentIds);
  }

  private static void bumpZones(Handle handle, List<Integer> zoneIds) {
    call(handle, "SELECT 1 FROM keyward.bump_serials(:ids)", zoneIds);
  }

  private static void call(Handle handle, String sql, List<Integer> ids) {
    if (!ids.isEmpty()) {
      handle.createQuery(sql).bindArray("ids", Integer.class, ids).mapTo(Integer.class).list();
    }
  }

  static int renewSerials(Handle handle, Instant now, int limit) {
    List<Integer> renewed =
        handle
            .createQuery(
                """
                UPDATE keyward.assignment SET renews_at = renews_at
                  + step * (1 + floor((:now - renews_at)::NUMERIC / step)::BIGINT)
                WHERE id IN (
                  SELECT id FROM keyward.assignment
                  WHERE state IN ('signed', 'leaving') AND renews_at <= :now
                    AND domain_id IS NOT NULL
                  ORDER BY renews_at LIMIT :limit FOR UPDATE SKIP LOCKED)
                OR id IN (
                  SELECT id FROM keyward.assignment
                  WHERE state IN ('signed', 'leaving') AND renews_at - step > :now
                    AND domain_id IS NOT NULL
                  LIMIT :limit FOR UPDATE SKIP LOCKED)
                RETURNING domain_id
                """)
            .bind("now", now.getEpochSecond())
            .bind("limit", limit)
            .mapTo(Integer.class)
            .list();
    bumpZones(handle, renewed);
    return renewed.size();
  }

  static int stepDenials(Handle handle, Instant now, int limit) {
    List<Integer> stepped =
        handle
            .createQuery("SELECT keyward.take_denial_steps(?, ?)")
            .bind(0, now.atOffset(ZoneOffset.UTC))
            .bind(1, limit)
            .mapTo(Integer.class)
            .list();
    bumpZones(handle, stepped);
    return stepped.size();
  }

  /**
   * In the transaction that stores a new zone's signature that is used now. Gives what is to be
   * appended to the audit log, whose head is locked last.
   */
  List<AuditEvent> turnSigned(Handle handle, List<Integer> assignmentIds, Instant now) {
    List<Turned> turned =
        handle
            .createQuery(
                """
                UPDATE keyward.assignment a SET state = 'signed', renews_at = (
                  SELECT min(s.active_from) + a.step FROM keyward.signed_set s
                  WHERE s.assignment_id = a.id), planned_until = CASE
                    WHEN a.cds IS NULL AND a.cdnskey IS NULL THEN a.planned_until ELSE 0 END
                WHERE id = ANY(:ids) AND state = 'signing' AND domain_id IS NOT NULL
                  AND adopt_after IS NULL
                  AND EXISTS (SELECT FROM keyward.signed_set s WHERE s.assignment_id = a.id
                    AND s.ttl = a.dnskey_ttl AND s.active_from <= :now AND s.expiration > :now)
                RETURNING id, domain_id, zone, request_id
                """)
            .bindArray("ids", Integer.class, assignmentIds)
            .bind("now", now.getEpochSecond())
            .map((rs, context) -> turned(rs))
            .stream()
            .sorted(Comparator.comparingInt(Turned::id))
            .toList();
    moved(handle, turned.stream().map(Turned::zoneId).toList());
    RequestTable.answerDone(
        handle,
        turned.stream()
            .collect(
                Collectors.toMap(
                    Turned::requestId,
                    zone -> NameText.of(zone.zone()) + " is signed",
                    (one, other) -> one)));
    return turned.stream()
        .map(
            zone ->
                SigningEvents.event(
                    now, actor, AuditEvent.Action.ZONE_SIGNED, zone.zone(), "signed from now on"))
        .toList();
  }

  private record Turned(int id, int zoneId, Name zone, long requestId) {}

  private static Turned turned(ResultSet row) throws SQLException {
    return new Turned(
        row.getInt("id"),
        row.getInt("domain_id"),
        StoredNames.parse(row.getString("zone")).orElseThrow(),
        row.getLong("request_id"));
  }

  static SigningSchedule schedule(ResultSet row) throws SQLException {
    return new SigningSchedule(
        Duration.ofSeconds(row.getLong("validity")),
        Duration.ofSeconds(row.getLong("step")),
        Duration.ofSeconds(row.getLong("offset_before")));
  }
}
