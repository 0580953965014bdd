package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.dnssec.ValidityWindow;
import org.keyward.signing.Seal;
import org.keyward.signing.SigningRequest;
import org.keyward.signing.SigningStore;
import org.keyward.signing.TokenKey;
import org.keyward.signing.TokenState;
import org.keyward.zone.SignedKeySet;
import org.keyward.zone.ZoneSigning;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Type;

/** Assignments, signatures and requests in PostgreSQL. Thread-safe. */
public final class PostgresSigning implements SigningStore, SigningReader {
  /** How long expired signatures of the KSK stay, for people to look at. */
  private static final Duration KEPT = Duration.ofDays(30);

  private final Database database;
  private final Seal seal;
  private final String actor;

  /**
   * @param actor who is written into the audit log for what the signer does by itself
   */
  public PostgresSigning(Database database, Seal seal, String actor) {
    this.database = database;
    this.seal = seal;
    this.actor = actor;
  }

  @Override
  public List<Queued> queued(int limit) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    "SELECT * FROM keyward.request WHERE state = 'queued' ORDER BY id LIMIT ?")
                .bind(0, limit)
                .map((rs, context) -> queued(handle, rs))
                .stream()
                .flatMap(Optional::stream)
                .toList());
  }

  private static Optional<Queued> queued(Handle handle, ResultSet row) throws SQLException {
    Optional<Name> zone = StoredNames.parse(row.getString("zone"));
    if (zone.isEmpty()) {
      answer(handle, row.getLong("id"), false, "'" + row.getString("zone") + "' is no domain name");
    }
    return zone.isEmpty() ? Optional.empty() : Optional.of(queued(row, zone.get()));
  }

  private static Queued queued(ResultSet row, Name zone) throws SQLException {
    String reason = row.getString("reason");
    String asker = row.getString("actor");
    return new Queued(
        row.getLong("id"),
        row.getString("kind").equals("assign")
            ? new SigningRequest.Assign(
                zone,
                row.getString("token"),
                row.getString("label"),
                Algorithm.ofNumber(row.getInt("algorithm")),
                reason,
                asker)
            : new SigningRequest.Unassign(
                zone, Duration.ofSeconds(row.getLong("hold")), reason, asker));
  }

  @Override
  public void refuse(Queued queued, AuditEvent.Result result, String why, Instant now) {
    database.useTransaction(
        handle -> {
          if (!isQueued(handle, queued.id())) {
            return;
          }
          answer(handle, queued.id(), false, why);
          SigningRequest request = queued.request();
          PostgresAudit.append(handle, refusal(request, result, why, now));
        });
  }

  private static AuditEvent refusal(
      SigningRequest request, AuditEvent.Result result, String why, Instant now) {
    Optional<String> label =
        request instanceof SigningRequest.Assign assign
            ? Optional.of(assign.label())
            : Optional.empty();
    return new AuditEvent(
        now,
        request.actor(),
        label.isPresent() ? AuditEvent.Action.ASSIGN : AuditEvent.Action.UNASSIGN,
        result,
        Optional.of(request.zone().toString()),
        Optional.empty(),
        label,
        Optional.empty(),
        Optional.empty(),
        why);
  }

  /** Whether nobody has carried the request out; nobody else will until the transaction ends. */
  private static boolean isQueued(Handle handle, long requestId) {
    return handle
        .createQuery("SELECT 1 FROM keyward.request WHERE id = ? AND state = 'queued' FOR UPDATE")
        .bind(0, requestId)
        .mapTo(Integer.class)
        .findFirst()
        .isPresent();
  }

  private static void answer(Handle handle, long requestId, boolean done, String text) {
    handle.execute(
        """
        UPDATE keyward.request SET state = ?, answer = ?, answered_at = now()
        WHERE id = ? AND state IN ('queued', 'started')
        """,
        done ? "done" : "failed",
        text,
        requestId);
  }

  @Override
  public boolean parentHasDs(Name zone) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT EXISTS (SELECT FROM public.records
                      WHERE type = 'DS' AND name = ANY(:names) AND NOT coalesce(disabled, false))
                    """)
                .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
                .mapTo(Boolean.class)
                .one());
  }

  @Override
  public Optional<String> assign(long requestId, NewAssignment assignment, Instant now) {
    return database.inTransaction(handle -> assign(handle, requestId, assignment, now));
  }

  private Optional<String> assign(
      Handle handle, long requestId, NewAssignment assignment, Instant now) {
    if (!isQueued(handle, requestId)) {
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
          "there is no zone " + request.zone() + "; create it with 'keyward zone create'");
    }
    boolean secondary =
        handle
            .createQuery(
                """
                SELECT EXISTS (SELECT FROM public.domains
                  WHERE id = ? AND upper(type) IN ('SLAVE', 'CONSUMER'))
                """)
            .bind(0, zoneId.get())
            .mapTo(Boolean.class)
            .one();
    if (secondary) {
      return Optional.of(
          request.zone()
              + " is a copy from another server, whose serial must not be moved here; sign it there,"
              + " or make its type NATIVE or MASTER");
    }
    Optional<String> taken =
        handle
            .createQuery(
                """
                SELECT k.label FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
                WHERE a.domain_id = ? AND a.state <> 'ended'
                """)
            .bind(0, zoneId.get())
            .mapTo(String.class)
            .findFirst();
    if (taken.isPresent()) {
      return Optional.of(
          request.zone()
              + " has the key '"
              + taken.get()
              + "' already; take it away first with 'keyward unassign "
              + request.zone()
              + "'");
    }
    boolean live =
        handle
            .createQuery("SELECT EXISTS (SELECT FROM public.cryptokeys WHERE domain_id = ?)")
            .bind(0, zoneId.get())
            .mapTo(Boolean.class)
            .one();
    if (live) {
      return Optional.of(
          request.zone()
              + " is signed by PowerDNS with keys in cryptokeys; remove them first, after their DS"
              + " has left the parent");
    }
    int tag = ksk(request.zone(), key).getFootprint();
    int keyId = keyId(handle, key, tag);
    int id = insert(handle, requestId, assignment, zoneId.get(), keyId, now);
    addZsk(handle, id, assignment.zsk());
    handle.execute("UPDATE keyward.request SET state = 'started' WHERE id = ?", requestId);
    PostgresAudit.append(
        handle,
        event(
            now,
            request.actor(),
            AuditEvent.Action.ASSIGN,
            request.zone(),
            key,
            tag,
            request.reason().isEmpty() ? "no reason given" : request.reason()));
    PostgresAudit.append(
        handle,
        event(
            now,
            actor,
            AuditEvent.Action.ZSK_GENERATED,
            request.zone(),
            key,
            assignment.zsk().dnskey().getFootprint(),
            "ZSK in software, sealed"));
    return Optional.empty();
  }

  private static DNSKEYRecord ksk(Name zone, TokenKey key) {
    return SoftwareKeys.dnskey(zone, SoftwareKeys.KSK_FLAGS, key.algorithm(), key.publicKey());
  }

  private static int keyId(Handle handle, TokenKey key, int tag) {
    return handle
        .createQuery(
            """
            INSERT INTO keyward.key
              (token_serial, token_name, label, cka_id, algorithm, public_key, key_tag)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (token_serial, algorithm, public_key)
            DO UPDATE SET token_name = EXCLUDED.token_name, label = EXCLUDED.label
            RETURNING id
            """)
        .bind(0, key.serial())
        .bind(1, key.token())
        .bind(2, key.label())
        .bind(3, key.ckaId())
        .bind(4, key.algorithm().number())
        .bind(5, key.publicKey())
        .bind(6, tag)
        .mapTo(Integer.class)
        .one();
  }

  private static int insert(
      Handle handle, long requestId, NewAssignment assignment, int zoneId, int keyId, Instant now) {
    SigningSchedule schedule = assignment.schedule();
    return handle
        .createQuery(
            """
            INSERT INTO keyward.assignment (domain_id, zone, key_id, mode, state, validity, step,
              offset_before, runway, dnskey_ttl, request_id, assigned_at, assigned_by, reason)
            VALUES (?, ?, ?, 'presigned', 'signing', ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
            """)
        .bind(0, zoneId)
        .bind(1, StoredNames.of(assignment.request().zone()))
        .bind(2, keyId)
        .bind(3, schedule.validity().toSeconds())
        .bind(4, schedule.step().toSeconds())
        .bind(5, schedule.inceptionOffset().toSeconds())
        .bind(6, assignment.runway().toSeconds())
        .bind(7, assignment.dnskeyTtl().toSeconds())
        .bind(8, requestId)
        .bind(9, now.atOffset(ZoneOffset.UTC))
        .bind(10, assignment.request().actor())
        .bind(11, assignment.request().reason())
        .mapTo(Integer.class)
        .one();
  }

  private void addZsk(Handle handle, int assignmentId, SoftwareKey zsk) {
    DNSKEYRecord dnskey = zsk.dnskey();
    handle.execute(
        """
        INSERT INTO keyward.zsk (assignment_id, algorithm, public_key, key_tag, sealed)
        VALUES (?, ?, ?, ?, ?)
        """,
        assignmentId,
        dnskey.getAlgorithm(),
        dnskey.getKey(),
        dnskey.getFootprint(),
        seal.seal(zsk.privateKey().getEncoded(), sealContext(dnskey)));
  }

  private static String sealContext(DNSKEYRecord dnskey) {
    return StoredNames.of(dnskey.getName()) + " ZSK " + dnskey.getFootprint();
  }

  private static AuditEvent event(
      Instant now,
      String who,
      AuditEvent.Action action,
      Name zone,
      TokenKey key,
      int tag,
      String detail) {
    return new AuditEvent(
        now,
        who,
        action,
        AuditEvent.Result.DONE,
        Optional.of(zone.toString()),
        Optional.of(key.serial()),
        Optional.of(key.label()),
        Optional.of(key.ckaId()),
        Optional.of(tag),
        detail);
  }

  private static AuditEvent event(
      Instant now, String who, AuditEvent.Action action, Name zone, String detail) {
    return new AuditEvent(
        now,
        who,
        action,
        AuditEvent.Result.DONE,
        Optional.of(zone.toString()),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        detail);
  }

  @Override
  public Optional<String> leave(
      long requestId, SigningRequest.Unassign request, Instant unsignAt, Instant now) {
    return database.inTransaction(
        handle ->
            isQueued(handle, requestId)
                ? leave(handle, requestId, request, unsignAt, now)
                : Optional.empty());
  }

  private Optional<String> leave(
      Handle handle,
      long requestId,
      SigningRequest.Unassign request,
      Instant unsignAt,
      Instant now) {
    Optional<Live> found =
        handle
            .createQuery(
                """
                SELECT id, state, unsign_at, request_id FROM keyward.assignment
                WHERE state <> 'ended' AND domain_id IN (
                  SELECT id FROM public.domains WHERE name = ANY(:names))
                FOR UPDATE
                """)
            .bindArray("names", String.class, (Object[]) StoredNames.spellings(request.zone()))
            .map((rs, context) -> live(rs))
            .findFirst();
    if (found.isEmpty()) {
      return Optional.of(request.zone() + " has no key; nothing to take away");
    }
    Live live = found.get();
    if (live.state().equals("leaving")) {
      return Optional.of(
          request.zone() + " is on its way back already; it stays signed until " + live.unsignAt());
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
            : "stays signed until " + until;
    PostgresAudit.append(
        handle,
        event(
            now,
            request.actor(),
            AuditEvent.Action.UNASSIGN,
            request.zone(),
            request.reason().isEmpty() ? what : what + "; " + request.reason()));
    if (live.state().equals("signing")) {
      end(handle, live.id(), now);
      answer(
          handle, live.requestId(), false, request.zone() + " was unassigned before it was signed");
    }
    answer(handle, requestId, true, request.zone() + " " + what);
    return Optional.empty();
  }

  private record Live(int id, String state, Instant unsignAt, long requestId) {}

  private static Live live(ResultSet row) throws SQLException {
    return new Live(
        row.getInt("id"),
        row.getString("state"),
        Instant.ofEpochSecond(row.getLong("unsign_at")),
        row.getLong("request_id"));
  }

  /** The private key of the ZSK goes with it. */
  private static void end(Handle handle, int assignmentId, Instant now) {
    handle.execute(
        "UPDATE keyward.assignment SET state = 'ended', ended_at = ? WHERE id = ?",
        now.atOffset(ZoneOffset.UTC),
        assignmentId);
    handle.execute("DELETE FROM keyward.signing_work WHERE assignment_id = ?", assignmentId);
    handle.execute("DELETE FROM keyward.zsk WHERE assignment_id = ?", assignmentId);
  }

  @Override
  public int endLeaving(Instant now) {
    return database.inTransaction(
        handle -> {
          List<Turned> due =
              handle
                  .createQuery(
                      """
                      SELECT a.id, a.domain_id, a.zone, a.request_id FROM keyward.assignment a
                      WHERE a.state = 'leaving' AND a.unsign_at <= ? AND a.domain_id IS NOT NULL
                        AND NOT EXISTS (SELECT FROM public.records r
                          WHERE r.type = 'DS' AND r.name = a.zone
                            AND NOT coalesce(r.disabled, false))
                      ORDER BY a.id LIMIT 256 FOR UPDATE SKIP LOCKED
                      """)
                  .bind(0, now.getEpochSecond())
                  .map((rs, context) -> turned(rs))
                  .list();
          for (Turned zone : due) {
            end(handle, zone.id(), now);
            moved(handle, zone.zoneId());
            PostgresAudit.append(
                handle,
                event(
                    now,
                    actor,
                    AuditEvent.Action.ZONE_UNSIGNED,
                    StoredNames.parse(zone.zone()).orElseThrow(),
                    "no longer signed"));
          }
          return due.size();
        });
  }

  /** What is served of the zone changes now: servers read it anew, secondaries fetch it. */
  private static void moved(Handle handle, int zoneId) {
    handle
        .createQuery("SELECT 1 FROM keyward.bump_serial(?)")
        .bind(0, zoneId)
        .mapTo(Integer.class)
        .list();
    handle
        .createQuery("SELECT 1 FROM keyward.touch_zone(?)")
        .bind(0, zoneId)
        .mapTo(Integer.class)
        .list();
  }

  @Override
  public List<Planned> toPlan(Instant now, int limit) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT * FROM keyward.assignment
                    WHERE state <> 'ended' AND domain_id IS NOT NULL
                      AND planned_until - runway < ?
                    ORDER BY planned_until LIMIT ?
                    """)
                .bind(0, now.getEpochSecond())
                .bind(1, limit)
                .map(
                    (rs, context) ->
                        new Planned(
                            rs.getInt("id"),
                            StoredNames.parse(rs.getString("zone")).orElseThrow(),
                            schedule(rs),
                            Duration.ofSeconds(rs.getLong("runway")),
                            Instant.ofEpochSecond(rs.getLong("planned_until")),
                            !rs.getString("state").equals("signing")))
                .list());
  }

  private static SigningSchedule schedule(ResultSet row) throws SQLException {
    return new SigningSchedule(
        Duration.ofSeconds(row.getLong("validity")),
        Duration.ofSeconds(row.getLong("step")),
        Duration.ofSeconds(row.getLong("offset_before")));
  }

  @Override
  public int plan(Planned assignment, List<ValidityWindow> windows) {
    if (windows.isEmpty()) {
      return 0;
    }
    return database.inTransaction(
        handle -> {
          for (ValidityWindow window : windows) {
            handle.execute(
                """
                INSERT INTO keyward.signing_work
                  (assignment_id, active_from, inception, expiration, token_serial, needed_by)
                SELECT a.id, ?, ?, ?, k.token_serial,
                  CASE WHEN a.state = 'signing'
                    THEN extract(epoch FROM a.assigned_at)::BIGINT + a.step ELSE ? END
                FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
                WHERE a.id = ? AND a.state <> 'ended' AND NOT EXISTS (
                  SELECT FROM keyward.signed_set s
                  WHERE s.assignment_id = a.id AND s.active_from = ?)
                ON CONFLICT DO NOTHING
                """,
                window.activeFrom().getEpochSecond(),
                window.inception().getEpochSecond(),
                window.expiration().getEpochSecond(),
                neededBy(assignment, window),
                assignment.assignmentId(),
                window.activeFrom().getEpochSecond());
          }
          handle.execute(
              "UPDATE keyward.assignment SET planned_until = ? WHERE id = ?",
              windows.get(windows.size() - 1).expiration().getEpochSecond(),
              assignment.assignmentId());
          return windows.size();
        });
  }

  /**
   * When the signature before it ends. A new zone has none and counts as one step from when it was
   * asked for.
   */
  private static long neededBy(Planned assignment, ValidityWindow window) {
    SigningSchedule schedule = assignment.schedule();
    return window.activeFrom().minus(schedule.step()).plus(schedule.validity()).getEpochSecond();
  }

  @Override
  public int renewSerials(Instant now, int limit) {
    return database.inTransaction(
        handle -> {
          List<Integer> renewed =
              handle
                  .createQuery(
                      """
                      UPDATE keyward.assignment SET renews_at = renews_at
                        + step * (1 + (:now - renews_at) / step)
                      WHERE id IN (
                        SELECT id FROM keyward.assignment
                        WHERE state IN ('signed', 'leaving') AND renews_at <= :now
                          AND domain_id IS NOT NULL
                        ORDER BY renews_at LIMIT :limit FOR UPDATE SKIP LOCKED)
                      RETURNING domain_id
                      """)
                  .bind("now", now.getEpochSecond())
                  .bind("limit", limit)
                  .mapTo(Integer.class)
                  .list();
          renewed.forEach(zoneId -> moved(handle, zoneId));
          return renewed.size();
        });
  }

  @Override
  public int work(
      String tokenSerial,
      int limit,
      Set<TokenKey> without,
      Instant now,
      Function<List<Work>, List<Done>> sign) {
    return database.inTransaction(
        handle -> {
          List<Done> done = sign.apply(claim(handle, tokenSerial, limit, without, now));
          for (Done signed : done) {
            store(handle, signed, now);
          }
          done.stream()
              .map(signed -> signed.work().assignmentId())
              .distinct()
              .forEach(id -> turnSigned(handle, id, now));
          return done.size();
        });
  }

  /** Work of which {@code overdue} says that it would never be served. */
  private record Claimed(Work work, boolean overdue) {}

  /** After a long time without the token, what would never be served is thrown away instead. */
  private static List<Work> claim(
      Handle handle, String tokenSerial, int limit, Set<TokenKey> without, Instant now) {
    while (true) {
      List<Claimed> claimed = claimNext(handle, tokenSerial, limit, without, now);
      claimed.stream().filter(Claimed::overdue).forEach(late -> dropWork(handle, late.work()));
      List<Work> work =
          claimed.stream().filter(taken -> !taken.overdue()).map(Claimed::work).toList();
      if (claimed.isEmpty() || !work.isEmpty()) {
        return work;
      }
    }
  }

  private static void dropWork(Handle handle, Work work) {
    handle.execute(
        "DELETE FROM keyward.signing_work WHERE assignment_id = ? AND active_from = ?",
        work.assignmentId(),
        work.window().activeFrom().getEpochSecond());
  }

  private static List<Claimed> claimNext(
      Handle handle, String tokenSerial, int limit, Set<TokenKey> without, Instant now) {
    return handle
        .createQuery(
            """
            SELECT w.active_from, w.inception, w.expiration, a.id, a.zone, a.dnskey_ttl,
              k.token_serial, k.token_name, k.label, k.cka_id, k.algorithm, k.public_key,
              w.active_from + a.step <= :now AND EXISTS (SELECT FROM keyward.signing_work l
                WHERE l.assignment_id = w.assignment_id AND l.active_from > w.active_from
                  AND l.active_from <= :now) AS overdue
            FROM keyward.signing_work w
            JOIN keyward.assignment a ON a.id = w.assignment_id
            JOIN keyward.key k ON k.id = a.key_id
            WHERE w.token_serial = :serial AND a.state <> 'ended'
              AND encode(k.public_key, 'hex') <> ALL (:without)
            ORDER BY w.needed_by, w.assignment_id, w.active_from LIMIT :limit
            FOR UPDATE OF w SKIP LOCKED
            """)
        .bind("serial", tokenSerial)
        .bind("limit", limit)
        .bind("now", now.getEpochSecond())
        .bindArray("without", String.class, without.stream().map(PostgresSigning::hex).toList())
        .map((rs, context) -> new Claimed(work(handle, rs), rs.getBoolean("overdue")))
        .list();
  }

  private static String hex(TokenKey key) {
    return HexFormat.of().formatHex(key.publicKey());
  }

  private static Work work(Handle handle, ResultSet row) throws SQLException {
    Name zone = StoredNames.parse(row.getString("zone")).orElseThrow();
    Algorithm algorithm = Algorithm.ofNumber(row.getInt("algorithm")).orElseThrow();
    TokenKey key =
        new TokenKey(
            row.getString("token_name"),
            row.getString("token_serial"),
            row.getString("label"),
            row.getString("cka_id"),
            algorithm,
            row.getBytes("public_key"));
    DNSKEYRecord ksk = ksk(zone, key);
    return new Work(
        row.getInt("id"),
        zone,
        key,
        ksk,
        keySet(handle, row.getInt("id"), zone, ksk, row.getLong("dnskey_ttl")),
        window(row));
  }

  private static ValidityWindow window(ResultSet row) throws SQLException {
    return new ValidityWindow(
        Instant.ofEpochSecond(row.getLong("active_from")),
        Instant.ofEpochSecond(row.getLong("inception")),
        Instant.ofEpochSecond(row.getLong("expiration")));
  }

  private static List<DNSKEYRecord> keySet(
      Handle handle, int assignmentId, Name zone, DNSKEYRecord ksk, long ttl) {
    List<DNSKEYRecord> keys = new ArrayList<>(List.of(ksk));
    handle
        .createQuery(
            "SELECT algorithm, public_key FROM keyward.zsk WHERE assignment_id = ? ORDER BY id")
        .bind(0, assignmentId)
        .map(
            (rs, context) ->
                SoftwareKeys.dnskey(
                    zone,
                    SoftwareKeys.ZSK_FLAGS,
                    Algorithm.ofNumber(rs.getInt("algorithm")).orElseThrow(),
                    rs.getBytes("public_key")))
        .forEach(keys::add);
    return RrsetSigner.withTtl(keys, ttl).stream().map(DNSKEYRecord.class::cast).toList();
  }

  private void store(Handle handle, Done signed, Instant now) {
    Work work = signed.work();
    ValidityWindow window = work.window();
    handle.execute(
        """
        INSERT INTO keyward.signed_set (assignment_id, active_from, inception, expiration, signature)
        VALUES (?, ?, ?, ?, ?)
        """,
        work.assignmentId(),
        window.activeFrom().getEpochSecond(),
        window.inception().getEpochSecond(),
        window.expiration().getEpochSecond(),
        signed.signature().getSignature());
    dropWork(handle, work);
    PostgresAudit.append(
        handle,
        event(
            now,
            actor,
            AuditEvent.Action.KSK_SIGNATURE,
            work.zone(),
            work.key(),
            work.ksk().getFootprint(),
            "DNSKEY set, in use from "
                + window.activeFrom()
                + ", valid until "
                + window.expiration()));
    handle
        .createQuery(
            """
            SELECT 1 FROM keyward.assignment a, keyward.touch_zone(a.domain_id)
            WHERE a.id = ? AND a.state IN ('signed', 'leaving') AND a.domain_id IS NOT NULL
            """)
        .bind(0, work.assignmentId())
        .mapTo(Integer.class)
        .list();
  }

  /** In the transaction that stores the last of a new zone's first signatures. */
  private void turnSigned(Handle handle, int assignmentId, Instant now) {
    handle
        .createQuery(
            """
            UPDATE keyward.assignment a SET state = 'signed', renews_at = (
              SELECT min(s.active_from) + a.step FROM keyward.signed_set s
              WHERE s.assignment_id = a.id)
            WHERE id = ? AND state = 'signing' AND domain_id IS NOT NULL
              AND NOT EXISTS (SELECT FROM keyward.signing_work w WHERE w.assignment_id = a.id)
            RETURNING id, domain_id, zone, request_id
            """)
        .bind(0, assignmentId)
        .map((rs, context) -> turned(rs))
        .list()
        .forEach(
            turned -> {
              moved(handle, turned.zoneId());
              Name zone = StoredNames.parse(turned.zone()).orElseThrow();
              PostgresAudit.append(
                  handle,
                  event(now, actor, AuditEvent.Action.ZONE_SIGNED, zone, "signed from now on"));
              answer(handle, turned.requestId(), true, zone + " is signed");
            });
  }

  private record Turned(int id, int zoneId, String zone, long requestId) {}

  private static Turned turned(ResultSet row) throws SQLException {
    return new Turned(
        row.getInt("id"),
        row.getInt("domain_id"),
        row.getString("zone"),
        row.getLong("request_id"));
  }

  @Override
  public long waiting(String tokenSerial) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery("SELECT count(*) FROM keyward.signing_work WHERE token_serial = ?")
                .bind(0, tokenSerial)
                .mapTo(Long.class)
                .one());
  }

  @Override
  public void report(TokenState state, long queue, double perSecond, Instant now) {
    database.useTransaction(
        handle ->
            handle.execute(
                """
                INSERT INTO keyward.token_status (name, serial, label, fault, queue, rate, seen_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET serial = EXCLUDED.serial, label = EXCLUDED.label,
                  fault = EXCLUDED.fault, queue = EXCLUDED.queue, rate = EXCLUDED.rate,
                  seen_at = EXCLUDED.seen_at
                """,
                state.name(),
                state.serial().orElse(null),
                state.label().orElse(null),
                state.fault().orElse(null),
                queue,
                perSecond,
                now.atOffset(ZoneOffset.UTC)));
  }

  @Override
  public void prune(Instant now) {
    database.useTransaction(
        handle -> {
          handle.createQuery("SELECT keyward.prune_changes('1 day')").mapTo(Long.class).one();
          handle.execute(
              """
              DELETE FROM keyward.signed_set s WHERE s.expiration < ? AND s.active_from < (
                SELECT max(l.active_from) FROM keyward.signed_set l
                WHERE l.assignment_id = s.assignment_id)
              """,
              now.minus(KEPT).getEpochSecond());
        });
  }

  @Override
  public Optional<ZoneSigning> read(Handle handle, int zoneId, Name origin) {
    return handle
        .createQuery(
            """
            SELECT a.*, k.token_serial, k.token_name, k.label, k.cka_id, k.algorithm, k.public_key
            FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
            WHERE a.domain_id = ? AND a.state IN ('signed', 'leaving')
            """)
        .bind(0, zoneId)
        .map(
            (rs, context) -> {
              int id = rs.getInt("id");
              DNSKEYRecord ksk =
                  SoftwareKeys.dnskey(
                      origin,
                      SoftwareKeys.KSK_FLAGS,
                      Algorithm.ofNumber(rs.getInt("algorithm")).orElseThrow(),
                      rs.getBytes("public_key"));
              List<DNSKEYRecord> keys = keySet(handle, id, origin, ksk, rs.getLong("dnskey_ttl"));
              return new ZoneSigning(
                  schedule(rs), keySets(handle, id, origin, ksk, keys), zsks(handle, id, origin));
            })
        .findFirst();
  }

  private static List<SignedKeySet> keySets(
      Handle handle, int assignmentId, Name origin, DNSKEYRecord ksk, List<DNSKEYRecord> keys) {
    long ttl = keys.get(0).getTTL();
    return handle
        .createQuery(
            "SELECT * FROM keyward.signed_set WHERE assignment_id = ? ORDER BY active_from")
        .bind(0, assignmentId)
        .map(
            (rs, context) ->
                new SignedKeySet(
                    window(rs),
                    keys,
                    List.of(
                        new RRSIGRecord(
                            origin,
                            DClass.IN,
                            ttl,
                            Type.DNSKEY,
                            ksk.getAlgorithm(),
                            ttl,
                            Instant.ofEpochSecond(rs.getLong("expiration")),
                            Instant.ofEpochSecond(rs.getLong("inception")),
                            ksk.getFootprint(),
                            origin,
                            rs.getBytes("signature")))))
        .list();
  }

  private List<SoftwareKey> zsks(Handle handle, int assignmentId, Name origin) {
    Map<Integer, SoftwareKey> keys = new LinkedHashMap<>();
    handle
        .createQuery("SELECT * FROM keyward.zsk WHERE assignment_id = ? ORDER BY id")
        .bind(0, assignmentId)
        .map(
            (rs, context) -> {
              Algorithm algorithm = Algorithm.ofNumber(rs.getInt("algorithm")).orElseThrow();
              DNSKEYRecord dnskey =
                  SoftwareKeys.dnskey(
                      origin, SoftwareKeys.ZSK_FLAGS, algorithm, rs.getBytes("public_key"));
              byte[] pkcs8 = seal.open(rs.getBytes("sealed"), sealContext(dnskey));
              return Map.entry(
                  rs.getInt("id"),
                  new SoftwareKey(dnskey, SoftwareKeys.privateKey(algorithm, pkcs8)));
            })
        .forEach(entry -> keys.put(entry.getKey(), entry.getValue()));
    return List.copyOf(keys.values());
  }
}
