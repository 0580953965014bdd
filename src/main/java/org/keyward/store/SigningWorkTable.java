package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.ChildKeys;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.PublicKeys;
import org.keyward.dnssec.TimeText;
import org.keyward.dnssec.ValidityWindow;
import org.keyward.keyset.Spread;
import org.keyward.signing.PaceText;
import org.keyward.signing.SigningStore;
import org.keyward.signing.TokenKey;
import org.keyward.signing.WaitingWork;
import org.keyward.zone.ZoneChange;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** The signatures that wait for a token: {@code keyward.signing_work}. */
final class SigningWorkTable {
  /** How long the work of an assignment is left alone that cannot be done or stored. */
  private static final Duration ASIDE = Duration.ofMinutes(10);

  private final Map<Integer, Long> aside = new ConcurrentHashMap<>();
  private final AssignmentTable assignments;
  private final String actor;

  /**
   * @param actor who is written into the audit log as the one who signs
   */
  SigningWorkTable(AssignmentTable assignments, String actor) {
    this.assignments = assignments;
    this.actor = actor;
  }

  static List<SigningStore.Planned> toPlan(Handle handle, Instant now, int limit) {
    return handle
        .createQuery(
            """
            SELECT a.*, r.since AS roll_since, r.pace AS roll_pace, EXISTS (SELECT FROM keyward.signed_set s WHERE s.assignment_id = a.id
              AND s.inception <= :now AND s.expiration > :now) AS valid
            FROM keyward.assignment a
            LEFT JOIN LATERAL (SELECT since, pace FROM keyward.roll r
              WHERE r.assignment_id = a.id AND r.pace NOT IN ('lazy', 'now')
                AND r.phase IN ('entering', 'leaving') ORDER BY since LIMIT 1) r ON true
            WHERE state <> 'ended' AND domain_id IS NOT NULL
              AND planned_until::NUMERIC - runway < :now
            ORDER BY planned_until LIMIT :limit
            """)
        .bind("now", now.getEpochSecond())
        .bind("limit", limit)
        .map(
            DamagedRows.passedOver(
                "keyward.assignment",
                (rs, context) ->
                    new SigningStore.Planned(
                        rs.getInt("id"),
                        StoredNames.parse(rs.getString("zone")).orElseThrow(),
                        AssignmentTable.schedule(rs),
                        Duration.ofSeconds(rs.getLong("runway")),
                        rs.getObject("assigned_at", OffsetDateTime.class).toInstant(),
                        Instant.ofEpochSecond(rs.getLong("planned_until")),
                        SigningStore.Signatures.of(
                            rs.getString("state").equals("signing"), rs.getBoolean("valid")),
                        spread(rs))))
        .filter(Objects::nonNull)
        .list();
  }

  private static Optional<Spread> spread(ResultSet row) throws SQLException {
    String pace = row.getString("roll_pace");
    if (pace == null) {
      return Optional.empty();
    }
    Instant since = row.getObject("roll_since", OffsetDateTime.class).toInstant();
    return PaceText.parse(pace).anewWithin().map(within -> new Spread(since, within));
  }

  static int planAnew(Handle handle, Instant now) {
    return handle
        .createUpdate(
            """
            UPDATE keyward.assignment SET planned_until = 0
            WHERE id IN (
              SELECT a.id FROM keyward.assignment a LEFT JOIN (%s) r ON r.assignment_id = a.id
              WHERE a.state <> 'ended' AND a.domain_id IS NOT NULL
                AND a.planned_until > coalesce(r.signed_until, 0) AND a.planned_until > :now
              FOR UPDATE OF a SKIP LOCKED)
            """
                .formatted(
                    Runways.at(
                        """
                        (SELECT assignment_id, inception, expiration FROM keyward.signed_set
                          UNION ALL
                          SELECT assignment_id, inception, expiration FROM keyward.signing_work
                          WHERE type = 48)\
                        """)))
        .bind("now", now.getEpochSecond())
        .execute();
  }

