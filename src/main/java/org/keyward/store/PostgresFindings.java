package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.dnssec.Algorithm;
import org.keyward.signing.Finding;
import org.keyward.signing.FindingStore;
import org.keyward.signing.ParentVerdict;
import org.keyward.signing.TokenKey;
import org.keyward.signing.TokenState;
import org.keyward.zone.RecordProblem;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/** What is wrong, and what that is seen from, in PostgreSQL. Thread-safe. */
public final class PostgresFindings implements FindingStore {
  /** How much sooner zones are asked about that did not fit the last time. */
  private static final Duration SOONER = Duration.ofMinutes(55);

  private final Database database;

  public PostgresFindings(Database database) {
    this.database = database;
  }

  @Override
  public Facts facts(Instant now, Duration runway, int limit) {
    return database.inSnapshot(
        handle ->
            new Facts(
                ClockTable.recent(handle, now),
                tokens(handle),
                keysOnTokens(handle),
                assigned(handle),
                lapsed(handle, now, limit),
                shortRunways(handle, now, runway, limit),
                unloadedZones(handle, limit),
                parents(handle, limit)));
  }

  private static List<TokenFact> tokens(Handle handle) {
    return handle
        .createQuery("SELECT * FROM keyward.token_status ORDER BY name")
        .map(
            (row, context) ->
                new TokenFact(
                    row.getString("name"),
                    Optional.ofNullable(row.getString("serial")),
                    Optional.ofNullable(row.getString("fault")),
                    TokenState.PinState.valueOf(row.getString("pin").toUpperCase(Locale.ROOT)),
                    List.of((String[]) row.getArray("warnings").getArray()),
                    row.getDouble("rate"),
                    row.getObject("inventoried_at") != null))
        .list();
  }

  private static List<TokenKey> keysOnTokens(Handle handle) {
    return handle
        .createQuery("SELECT * FROM keyward.token_key ORDER BY token_name, label")
        .map((row, context) -> key(row))
        .list();
  }

  private static TokenKey key(ResultSet row) throws SQLException {
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
    return handle
        .createQuery(
            """
            SELECT k.*, u.zones, u.one FROM keyward.key k JOIN (
              SELECT key_id, count(*) AS zones, min(zone) AS one FROM keyward.assignment a
              WHERE state <> 'ended' OR (mode = 'powerdns' AND NOT EXISTS (
                  SELECT FROM keyward.assignment l WHERE l.domain_id = a.domain_id AND l.id > a.id)
                AND EXISTS (SELECT FROM public.cryptokeys c
                  WHERE c.domain_id = a.domain_id AND c.flags = 257 AND c.active))
              GROUP BY key_id) u ON u.key_id = k.id
            WHERE NOT EXISTS (SELECT FROM keyward.token_status t
              WHERE t.serial = k.token_serial AND t.inventoried_at < k.first_seen)
            ORDER BY k.id
            """)
        .map(
            (row, context) ->
                new AssignedKey(
                    key(row), row.getInt("key_tag"), row.getLong("zones"), row.getString("one")))
        .list();
  }

  private static List<String> lapsed(Handle handle, Instant now, int limit) {
    return handle
        .createQuery(
            """
            SELECT a.zone FROM keyward.assignment a
            WHERE a.state IN ('signed', 'leaving') AND a.domain_id IS NOT NULL
              AND NOT EXISTS (SELECT FROM keyward.signed_set s WHERE s.assignment_id = a.id
                AND s.inception <= :now AND s.expiration > :now)
            ORDER BY 1 LIMIT :limit
            """)
        .bind("now", now.getEpochSecond())
        .bind("limit", limit)
        .mapTo(String.class)
        .list();
  }

  private static List<ShortRunway> shortRunways(
      Handle handle, Instant now, Duration runway, int limit) {
    return handle
        .createQuery(
            """
            SELECT a.zone, r.signed_until
            FROM keyward.assignment a JOIN (%s) r ON r.assignment_id = a.id
            WHERE a.state IN ('signed', 'leaving') AND a.domain_id IS NOT NULL
              AND r.signed_until < :end ORDER BY 2, 1 LIMIT :limit
            """
                .formatted(Runways.AT_NOW))
        .bind("now", now.getEpochSecond())
        .bind("end", now.plus(runway).getEpochSecond())
        .bind("limit", limit)
        .map(
            (row, context) ->
                new ShortRunway(
                    row.getString("zone"), Instant.ofEpochSecond(row.getLong("signed_until"))))
        .list();
  }

