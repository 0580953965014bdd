package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.dnssec.Algorithm;
import org.keyward.signing.FindingStore.AssignedKey;
import org.keyward.signing.FindingStore.Facts;
import org.keyward.signing.FindingStore.Keys;
import org.keyward.signing.FindingStore.LeftOut;
import org.keyward.signing.FindingStore.ParentFact;
import org.keyward.signing.FindingStore.ShortRunway;
import org.keyward.signing.FindingStore.SignedZone;
import org.keyward.signing.FindingStore.TokenFact;
import org.keyward.signing.FindingStore.UnloadedZone;
import org.keyward.signing.ParentVerdict;
import org.keyward.signing.TokenKey;
import org.keyward.signing.TokenState;
import org.keyward.zone.RecordProblem;

/** What findings are made of, as the database knows it at one moment. */
final class FindingFacts {
  private FindingFacts() {}

  static Facts read(Handle handle, Instant now, Duration runway, int limit) {
    return new Facts(
        ClockTable.recent(handle, now),
        DatabaseMoves.recent(handle, now),
        PostgresVersions.recent(handle, now, limit),
        PostgresCopies.recent(handle, now),
        tokens(handle),
        new Keys(keysOnTokens(handle), assigned(handle), PowerDnsFacts.keysOnTokens(handle)),
        lapsed(handle, now, limit),
        shortRunways(handle, now, runway, limit),
        unloadedZones(handle, limit),
        leftOut(handle, limit),
        parents(handle, limit),
        RollFacts.read(handle, now, limit),
        PowerDnsFacts.read(handle, now, limit),
        heldBack(handle, limit),
        auditFault(handle));
  }

  private static List<TokenFact> tokens(Handle handle) {
    return DamagedRows.readable(
        handle.createQuery("SELECT * FROM keyward.token_status ORDER BY name"),
        "keyward.token_status",
        (row, context) ->
            new TokenFact(
                row.getString("name"),
                Optional.ofNullable(row.getString("serial")),
                Optional.ofNullable(row.getString("label")),
                Optional.ofNullable(row.getString("fault")),
                TokenState.PinState.valueOf(row.getString("pin").toUpperCase(Locale.ROOT)),
                List.of((String[]) row.getArray("warnings").getArray()),
                row.getDouble("rate"),
                row.getObject("inventoried_at") != null));
  }

  private static List<TokenKey> keysOnTokens(Handle handle) {
    return DamagedRows.readable(
        handle.createQuery("SELECT * FROM keyward.token_key ORDER BY token_name, label"),
        "keyward.token_key",
        (row, context) -> key(row));
  }

  static TokenKey key(ResultSet row) throws SQLException {
    return new TokenKey(
        row.getString("token_name"),
        row.getString("token_serial"),
        row.getString("label"),
        row.getString("cka_id"),
        Algorithm.ofNumber(row.getInt("algorithm")).orElseThrow(),
        row.getBytes("public_key"));
  }

  /**
   * Those that PowerDNS got from Keyward are among them. Without keys that came into use after
   * their token was last looked at: they are not missing.
   */
  private static List<AssignedKey> assigned(Handle handle) {
    return DamagedRows.readable(
        handle.createQuery(
            """
            SELECT k.*, u.zones, u.one FROM keyward.key k JOIN (
              SELECT o.key_id, count(*) AS zones, min(a.zone) AS one
              FROM keyward.assignment a JOIN keyward.ksk o ON o.assignment_id = a.id
              WHERE a.state <> 'ended' AND o.signs_from IS NOT NULL
                  AND coalesce(o.signs_until > extract(epoch FROM now()), true)
                OR o.key_id = a.key_id AND (a.mode = 'powerdns' AND NOT EXISTS (
                  SELECT FROM keyward.assignment l WHERE l.domain_id = a.domain_id AND l.id > a.id)
                AND EXISTS (SELECT FROM keyward.powerdns_keys c
                  WHERE c.domain_id = a.domain_id AND c.flags = 257 AND c.active))
              GROUP BY o.key_id) u ON u.key_id = k.id
            WHERE NOT EXISTS (SELECT FROM keyward.token_status t
              WHERE t.serial = k.token_serial AND t.inventoried_at < k.first_seen)
            ORDER BY k.id
            """),
        "keyward.key",
        (row, context) ->
            new AssignedKey(
                key(row), row.getInt("key_tag"), row.getLong("zones"), row.getString("one")));
  }

  private static List<SignedZone> lapsed(Handle handle, Instant now, int limit) {
    return DamagedRows.readable(
        handle
            .createQuery(
                """
            SELECT a.zone, k.token_name FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
            WHERE a.state IN ('signed', 'leaving') AND a.domain_id IS NOT NULL
              AND NOT EXISTS (SELECT FROM keyward.signed_set s WHERE s.assignment_id = a.id
                AND s.inception <= :now AND s.expiration > :now)
            ORDER BY 1 LIMIT :limit
            """)
            .bind("now", now.getEpochSecond())
            .bind("limit", limit),
        "keyward.assignment",
        (row, context) -> new SignedZone(row.getString("zone"), row.getString("token_name")));
  }