  /** Nothing when somebody asked for other sets meanwhile: they are planned in the next round. */
  static int plan(Handle handle, SigningStore.Planned assignment, List<SigningStore.Step> steps) {
    if (steps.isEmpty() || !claimPlan(handle, assignment, steps)) {
      return 0;
    }
    planSets(
        handle,
        assignment,
        steps,
        """
        INSERT INTO keyward.signing_work
          (assignment_id, active_from, inception, expiration, token_serial, needed_by, signer,
           not_before)
        SELECT a.id, p.active_from, p.inception, p.expiration, k.token_serial, p.needed_by, k.id,
          CASE WHEN EXISTS (SELECT FROM keyward.signed_set s WHERE s.assignment_id = a.id
            AND s.active_from = p.active_from) THEN p.not_before ELSE 0 END
        FROM keyward.assignment a JOIN keyward.ksk o ON o.assignment_id = a.id
        JOIN keyward.key k ON k.id = o.key_id,
          unnest(:from, :inceptions, :expirations, :needed, :turns)
            AS p (active_from, inception, expiration, needed_by, not_before)
        WHERE a.id = :id AND a.state <> 'ended' AND o.signs_from <= p.active_from
          AND coalesce(p.active_from < o.signs_until, true) AND NOT EXISTS (
          SELECT FROM keyward.signed_set s
          WHERE s.assignment_id = a.id AND s.active_from = p.active_from AND s.ttl = a.dnskey_ttl
            AND s.signer = k.id
            AND s.zsks = ARRAY(SELECT z.id FROM keyward.zsk z WHERE z.assignment_id = a.id
              AND z.published_from <= p.active_from
              AND coalesce(p.active_from < z.published_until, true) ORDER BY z.id)
            AND s.ksks = ARRAY(SELECT z.key_id FROM keyward.ksk z WHERE z.assignment_id = a.id
              AND z.published_from <= p.active_from
              AND coalesce(p.active_from < z.published_until, true) ORDER BY z.key_id))
        ON CONFLICT (assignment_id, active_from, type, signer) DO UPDATE
          SET needed_by = least(signing_work.needed_by, EXCLUDED.needed_by),
            not_before = EXCLUDED.not_before
        """);
    planChildSets(handle, assignment, steps);
    return steps.size();
  }

  /**
   * Locks the assignment: what is asked for while its steps are queued would be in the later ones
   * alone.
   */
  private static boolean claimPlan(
      Handle handle, SigningStore.Planned assignment, List<SigningStore.Step> steps) {
    return handle.execute(
            """
            UPDATE keyward.assignment SET planned_until = ?
            WHERE id = ? AND planned_until = ? AND state <> 'ended'
            """,
            steps.get(steps.size() - 1).window().expiration().getEpochSecond(),
            assignment.assignmentId(),
            assignment.plannedUntil().getEpochSecond())
        == 1;
  }