  private static List<UnloadedZone> unloadedZones(Handle handle, int limit) {
    return handle
        .createQuery(
            """
            SELECT d.name, p.reason FROM keyward.problem p
            JOIN public.domains d ON d.id = p.domain_id
            WHERE p.type = ? ORDER BY d.name LIMIT ?
            """)
        .bind(0, RecordProblem.ZONE)
        .bind(1, limit)
        .map((row, context) -> new UnloadedZone(row.getString("name"), row.getString("reason")))
        .list();
  }

  private static List<ParentFact> parents(Handle handle, int limit) {
    List<ParentFact> facts = new ArrayList<>(zonesThere(handle, limit));
    facts.addAll(RemovedZones.facts(handle, limit));
    return facts;
  }

  private static List<ParentFact> zonesThere(Handle handle, int limit) {
    return handle
        .createQuery(
            """
            SELECT * FROM (
              SELECT d.name, v.verdict, v.detail,
                row_number() OVER (PARTITION BY v.verdict ORDER BY d.name) AS place
              FROM keyward.parent_view v JOIN public.domains d ON d.id = v.domain_id
              WHERE v.verdict <> 'fits' AND v.checked_at > now() - INTERVAL '1 day') wrong
            WHERE place <= ? ORDER BY name
            """)
        .bind(0, limit)
        .map(
            (row, context) ->
                new ParentFact(
                    row.getString("name"),
                    new ParentVerdict(
                        ParentVerdict.Word.valueOf(
                            row.getString("verdict").toUpperCase(Locale.ROOT)),
                        row.getString("detail"))))
        .list();
  }

  /** One at a time, so that a finding is new to one signer only. */
  @Override
  public List<Finding> keep(List<Finding> found, Instant now) {
    return database.inTransaction(
        handle -> {
          handle.execute("LOCK TABLE keyward.finding IN SHARE ROW EXCLUSIVE MODE");
          String[] open = found.stream().map(PostgresFindings::identity).toArray(String[]::new);
          handle
              .createUpdate(
                  """
                  UPDATE keyward.finding SET ended_at = :now
                  WHERE ended_at IS NULL AND kind || ' ' || subject <> ALL (:open)
                  """)
              .bind("now", now.atOffset(ZoneOffset.UTC))
              .bindArray("open", String.class, (Object[]) open)
              .execute();
          return found.stream().filter(finding -> keep(handle, finding, now)).toList();
        });
  }

  private static String identity(Finding finding) {
    return finding.kind().word() + " " + finding.subject();
  }

  /** Whether it is new, or worse than it was. */
  private static boolean keep(Handle handle, Finding finding, Instant now) {
    Optional<String> before =
        handle
            .createQuery(
                """
                SELECT severity FROM keyward.finding
                WHERE kind = ? AND subject = ? AND ended_at IS NULL
                """)
            .bind(0, finding.kind().word())
            .bind(1, finding.subject())
            .mapTo(String.class)
            .findFirst();
    boolean worse =
        before
            .map(word -> Finding.Severity.valueOf(word.toUpperCase(Locale.ROOT)))
            .filter(severity -> severity.compareTo(finding.severity()) < 0)
            .isPresent();
    handle.execute(
        """
        INSERT INTO keyward.finding (kind, subject, severity, message, todo, first_seen)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (kind, subject) WHERE ended_at IS NULL DO UPDATE
        SET severity = excluded.severity, message = excluded.message, todo = excluded.todo,
          announced_at = CASE WHEN ? THEN NULL ELSE finding.announced_at END
        WHERE (finding.severity, finding.message, finding.todo)
          <> (excluded.severity, excluded.message, excluded.todo)
        """,
        finding.kind().word(),
        finding.subject(),
        finding.severity().word(),
        finding.message(),
        finding.todo(),
        now.atOffset(ZoneOffset.UTC),
        worse);
    return before.isEmpty() || worse;
  }