  private static List<ShortRunway> shortRunways(
      Handle handle, Instant now, Duration runway, int limit) {
    return DamagedRows.readable(
        handle
            .createQuery(
                """
            SELECT a.zone, k.token_name, r.signed_until
            FROM keyward.assignment a JOIN (%s) r ON r.assignment_id = a.id
            JOIN keyward.key k ON k.id = a.key_id
            WHERE a.state IN ('signed', 'leaving') AND a.domain_id IS NOT NULL
              AND r.signed_until < :end ORDER BY 3, 1 LIMIT :limit
            """
                    .formatted(Runways.AT_NOW))
            .bind("now", now.getEpochSecond())
            .bind("end", now.plus(runway).getEpochSecond())
            .bind("limit", limit),
        "keyward.assignment",
        (row, context) ->
            new ShortRunway(
                row.getString("zone"),
                row.getString("token_name"),
                Instant.ofEpochSecond(row.getLong("signed_until"))));
  }

  private static List<UnloadedZone> unloadedZones(Handle handle, int limit) {
    return DamagedRows.readable(
        handle
            .createQuery(
                """
            SELECT d.name, p.reason FROM keyward.problem p
            JOIN public.domains d ON d.id = p.domain_id
            WHERE p.type = ? ORDER BY d.name LIMIT ?
            """)
            .bind(0, RecordProblem.ZONE)
            .bind(1, limit),
        "keyward.problem",
        (row, context) -> new UnloadedZone(row.getString("name"), row.getString("reason")));
  }

  private static List<LeftOut> leftOut(Handle handle, int limit) {
    return DamagedRows.readable(
        handle
            .createQuery(
                """
            SELECT d.name, count(*) AS records,
              (array_agg(trim(p.name || ' ' || p.type) ORDER BY p.name, p.type, p.reason))[1] AS one,
              (array_agg(p.reason ORDER BY p.name, p.type, p.reason))[1] AS reason,
              d.id IN (SELECT domain_id FROM keyward.assignment WHERE state IN ('signed', 'leaving'))
                OR d.id IN (SELECT domain_id FROM keyward.powerdns_keys WHERE active) AS signed
            FROM keyward.problem p JOIN public.domains d ON d.id = p.domain_id
            WHERE p.type <> :zone GROUP BY d.id, d.name ORDER BY d.name LIMIT :limit
            """)
            .bind("zone", RecordProblem.ZONE)
            .bind("limit", limit),
        "keyward.problem",
        (row, context) ->
            new LeftOut(
                row.getString("name"),
                row.getLong("records"),
                row.getString("one"),
                row.getString("reason"),
                row.getBoolean("signed")));
  }

  private static List<String> heldBack(Handle handle, int limit) {
    return handle
        .createQuery(
            """
            SELECT coalesce(nullif(d.name, ''), '.') AS zone FROM public.domains d
            WHERE d.id IN (
                SELECT m.domain_id FROM public.domainmetadata m
                WHERE m.kind IN ('PUBLISH-CDS', 'PUBLISH-CDNSKEY')
                  AND keyward.is_held_back(m.id, m.content))
              AND (d.id IN (SELECT domain_id FROM keyward.assignment WHERE state <> 'ended')
                OR d.id IN (SELECT domain_id FROM keyward.powerdns_keys WHERE active))
            ORDER BY 1 LIMIT ?
            """)
        .bind(0, limit)
        .mapTo(String.class)
        .list();
  }

  private static Optional<String> auditFault(Handle handle) {
    return handle
        .createQuery("SELECT fault FROM keyward.audit_check WHERE fault IS NOT NULL")
        .mapTo(String.class)
        .findFirst();
  }

  private static List<ParentFact> parents(Handle handle, int limit) {
    List<ParentFact> facts = new ArrayList<>(zonesThere(handle, limit));
    facts.addAll(RemovedZones.facts(handle, limit));
    return facts;
  }

  private static List<ParentFact> zonesThere(Handle handle, int limit) {
    return DamagedRows.readable(
        handle
            .createQuery(
                """
            SELECT wrong.*, h.parent FROM (
              SELECT d.id, d.name, v.verdict, v.detail,
                row_number() OVER (PARTITION BY v.verdict ORDER BY d.name) AS place
              FROM keyward.parent_view v JOIN public.domains d ON d.id = v.domain_id
              WHERE v.verdict <> 'fits' AND v.checked_at > now() - INTERVAL '1 day') wrong
            LEFT JOIN LATERAL (SELECT p.parent FROM keyward.parents_here p
              WHERE p.domain_id = wrong.id AND wrong.verdict = 'missing' AND p.writes
                AND p.obstacle IS NULL) h ON true
            WHERE place <= ? ORDER BY name
            """)
            .bind(0, limit),
        "keyward.parent_view",
        (row, context) ->
            new ParentFact(
                row.getString("name"),
                row.getString("parent") == null
                    ? new ParentVerdict(
                        ParentVerdict.Word.valueOf(
                            row.getString("verdict").toUpperCase(Locale.ROOT)),
                        row.getString("detail"))
                    : new ParentVerdict(
                        ParentVerdict.Word.AWAITED,
                        row.getString("parent").isEmpty() ? "." : row.getString("parent"))));
  }
}