  /**
   * CDS and CDNSKEY, where they are asked for; a zone turns signed without waiting for them. They
   * name the KSK whose DS the parent is to have; as long as it may have that of another, both sign.
   * As the sets of the runway are all signed anew then, one signature of each is for all of it.
   */
  private static void planChildSets(
      Handle handle, SigningStore.Planned assignment, List<SigningStore.Step> steps) {
    planSets(
        handle,
        assignment,
        steps,
        """
        INSERT INTO keyward.signing_work (assignment_id, active_from, inception, expiration,
          token_serial, needed_by, type, content, signer)
        SELECT n.id, n.active_from, n.inception,
          CASE WHEN n.submitted THEN n.last ELSE n.expiration END, n.token_serial, n.needed_by,
          n.type, n.content, n.signer
        FROM (SELECT a.id, p.active_from, p.inception, p.expiration, k.token_serial, p.needed_by,
            w.type, w.content, k.id AS signer, r.old_key IS NOT NULL AS submitted,
            row_number() OVER signed AS place, max(p.expiration) OVER (PARTITION BY w.type, k.id) AS last
          FROM keyward.assignment a
          LEFT JOIN keyward.roll r
            ON r.assignment_id = a.id AND r.role = 'ksk' AND r.phase = 'submitted'
          JOIN keyward.key k ON k.id IN (a.key_id, r.old_key),
            LATERAL (VALUES (59, a.cds), (60, a.cdnskey)) w (type, content),
            unnest(:from, :inceptions, :expirations, :needed, :turns)
              AS p (active_from, inception, expiration, needed_by, not_before)
          WHERE a.id = :id AND a.state IN ('signed', 'leaving') AND a.mode <> 'split'
            AND w.content IS NOT NULL AND NOT EXISTS (
              SELECT FROM keyward.signed_child s WHERE s.assignment_id = a.id
                AND s.type = w.type AND s.content = w.content AND s.key_id = a.key_id
                AND s.signer = k.id AND (s.active_from = p.active_from
                  OR s.active_from < p.active_from AND s.expiration >= p.expiration))
          WINDOW signed AS (PARTITION BY w.type, k.id ORDER BY p.active_from)) n
        WHERE NOT n.submitted OR n.place = 1
        ON CONFLICT (assignment_id, active_from, type, signer)
          DO UPDATE SET content = EXCLUDED.content, expiration = EXCLUDED.expiration
        """);
  }

  private static void planSets(
      Handle handle, SigningStore.Planned assignment, List<SigningStore.Step> steps, String sql) {
    handle
        .createUpdate(sql)
        .bind("id", assignment.assignmentId())
        .bindArray("from", Long.class, seconds(steps, step -> step.window().activeFrom()))
        .bindArray("inceptions", Long.class, seconds(steps, step -> step.window().inception()))
        .bindArray("expirations", Long.class, seconds(steps, step -> step.window().expiration()))
        .bindArray("needed", Long.class, seconds(steps, SigningStore.Step::neededBy))
        .bindArray("turns", Long.class, seconds(steps, SigningStore.Step::notBefore))
        .execute();
  }

  private static <T> Object[] seconds(List<T> rows, Function<T, Instant> column) {
    return all(rows, row -> column.apply(row).getEpochSecond());
  }

  int work(
      Handle handle,
      String tokenSerial,
      int limit,
      Set<TokenKey> without,
      Instant now,
      Function<List<SigningStore.Work>, List<SigningStore.Done>> sign) {
    List<SigningStore.Done> done = sign.apply(claim(handle, tokenSerial, limit, without, now));
    return done.isEmpty() ? 0 : storeAll(handle, done, now);
  }

  /**
   * Signatures are precious: where one cannot be stored, the others are.
   *
   * @return how many are
   */
  private int storeAll(Handle handle, List<SigningStore.Done> done, Instant now) {
    handle.savepoint("signatures");
    try {
      store(handle, done, now);
      return done.size();
    } catch (RuntimeException e) {
      RuntimeException failure = Database.ofData(e);
      handle.rollbackToSavepoint("signatures");
      if (done.size() == 1) {
        SigningStore.Work work = done.get(0).work();
        DamagedRows.tell("a signature for " + NameText.of(work.zone()), failure);
        setAside(work.assignmentId());
        return 0;
      }
      int half = done.size() / 2;
      return storeAll(handle, done.subList(0, half), now)
          + storeAll(handle, done.subList(half, done.size()), now);
    }
  }

  /** What waits for this assignment is left alone for a while, so that nothing is signed twice. */
  private void setAside(int assignmentId) {
    aside.put(assignmentId, System.nanoTime() + ASIDE.toNanos());
  }

  private Object[] setAside() {
    long now = System.nanoTime();
    aside.values().removeIf(until -> now - until > 0);
    return aside.keySet().toArray();
  }

  /** Work of which {@code overdue} says that it would never be served. */
  private record Claimed(SigningStore.Work work, boolean overdue) {}