  @Override
  public List<Unannounced> unannounced(int limit) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT * FROM keyward.finding
                    WHERE announced_at IS NULL AND ended_at IS NULL ORDER BY id LIMIT ?
                    """)
                .bind(0, limit)
                .map((row, context) -> unannounced(row))
                .list());
  }

  private static Unannounced unannounced(ResultSet row) throws SQLException {
    return new Unannounced(
        row.getLong("id"),
        new Finding(
            Finding.Kind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT).replace('-', '_')),
            row.getString("subject"),
            Finding.Severity.valueOf(row.getString("severity").toUpperCase(Locale.ROOT)),
            row.getString("message"),
            row.getString("todo")),
        row.getObject("first_seen", OffsetDateTime.class).toInstant());
  }

  @Override
  public void announced(long id, Instant now) {
    database.useTransaction(
        handle ->
            handle.execute(
                "UPDATE keyward.finding SET announced_at = ? WHERE id = ?",
                now.atOffset(ZoneOffset.UTC),
                id));
  }

  @Override
  public List<Asked> toAsk(Instant before, int limit) {
    return database.inSnapshot(
        handle -> {
          List<Asked> zones = new ArrayList<>();
          handle
              .createQuery(
                  """
                  SELECT d.id, d.name FROM public.domains d
                  LEFT JOIN keyward.parent_view v ON v.domain_id = d.id
                  WHERE (v.checked_at IS NULL OR v.checked_at < :before
                    OR v.verdict <> 'fits' AND v.checked_at < :soon)
                    AND EXISTS (SELECT FROM keyward.assignment a WHERE a.domain_id = d.id
                      AND a.state <> 'signing'
                      AND (a.ended_at IS NULL OR a.ended_at > now() - INTERVAL '30 days'))
                  ORDER BY v.checked_at NULLS FIRST LIMIT :limit
                  """)
              .bind("before", before.atOffset(ZoneOffset.UTC))
              .bind("soon", before.plus(SOONER).atOffset(ZoneOffset.UTC))
              .bind("limit", limit)
              .map((row, context) -> asked(handle, row))
              .filter(Objects::nonNull)
              .forEach(zones::add);
          return zones;
        });
  }

  private static Asked asked(Handle handle, ResultSet row) throws SQLException {
    int id = row.getInt("id");
    Optional<Name> zone = StoredNames.parse(row.getString("name"));
    return zone.map(name -> new Asked(id, name, keys(handle, id, name))).orElse(null);
  }

  private static List<DNSKEYRecord> keys(Handle handle, int zoneId, Name zone) {
    return handle
        .createQuery(
            """
            SELECT k.* FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
            WHERE a.domain_id = ? AND a.state IN ('signed', 'leaving')
            """)
        .bind(0, zoneId)
        .map((row, context) -> KeyRows.ksk(zone, key(row)))
        .list();
  }

  @Override
  public void parentSeen(int zoneId, ParentVerdict verdict, Instant now) {
    database.useTransaction(
        handle ->
            handle.execute(
                """
                INSERT INTO keyward.parent_view (domain_id, verdict, detail, checked_at)
                SELECT id, ?, ?, ? FROM public.domains WHERE id = ?
                ON CONFLICT (domain_id) DO UPDATE SET verdict = excluded.verdict,
                  detail = excluded.detail, checked_at = excluded.checked_at
                """,
                verdict.word().name().toLowerCase(Locale.ROOT),
                verdict.detail(),
                now.atOffset(ZoneOffset.UTC),
                zoneId));
  }

  @Override
  public List<Name> removedToAsk(Instant before, int limit) {
    return database.inSnapshot(handle -> RemovedZones.toAsk(handle, before, limit));
  }

  @Override
  public void removedSeen(Name zone, String ds, Instant now) {
    database.useTransaction(handle -> RemovedZones.seen(handle, zone, ds, now));
  }

  @Override
  public void inventory(String token, List<TokenKey> keys, Instant now) {
    database.useTransaction(
        handle -> {
          handle.execute("DELETE FROM keyward.token_key WHERE token_name = ?", token);
          for (TokenKey key : keys) {
            handle.execute(
                """
                INSERT INTO keyward.token_key
                  (token_name, token_serial, label, cka_id, algorithm, public_key, key_tag)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                token,
                key.serial(),
                key.label(),
                key.ckaId(),
                key.algorithm().number(),
                key.publicKey(),
                KeyRows.ksk(Name.root, key).getFootprint());
          }
          handle.execute(
              "UPDATE keyward.token_status SET inventoried_at = ? WHERE name = ?",
              now.atOffset(ZoneOffset.UTC),
              token);
        });
  }
}
