package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.ChildKeys;
import org.keyward.dnssec.ValidityWindow;
import org.keyward.signing.SigningStore;
import org.keyward.signing.TokenKey;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** The signatures that wait for a token: {@code keyward.signing_work}. */
final class SigningWorkTable {
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
            SELECT * FROM keyward.assignment
            WHERE state <> 'ended' AND domain_id IS NOT NULL
              AND planned_until - runway < ?
            ORDER BY planned_until LIMIT ?
            """)
        .bind(0, now.getEpochSecond())
        .bind(1, limit)
        .map(
            (rs, context) ->
                new SigningStore.Planned(
                    rs.getInt("id"),
                    StoredNames.parse(rs.getString("zone")).orElseThrow(),
                    AssignmentTable.schedule(rs),
                    Duration.ofSeconds(rs.getLong("runway")),
                    rs.getObject("assigned_at", OffsetDateTime.class).toInstant(),
                    Instant.ofEpochSecond(rs.getLong("planned_until")),
                    !rs.getString("state").equals("signing")))
        .list();
  }

  static int plan(Handle handle, SigningStore.Planned assignment, List<SigningStore.Step> steps) {
    if (steps.isEmpty()) {
      return 0;
    }
    for (SigningStore.Step step : steps) {
      ValidityWindow window = step.window();
      handle.execute(
          """
          INSERT INTO keyward.signing_work
            (assignment_id, active_from, inception, expiration, token_serial, needed_by)
          SELECT a.id, ?, ?, ?, k.token_serial, ?
          FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
          WHERE a.id = ? AND a.state <> 'ended' AND NOT EXISTS (
            SELECT FROM keyward.signed_set s
            WHERE s.assignment_id = a.id AND s.active_from = ? AND s.ttl = a.dnskey_ttl)
          ON CONFLICT (assignment_id, active_from, type) DO NOTHING
          """,
          window.activeFrom().getEpochSecond(),
          window.inception().getEpochSecond(),
          window.expiration().getEpochSecond(),
          step.neededBy().getEpochSecond(),
          assignment.assignmentId(),
          window.activeFrom().getEpochSecond());
    }
    planChildSets(handle, assignment, steps);
    handle.execute(
        "UPDATE keyward.assignment SET planned_until = ? WHERE id = ?",
        steps.get(steps.size() - 1).window().expiration().getEpochSecond(),
        assignment.assignmentId());
    return steps.size();
  }

  /** CDS and CDNSKEY, where they are asked for; a zone turns signed without waiting for them. */
  private static void planChildSets(
      Handle handle, SigningStore.Planned assignment, List<SigningStore.Step> steps) {
    for (SigningStore.Step step : steps) {
      ValidityWindow window = step.window();
      handle.execute(
          """
          INSERT INTO keyward.signing_work (assignment_id, active_from, inception, expiration,
            token_serial, needed_by, type, content)
          SELECT a.id, ?, ?, ?, k.token_serial, ?, w.type, w.content
          FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id,
            LATERAL (VALUES (59, a.cds), (60, a.cdnskey)) w (type, content)
          WHERE a.id = ? AND a.state IN ('signed', 'leaving') AND a.mode = 'presigned'
            AND w.content IS NOT NULL AND NOT EXISTS (
              SELECT FROM keyward.signed_child s WHERE s.assignment_id = a.id
                AND s.type = w.type AND s.content = w.content AND s.active_from = ?)
          ON CONFLICT (assignment_id, active_from, type) DO UPDATE SET content = EXCLUDED.content
          """,
          window.activeFrom().getEpochSecond(),
          window.inception().getEpochSecond(),
          window.expiration().getEpochSecond(),
          step.neededBy().getEpochSecond(),
          assignment.assignmentId(),
          window.activeFrom().getEpochSecond());
    }
  }

  int work(
      Handle handle,
      String tokenSerial,
      int limit,
      Set<TokenKey> without,
      Instant now,
      Function<List<SigningStore.Work>, List<SigningStore.Done>> sign) {
    List<SigningStore.Done> done = sign.apply(claim(handle, tokenSerial, limit, without, now));
    for (SigningStore.Done signed : done) {
      store(handle, signed, now);
    }
    done.stream()
        .map(signed -> signed.work().assignmentId())
        .distinct()
        .forEach(id -> assignments.turnSigned(handle, id, now));
    return done.size();
  }

  /** Work of which {@code overdue} says that it would never be served. */
  private record Claimed(SigningStore.Work work, boolean overdue) {}

  /** After a long time without the token, what would never be served is thrown away instead. */
  private static List<SigningStore.Work> claim(
      Handle handle, String tokenSerial, int limit, Set<TokenKey> without, Instant now) {
    while (true) {
      List<Claimed> claimed = claimNext(handle, tokenSerial, limit, without, now);
      claimed.stream().filter(Claimed::overdue).forEach(late -> dropWork(handle, late.work()));
      List<SigningStore.Work> work =
          claimed.stream().filter(taken -> !taken.overdue()).map(Claimed::work).toList();
      if (claimed.isEmpty() || !work.isEmpty()) {
        return work;
      }
    }
  }

  private static void dropWork(Handle handle, SigningStore.Work work) {
    handle.execute(
        """
        DELETE FROM keyward.signing_work
        WHERE assignment_id = ? AND active_from = ? AND type = ? AND content = ?
        """,
        work.assignmentId(),
        work.window().activeFrom().getEpochSecond(),
        work.type(),
        work.content());
  }

  private static List<Claimed> claimNext(
      Handle handle, String tokenSerial, int limit, Set<TokenKey> without, Instant now) {
    return handle
        .createQuery(
            """
            SELECT w.active_from, w.inception, w.expiration, w.type, w.content, a.id, a.zone, a.dnskey_ttl,
              k.token_serial, k.token_name, k.label, k.cka_id, k.algorithm, k.public_key,
              (w.active_from + a.step <= :now AND EXISTS (SELECT FROM keyward.signing_work l
                WHERE l.assignment_id = w.assignment_id AND l.type = w.type
                  AND l.active_from > w.active_from AND l.active_from <= :now))
              OR (w.type = 59 AND w.content IS DISTINCT FROM a.cds)
              OR (w.type = 60 AND w.content IS DISTINCT FROM a.cdnskey) AS overdue
            FROM keyward.signing_work w
            JOIN keyward.assignment a ON a.id = w.assignment_id
            JOIN keyward.key k ON k.id = a.key_id
            WHERE w.token_serial = :serial AND a.state <> 'ended'
              AND encode(k.public_key, 'hex') <> ALL (:without)
            ORDER BY w.needed_by, w.assignment_id, w.active_from, w.type LIMIT :limit
            FOR UPDATE OF w SKIP LOCKED
            """)
        .bind("serial", tokenSerial)
        .bind("limit", limit)
        .bind("now", now.getEpochSecond())
        .bindArray("without", String.class, without.stream().map(SigningWorkTable::hex).toList())
        .map((rs, context) -> new Claimed(work(handle, rs), rs.getBoolean("overdue")))
        .list();
  }

  private static String hex(TokenKey key) {
    return HexFormat.of().formatHex(key.publicKey());
  }

  private static SigningStore.Work work(Handle handle, ResultSet row) throws SQLException {
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
    DNSKEYRecord ksk = KeyRows.ksk(zone, key);
    int type = row.getInt("type");
    String content = row.getString("content");
    long ttl = row.getLong("dnskey_ttl");
    return new SigningStore.Work(
        row.getInt("id"),
        zone,
        key,
        ksk,
        type == Type.DNSKEY
            ? List.copyOf(KeyRows.keySet(handle, row.getInt("id"), zone, ksk, ttl))
            : ChildKeys.set(ksk, type, content, ttl),
        content,
        window(row));
  }

  static ValidityWindow window(ResultSet row) throws SQLException {
    return new ValidityWindow(
        Instant.ofEpochSecond(row.getLong("active_from")),
        Instant.ofEpochSecond(row.getLong("inception")),
        Instant.ofEpochSecond(row.getLong("expiration")));
  }

  private void store(Handle handle, SigningStore.Done signed, Instant now) {
    SigningStore.Work work = signed.work();
    ValidityWindow window = work.window();
    boolean isKeySet = work.type() == Type.DNSKEY;
    boolean isFirst = !isKeySet && isFirstChildSet(handle, work);
    if (isKeySet) {
      storeKeySet(handle, signed);
    } else {
      storeChildSet(handle, signed);
    }
    dropWork(handle, work);
    PostgresAudit.append(
        handle,
        SigningEvents.event(
            now,
            actor,
            AuditEvent.Action.KSK_SIGNATURE,
            work.zone(),
            work.key(),
            work.ksk().getFootprint(),
            Type.string(work.type())
                + " set, in use from "
                + window.activeFrom()
                + ", valid until "
                + window.expiration()));
    if (isKeySet && isOverTaken(handle, work)) {
      handle.execute(
          "UPDATE keyward.assignment SET planned_until = 0 WHERE id = ?", work.assignmentId());
    }
    if (isFirst || (isKeySet && isNewTtlInUse(handle, work, now))) {
      AssignmentTable.bumpSerial(handle, work.assignmentId());
    }
    handle
        .createQuery(
            """
            SELECT 1 FROM keyward.assignment a, keyward.touch_signing(a.domain_id)
            WHERE a.id = ? AND a.state IN ('signed', 'leaving') AND a.domain_id IS NOT NULL
            """)
        .bind(0, work.assignmentId())
        .mapTo(Integer.class)
        .list();
  }

  /** Whether the set was not served before, so that the zone changes. */
  private static boolean isFirstChildSet(Handle handle, SigningStore.Work work) {
    return handle
        .createQuery(
            """
            SELECT NOT EXISTS (SELECT FROM keyward.signed_child
              WHERE assignment_id = ? AND type = ? AND content = ?)
            """)
        .bind(0, work.assignmentId())
        .bind(1, work.type())
        .bind(2, work.content())
        .mapTo(Boolean.class)
        .one();
  }

  private static void storeChildSet(Handle handle, SigningStore.Done signed) {
    SigningStore.Work work = signed.work();
    handle.execute(
        """
        INSERT INTO keyward.signed_child (assignment_id, type, content, active_from, inception,
          expiration, ttl, signature)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        work.assignmentId(),
        work.type(),
        work.content(),
        work.window().activeFrom().getEpochSecond(),
        work.window().inception().getEpochSecond(),
        work.window().expiration().getEpochSecond(),
        work.ttl(),
        signed.signature().getSignature());
  }

  private static void storeKeySet(Handle handle, SigningStore.Done signed) {
    SigningStore.Work work = signed.work();
    ValidityWindow window = work.window();
    handle.execute(
        """
        INSERT INTO keyward.signed_set
          (assignment_id, active_from, inception, expiration, signature, ttl)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        work.assignmentId(),
        window.activeFrom().getEpochSecond(),
        window.inception().getEpochSecond(),
        window.expiration().getEpochSecond(),
        signed.signature().getSignature(),
        work.ttl());
  }

  /** Whether another TTL is wanted meanwhile, so that this step is to be signed once more. */
  private static boolean isOverTaken(Handle handle, SigningStore.Work work) {
    return handle
        .createQuery(
            "SELECT EXISTS (SELECT FROM keyward.assignment WHERE id = ? AND dnskey_ttl <> ?)")
        .bind(0, work.assignmentId())
        .bind(1, work.ttl())
        .mapTo(Boolean.class)
        .one();
  }

  /** Whether the zone was served with another TTL until now: it changes, so its serial moves. */
  private static boolean isNewTtlInUse(Handle handle, SigningStore.Work work, Instant now) {
    return !work.window().activeFrom().isAfter(now)
        && handle
            .createQuery(
                """
                SELECT EXISTS (SELECT FROM keyward.signed_set
                    WHERE assignment_id = :id AND ttl <> :ttl)
                  AND NOT EXISTS (SELECT FROM keyward.signed_set
                    WHERE assignment_id = :id AND ttl = :ttl AND active_from < :from)
                """)
            .bind("id", work.assignmentId())
            .bind("ttl", work.ttl())
            .bind("from", work.window().activeFrom().getEpochSecond())
            .mapTo(Boolean.class)
            .one();
  }

  static long waiting(Handle handle, String tokenSerial) {
    return handle
        .createQuery("SELECT count(*) FROM keyward.signing_work WHERE token_serial = ?")
        .bind(0, tokenSerial)
        .mapTo(Long.class)
        .one();
  }
}