  /** After a long time without the token, what would never be served is thrown away instead. */
  private List<SigningStore.Work> claim(
      Handle handle, String tokenSerial, int limit, Set<TokenKey> without, Instant now) {
    while (true) {
      List<Claimed> claimed = claimNext(handle, tokenSerial, limit, without, now);
      dropOvertaken(handle, claimed.stream().filter(Claimed::overdue).map(Claimed::work).toList());
      List<SigningStore.Work> work =
          claimed.stream().filter(taken -> !taken.overdue()).map(Claimed::work).toList();
      if (claimed.isEmpty() || !work.isEmpty()) {
        return work;
      }
    }
  }

  /** What takes its place is needed by then, too: nothing else was signed since. */
  private static void dropOvertaken(Handle handle, List<SigningStore.Work> work) {
    if (work.isEmpty()) {
      return;
    }
    handle
        .createUpdate(
            """
            UPDATE keyward.signing_work l SET needed_by = o.needed_by
            FROM keyward.signing_work o
            JOIN unnest(:ids, :from, :types, :signers) AS gone (id, active_from, type, signer)
              ON o.assignment_id = gone.id AND o.active_from = gone.active_from AND o.type = gone.type
                AND o.signer = gone.signer
            WHERE l.assignment_id = o.assignment_id AND l.type = o.type AND l.needed_by > o.needed_by
              AND l.signer = o.signer
              AND l.active_from = (SELECT min(n.active_from) FROM keyward.signing_work n
                WHERE n.assignment_id = o.assignment_id AND n.type = o.type
                  AND n.signer = o.signer AND n.active_from > o.active_from)
            """)
        .bindArray("ids", Integer.class, all(work, SigningStore.Work::assignmentId))
        .bindArray("from", Long.class, seconds(work, w -> w.window().activeFrom()))
        .bindArray("types", Integer.class, all(work, SigningStore.Work::type))
        .bindArray("signers", Integer.class, all(work, SigningStore.Work::keyId))
        .execute();
    drop(handle, work);
  }

  private static void drop(Handle handle, List<SigningStore.Work> work) {
    if (!work.isEmpty()) {
      Update delete =
          handle.createUpdate(
              """
              DELETE FROM keyward.signing_work w
              USING unnest(:ids, :from, :types, :contents, :signers)
                AS done (id, active_from, type, content, signer)
              WHERE w.assignment_id = done.id AND w.active_from = done.active_from
                AND w.type = done.type AND w.content = done.content AND w.signer = done.signer
              """);
      delete.bindArray("ids", Integer.class, all(work, SigningStore.Work::assignmentId));
      delete.bindArray("from", Long.class, seconds(work, w -> w.window().activeFrom()));
      delete.bindArray("types", Integer.class, all(work, SigningStore.Work::type));
      delete.bindArray("contents", String.class, all(work, SigningStore.Work::content));
      delete.bindArray("signers", Integer.class, all(work, SigningStore.Work::keyId));
      delete.execute();
    }
  }

  private static <T> Object[] all(List<T> rows, Function<T, Object> column) {
    return rows.stream().map(column).toArray();
  }

  private List<Claimed> claimNext(
      Handle handle, String tokenSerial, int limit, Set<TokenKey> without, Instant now) {
    Set<Integer> damaged = new HashSet<>();
    List<Row> rows = rows(handle, tokenSerial, limit, without, now, damaged);
    Object[] ids = rows.stream().map(Row::assignmentId).distinct().toArray();
    Map<Integer, List<KeyRows.Zsk>> zsks = ids.length == 0 ? Map.of() : KeyRows.zsks(handle, ids);
    Map<Integer, List<KskRows.Ksk>> ksks = ids.length == 0 ? Map.of() : KskRows.of(handle, ids);
    List<Claimed> claimed = new ArrayList<>(rows.size());
    Set<TokenKey> usable = new HashSet<>();
    for (Row row : rows) {
      try {
        claimed.add(
            new Claimed(
                row.work(
                    ksks.getOrDefault(row.assignmentId(), List.of()),
                    zsks.getOrDefault(row.assignmentId(), List.of()),
                    usable),
                row.overdue()));
      } catch (RuntimeException e) {
        DamagedRows.tell("the keys of " + NameText.of(row.zone()), e);
        damaged.add(row.assignmentId());
      }
    }
    damaged.forEach(this::setAside);
    return claimed;
  }

