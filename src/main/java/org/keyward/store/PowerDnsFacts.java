package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.signing.FindingStore.EngineUse;
import org.keyward.signing.FindingStore.InvalidSets;
import org.keyward.signing.FindingStore.LargeZone;
import org.keyward.signing.FindingStore.PowerDns;
import org.keyward.signing.FindingStore.ServerFact;
import org.keyward.signing.FindingStore.UnsignableZone;
import org.keyward.signing.LargestZone;

/** What the database knows of PowerDNS and of the keys that it signs with. */
final class PowerDnsFacts {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** As 'keyward pdns-config' sets it, PowerDNS reads the list of zones three times in this. */
  private static final Duration THREE_LISTS = Duration.ofSeconds(30);

  private static final int ZONES_FOR_ONE_INTERVAL = 20_000;

  private PowerDnsFacts() {}

  static PowerDns read(Handle handle, Instant now, int limit) {
    return new PowerDns(
        servers(handle, now),
        large(handle, now, limit),
        invalid(handle, now, limit),
        unsignable(handle, limit),
        outside(handle, limit),
        unassigned(handle, now, limit));
  }

  /** Until the zone has a key, or somebody asks for one again; a day at most. */
  private static List<UnsignableZone> unassigned(Handle handle, Instant now, int limit) {
    return DamagedRows.readable(
        handle
            .createQuery(
                """
            SELECT d.name, r.answer FROM keyward.request r JOIN public.domains d ON d.name = r.zone
            WHERE r.kind = 'assign' AND r.actor = 'powerdns' AND r.state = 'failed'
              AND r.answered_at > :from
              AND NOT EXISTS (SELECT FROM keyward.request l WHERE l.zone = r.zone AND l.id > r.id)
              AND NOT EXISTS (SELECT FROM keyward.assignment a
                WHERE a.domain_id = d.id AND a.state <> 'ended')
            ORDER BY d.name LIMIT :limit
            """)
            .bind("from", now.minus(Duration.ofDays(1)).atOffset(ZoneOffset.UTC))
            .bind("limit", limit),
        "keyward.request",
        (row, context) -> new UnsignableZone(row.getString("name"), row.getString("answer")));
  }

  private static List<ServerFact> servers(Handle handle, Instant now) {
    long zones = handle.createQuery("SELECT count(*) FROM public.domains").mapTo(Long.class).one();
    Duration lists = THREE_LISTS.multipliedBy(1 + zones / ZONES_FOR_ONE_INTERVAL);
    Duration bearable = lists.compareTo(MINUTE) > 0 ? lists : MINUTE;
    return DamagedRows.readable(
        handle
            .createQuery(
                """
            SELECT server, extract(epoch FROM seen_at - coalesce(asked_at, started_at))::BIGINT AS silent
            FROM keyward.powerdns_contact WHERE seen_at > :from ORDER BY server
            """)
            .bind("from", now.minus(MINUTE).atOffset(ZoneOffset.UTC)),
        "keyward.powerdns_contact",
        (row, context) ->
            new ServerFact(
                row.getString("server"), Duration.ofSeconds(row.getLong("silent")), bearable));
  }

  private static List<InvalidSets> invalid(Handle handle, Instant now, int limit) {
    return DamagedRows.readable(
        handle
            .createQuery(
                """
            SELECT zone, count(*) AS sets, min(what) AS what, min(server) AS server FROM (
              SELECT server, split_part(i, ' ', 1) AS zone, substr(i, strpos(i, ' ') + 1) AS what
              FROM keyward.powerdns_contact, unnest(invalid) AS i WHERE seen_at > :from) sets
            GROUP BY zone ORDER BY zone LIMIT :limit
            """)
            .bind("from", now.minus(MINUTE).atOffset(ZoneOffset.UTC))
            .bind("limit", limit),
        "keyward.powerdns_contact",
        (row, context) ->
            new InvalidSets(
                row.getString("zone"),
                row.getLong("sets"),
                row.getString("what"),
                row.getString("server")));
  }

  private record Seen(String server, Optional<LargestZone> way) {}

  private record Over(String server, LargestZone way) {}

  /** Counts records only where it matters. */
  private static List<LargeZone> large(Handle handle, Instant now, int limit) {
    Optional<Over> smallest =
        handle
            .createQuery(
                "SELECT server, unnest(asked_over) AS way FROM keyward.powerdns_contact"
                    + " WHERE seen_at > :from ORDER BY server")
            .bind("from", now.minus(MINUTE).atOffset(ZoneOffset.UTC))
            .map(
                (row, context) ->
                    new Seen(row.getString("server"), LargestZone.over(row.getString("way"))))
            .stream()
            .flatMap(seen -> seen.way().map(way -> new Over(seen.server(), way)).stream())
            .min(Comparator.comparing(over -> over.way().records()));
    return smallest.map(over -> large(handle, over, limit)).orElse(List.of());
  }