  /**
   * Work without the keys that its key set has.
   *
   * @param keyId of the KSK that signs
   * @param named the KSK whose DS the parent is to have
   */
  private record Row(
      int assignmentId,
      Name zone,
      int keyId,
      TokenKey key,
      int named,
      long ttl,
      int type,
      String content,
      ValidityWindow window,
      boolean overdue) {
    /**
     * @param usable keys whose public half was read
     */
    SigningStore.Work work(List<KskRows.Ksk> ksks, List<KeyRows.Zsk> zsks, Set<TokenKey> usable) {
      if (!usable.contains(key)) {
        PublicKeys.fromDnskey(key.publicKey(), key.algorithm());
        usable.add(key);
      }
      DNSKEYRecord ksk = KeyRows.ksk(zone, key);
      boolean keySet = type == Type.DNSKEY;
      List<Integer> inSet = keySet ? KeyRows.published(zsks, window.activeFrom()) : List.of();
      List<Integer> ksksInSet =
          keySet ? KskRows.published(ksks, window.activeFrom()) : List.of(named);
      List<KskRows.Ksk> chosen = KskRows.chosen(ksks, ksksInSet);
      List<? extends Record> rrset =
          keySet
              ? KeyRows.keySet(zone, chosen, KeyRows.chosen(zsks, inSet), ttl)
              : ChildKeys.set(chosen.get(0).dnskey(zone), type, content, ttl);
      return new SigningStore.Work(
          assignmentId,
          zone,
          keyId,
          key,
          ksk,
          List.copyOf(rrset),
          ksksInSet,
          inSet,
          content,
          window);
    }
  }

  /** Of a long queue, only what is taken is joined with all else. */
  private List<Row> rows(
      Handle handle,
      String tokenSerial,
      int limit,
      Set<TokenKey> without,
      Instant now,
      Set<Integer> damaged) {
    return handle
        .createQuery(
            """
            WITH turn AS MATERIALIZED (
              SELECT * FROM keyward.signing_work w
              WHERE w.token_serial = :serial AND w.assignment_id <> ALL(:aside)
                AND w.not_before <= :now
                AND w.signer NOT IN (SELECT k.id FROM keyward.key k
                  WHERE encode(k.public_key, 'hex') = ANY(:without))
              ORDER BY w.needed_by, w.assignment_id, w.active_from, w.type LIMIT :limit
              FOR UPDATE SKIP LOCKED)
            SELECT w.assignment_id, w.active_from, w.inception, w.expiration, w.type, w.content, w.signer,
              a.key_id, a.zone, a.dnskey_ttl,
              k.token_serial, k.token_name, k.label, k.cka_id, k.algorithm, k.public_key,
              a.step, a.state <> 'ended' AND w.content IS NOT DISTINCT FROM
                CASE w.type WHEN 59 THEN a.cds WHEN 60 THEN a.cdnskey ELSE w.content END
                AND o.signs_from <= w.active_from
                AND coalesce(w.active_from < o.signs_until, true) AS wanted,
              (SELECT min(l.active_from) FROM keyward.signing_work l
                WHERE l.assignment_id = w.assignment_id AND l.type = w.type
                  AND l.signer = w.signer AND l.active_from > w.active_from) AS successor
            FROM turn w
            LEFT JOIN keyward.assignment a ON a.id = w.assignment_id
            LEFT JOIN keyward.ksk o ON o.assignment_id = w.assignment_id AND o.key_id = w.signer
            LEFT JOIN keyward.key k ON k.id = w.signer
            ORDER BY w.needed_by, w.assignment_id, w.active_from, w.type
            """)
        .bind("serial", tokenSerial)
        .bindArray("aside", Integer.class, setAside())
        .bind("limit", limit)
        .bind("now", now.getEpochSecond())
        .bindArray("without", String.class, without.stream().map(SigningWorkTable::hex).toList())
        .map((rs, context) -> row(rs, now, damaged))
        .filter(Objects::nonNull)
        .list();
  }

  /** Null for one that makes no sense, whose assignment is noted. */
  private static Row row(ResultSet row, Instant now, Set<Integer> damaged) throws SQLException {
    try {
      return row(row, now);
    } catch (RuntimeException e) {
      DamagedRows.tell("keyward.signing_work, or the assignment or key that it is for", e);
      damaged.add(row.getInt("assignment_id"));
      return null;
    }
  }

  private static String hex(TokenKey key) {
    return HexFormat.of().formatHex(key.publicKey());
  }

  private static Row row(ResultSet row, Instant now) throws SQLException {
    TokenKey key =
        new TokenKey(
            row.getString("token_name"),
            row.getString("token_serial"),
            row.getString("label"),
            row.getString("cka_id"),
            Algorithm.ofNumber(row.getInt("algorithm")).orElseThrow(),
            row.getBytes("public_key"));
    return new Row(
        row.getInt("assignment_id"),
        StoredNames.parse(row.getString("zone")).orElseThrow(),
        row.getInt("signer"),
        key,
        row.getInt("key_id"),
        row.getLong("dnskey_ttl"),
        row.getInt("type"),
        row.getString("content"),
        window(row),
        waiting(row).isOverdue(now));
  }

  private static WaitingWork waiting(ResultSet row) throws SQLException {
    return new WaitingWork(
        window(row),
        Duration.ofSeconds(row.getLong("step")),
        row.getBoolean("wanted"),
        Optional.ofNullable(row.getObject("successor", Long.class)).map(Instant::ofEpochSecond));
  }

  static ValidityWindow window(ResultSet row) throws SQLException {
    return new ValidityWindow(
        Instant.ofEpochSecond(row.getLong("active_from")),
        Instant.ofEpochSecond(row.getLong("inception")),
        Instant.ofEpochSecond(row.getLong("expiration")));
  }

  /** A few statements for all, since a fast token makes thousands of signatures a second. */
  private void store(Handle handle, List<SigningStore.Done> done, Instant now) {
    List<SigningStore.Done> keySets = done.stream().filter(SigningWorkTable::isKeySet).toList();
    List<SigningStore.Done> childSets = done.stream().filter(signed -> !isKeySet(signed)).toList();
    List<Integer> rolling =
        RollTable.lockRolling(
            handle, keySets.stream().map(signed -> signed.work().assignmentId()).toList());
    storeKeySets(handle, keySets, now);
    storeChildSets(handle, childSets);
    drop(handle, done.stream().map(SigningStore.Done::work).toList());
    List<Integer> assignmentIds =
        done.stream().map(signed -> signed.work().assignmentId()).distinct().toList();
    planOvertakenAgain(handle, keySets, assignmentIds);
    Set<Integer> moved = new HashSet<>(withNewTtlInUse(handle, keySets, now));
    moved.addAll(rolling);
    AssignmentTable.bumpSerials(handle, List.copyOf(moved));
    touch(handle, done, rolling, now);
    RollTable.noteSerials(handle, rolling, now);
    List<AuditEvent> events = new ArrayList<>();
    done.forEach(signed -> events.add(event(signed.work(), now)));
    events.addAll(assignments.turnSigned(handle, assignmentIds, now));
    // Last, since the head of the audit log is locked from here on.
    PostgresAudit.append(handle, events);
  }

  private static boolean isKeySet(SigningStore.Done signed) {
    return signed.work().type() == Type.DNSKEY;
  }