  private static List<LargeZone> large(Handle handle, Over over, int limit) {
    return DamagedRows.readable(
        handle
            .createQuery(
                """
            SELECT d.name, r.records FROM (
              SELECT domain_id, count(*) AS records FROM public.records
              GROUP BY domain_id HAVING count(*) > :most) r
            JOIN public.domains d ON d.id = r.domain_id ORDER BY d.name LIMIT :limit
            """)
            .bind("most", over.way().records())
            .bind("limit", limit),
        "keyward",
        (row, context) ->
            new LargeZone(
                row.getString("name"), row.getLong("records"), over.server(), over.way()));
  }

  /**
   * Keys of PowerDNS count where Keyward does not sign. PowerDNS gives no answer of a zone one of
   * whose active keys it cannot read or use.
   */
  private static List<UnsignableZone> unsignable(Handle handle, int limit) {
    return handle
        .createQuery(
            """
            SELECT * FROM (
              SELECT p.zone, CASE
                  WHEN bool_or(p.active AND p.form = 'unreadable') THEN 'its key '
                    || min(p.id) FILTER (WHERE p.active AND p.form = 'unreadable')
                    || ' in cryptokeys is active and no private key that PowerDNS can read'
                  WHEN bool_or(p.active) AND w.host IS NOT NULL THEN 'it gets its key on a token from the'
                    || ' server ' || w.host || ' without the PIN; put the token with its label, pin-file'
                    || ' and powerdns-module into the configuration there'
                  WHEN count(*) = 1 AND NOT bool_or(p.active) THEN 'its key is not active, and it is served unsigned'
                  WHEN NOT bool_or(p.active) THEN 'none of its ' || count(*)
                    || ' keys is active, and it is served unsigned' END AS why
              FROM keyward.powerdns_keys p
              LEFT JOIN LATERAL (SELECT min(s.server) AS host FROM keyward.powerdns_contact s
                WHERE p.zone = ANY(s.without_pin) AND s.seen_at > now() - INTERVAL '1 minute') w ON true
              WHERE NOT EXISTS (SELECT FROM keyward.assignment a
                WHERE a.domain_id = p.domain_id AND a.state <> 'ended')
              GROUP BY p.zone, w.host) z
            WHERE why IS NOT NULL ORDER BY zone LIMIT ?
            """)
        .bind(0, limit)
        .map((row, context) -> new UnsignableZone(row.getString("zone"), row.getString("why")))
        .list();
  }

  /** Keys that come from PowerDNS, or go there, are meant to be there for a time. */
  private static List<UnsignableZone> outside(Handle handle, int limit) {
    return DamagedRows.readable(
        handle
            .createQuery(
                """
            SELECT p.zone, 'has keys of PowerDNS as well: ' || string_agg(p.id
                || CASE WHEN p.form = 'sealed' THEN ' in keyward.sealed_key' ELSE ' in cryptokeys' END
                || CASE WHEN p.active THEN ' (active)' ELSE '' END, ', ' ORDER BY p.id) AS why
            FROM keyward.powerdns_keys p
            JOIN keyward.assignment a ON a.domain_id = p.domain_id AND a.state <> 'ended'
            WHERE a.mode <> 'powerdns' AND a.adopt_after IS NULL
            GROUP BY p.zone ORDER BY p.zone LIMIT ?
            """)
            .bind(0, limit),
        "keyward.powerdns_keys",
        (row, context) -> new UnsignableZone(row.getString("zone"), row.getString("why")));
  }

  /** Sealed ones do not show which key they mean: Keyward has given those to PowerDNS itself. */
  static List<EngineUse> keysOnTokens(Handle handle) {
    return DamagedRows.readable(
        handle.createQuery(
            """
            SELECT coalesce(slot, '') AS slot, label, count(DISTINCT zone) AS zones, min(zone) AS one
            FROM keyward.powerdns_keys WHERE form = 'token' AND label IS NOT NULL
            GROUP BY slot, label
            """),
        "keyward.powerdns_keys",
        (row, context) ->
            new EngineUse(
                row.getString("slot"),
                row.getString("label"),
                row.getLong("zones"),
                row.getString("one")));
  }
}