  private static void storeKeySets(Handle handle, List<SigningStore.Done> done, Instant now) {
    if (done.isEmpty()) {
      return;
    }
    List<SigningStore.Work> work = done.stream().map(SigningStore.Done::work).toList();
    Update insert =
        handle.createUpdate(
            """
            INSERT INTO keyward.signed_set
              (assignment_id, active_from, inception, expiration, signature, ttl, zsks, ksks, signer,
               signed_at)
            SELECT id, active_from, inception, expiration, decode(signature, 'base64'), ttl,
              zsks::int[], ksks::int[], signer, :now
            FROM unnest(:ids, :from, :inceptions, :expirations, :signatures, :ttls, :zsks, :ksks,
                :signers)
              AS done (id, active_from, inception, expiration, signature, ttl, zsks, ksks, signer)
            ON CONFLICT DO NOTHING
            """);
    insert.bindArray("ids", Integer.class, all(work, SigningStore.Work::assignmentId));
    insert.bindArray("from", Long.class, seconds(work, w -> w.window().activeFrom()));
    insert.bindArray("inceptions", Long.class, seconds(work, w -> w.window().inception()));
    insert.bindArray("expirations", Long.class, seconds(work, w -> w.window().expiration()));
    insert.bindArray("signatures", String.class, all(done, SigningWorkTable::base64));
    insert.bindArray("ttls", Long.class, all(work, SigningStore.Work::ttl));
    insert.bindArray("zsks", String.class, all(work, w -> array(w.zsks())));
    insert.bindArray("ksks", String.class, all(work, w -> array(w.ksks())));
    insert.bindArray("signers", Integer.class, all(work, SigningStore.Work::keyId));
    insert.bind("now", now.atOffset(ZoneOffset.UTC));
    insert.execute();
  }

  /** As PostgreSQL writes an array; those in an array would all have to be of one length. */
  private static String array(List<Integer> ids) {
    return ids.stream().map(String::valueOf).collect(Collectors.joining(",", "{", "}"));
  }

  private static String base64(SigningStore.Done signed) {
    return Base64.getEncoder().encodeToString(signed.signature().getSignature());
  }

  /** The serial moves with the first of a set, which was not served before. */
  private static void storeChildSets(Handle handle, List<SigningStore.Done> done) {
    for (SigningStore.Done signed : done) {
      SigningStore.Work work = signed.work();
      if (isFirstChildSet(handle, work)) {
        AssignmentTable.bumpSerials(handle, List.of(work.assignmentId()));
      }
      storeChildSet(handle, signed);
    }
  }

  /** Whether the set was not served before, so that the zone changes. */
  private static boolean isFirstChildSet(Handle handle, SigningStore.Work work) {
    return handle
        .createQuery(
            """
            SELECT NOT EXISTS (SELECT FROM keyward.signed_child
              WHERE assignment_id = ? AND type = ? AND content = ? AND key_id = ? AND signer = ?)
            """)
        .bind(0, work.assignmentId())
        .bind(1, work.type())
        .bind(2, work.content())
        .bind(3, work.ksks().get(0))
        .bind(4, work.keyId())
        .mapTo(Boolean.class)
        .one();
  }

  private static void storeChildSet(Handle handle, SigningStore.Done signed) {
    SigningStore.Work work = signed.work();
    handle.execute(
        """
        INSERT INTO keyward.signed_child (assignment_id, type, content, key_id, signer, active_from,
          inception, expiration, ttl, signature)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """,
        work.assignmentId(),
        work.type(),
        work.content(),
        work.ksks().get(0),
        work.keyId(),
        work.window().activeFrom().getEpochSecond(),
        work.window().inception().getEpochSecond(),
        work.window().expiration().getEpochSecond(),
        work.ttl(),
        signed.signature().getSignature());
  }

  private AuditEvent event(SigningStore.Work work, Instant now) {
    return SigningEvents.event(
        now,
        actor,
        AuditEvent.Action.KSK_SIGNATURE,
        work.zone(),
        work.key(),
        work.ksk().getFootprint(),
        Type.string(work.type())
            + " set, in use from "
            + TimeText.of(work.window().activeFrom())
            + ", valid until "
            + TimeText.of(work.window().expiration()));
  }

  /**
   * Servers are told at once of what they use soon; what is for later they read when it suits. A
   * new CDS set is used as soon as it is valid.
   *
   * @param rolling assignments with a roll: their servers are to have all that is stored
   */
  private static void touch(
      Handle handle, List<SigningStore.Done> done, List<Integer> rolling, Instant now) {
    Instant soon = now.plus(ZoneChange.SOON);
    Map<Boolean, List<Integer>> validSoon =
        done.stream()
            .map(SigningStore.Done::work)
            .collect(
                Collectors.partitioningBy(
                    work ->
                        work.window().inception().isBefore(soon)
                            || rolling.contains(work.assignmentId()),
                    Collectors.mapping(SigningStore.Work::assignmentId, Collectors.toList())));
    touch(handle, "SELECT 1 FROM zones, keyward.touch_signing(zones.id)", validSoon.get(true));
    touch(
        handle,
        "SELECT 1 FROM keyward.touch_runways(ARRAY(SELECT id FROM zones))",
        validSoon.get(false));
  }

  private static void touch(Handle handle, String touch, List<Integer> assignmentIds) {
    if (assignmentIds.isEmpty()) {
      return;
    }
    handle
        .createQuery(
            """
            WITH zones AS (
              SELECT domain_id AS id FROM keyward.assignment
              WHERE id = ANY(:ids) AND state IN ('signed', 'leaving') AND domain_id IS NOT NULL)
            """
                + touch)
        .bindArray("ids", Integer.class, assignmentIds.stream().distinct().toArray())
        .mapTo(Integer.class)
        .list();
  }

  /** Where another TTL is wanted meanwhile, the steps are to be signed once more. */
  private static void planOvertakenAgain(
      Handle handle, List<SigningStore.Done> done, List<Integer> assignmentIds) {
    Map<Integer, Long> wanted =
        handle
            .createQuery("SELECT id, dnskey_ttl FROM keyward.assignment WHERE id = ANY(:ids)")
            .bindArray("ids", Integer.class, assignmentIds)
            .map((rs, context) -> Map.entry(rs.getInt("id"), rs.getLong("dnskey_ttl")))
            .list()
            .stream()
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    done.stream()
        .map(SigningStore.Done::work)
        .filter(work -> wanted.getOrDefault(work.assignmentId(), work.ttl()) != work.ttl())
        .map(SigningStore.Work::assignmentId)
        .distinct()
        .forEach(
            id ->
                handle.execute("UPDATE keyward.assignment SET planned_until = 0 WHERE id = ?", id));
  }

  /** Those that were served with another TTL until now: they change, so their serials move. */
  private static List<Integer> withNewTtlInUse(
      Handle handle, List<SigningStore.Done> done, Instant now) {
    List<SigningStore.Work> inUse =
        done.stream()
            .map(SigningStore.Done::work)
            .filter(work -> !work.window().activeFrom().isAfter(now))
            .toList();
    return handle
        .createQuery(
            """
            SELECT DISTINCT done.id
            FROM unnest(:ids, :from, :ttls) AS done (id, active_from, ttl)
            WHERE EXISTS (SELECT FROM keyward.signed_set s
                WHERE s.assignment_id = done.id AND s.ttl <> done.ttl)
              AND NOT EXISTS (SELECT FROM keyward.signed_set s WHERE s.assignment_id = done.id
                AND s.ttl = done.ttl AND s.active_from < done.active_from)
            """)
        .bindArray("ids", Integer.class, all(inUse, SigningStore.Work::assignmentId))
        .bindArray("from", Long.class, seconds(inUse, w -> w.window().activeFrom()))
        .bindArray("ttls", Long.class, all(inUse, SigningStore.Work::ttl))
        .mapTo(Integer.class)
        .list();
  }

  static long waiting(Handle handle, String tokenSerial) {
    return handle
        .createQuery("SELECT count(*) FROM keyward.signing_work WHERE token_serial = ?")
        .bind(0, tokenSerial)
        .mapTo(Long.class)
        .one();
  }
}
