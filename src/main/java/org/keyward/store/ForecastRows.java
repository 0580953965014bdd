package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.keyset.CachedTtls;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.KeySet;
import org.keyward.keyset.Roll;
import org.keyward.keyset.SignedWindow;
import org.keyward.keyset.Turns;
import org.keyward.store.PostgresForecasts.Known;
import org.keyward.store.PostgresForecasts.Noted;

/**
 * Zones as forecasts begin with them: as many queries for a thousand zones as for one, and nothing
 * is locked.
 */
final class ForecastRows {
  private final Map<Integer, List<KskRows.Ksk>> ksks;
  private final Map<Integer, List<KeyRows.Zsk>> zsks;
  private final Map<Integer, List<Roll>> rolls;
  private final Map<Integer, List<SignedWindow>> stock;
  private final Map<Integer, CachedTtls> cached;
  private final Map<Integer, Map<KeyRole, Noted>> noted;

  private ForecastRows(Handle handle, Object[] ids, Instant now) {
    ksks = KskRows.of(handle, ids);
    zsks = KeyRows.zsks(handle, ids);
    rolls = RollTable.of(handle, ids);
    stock = KeySetRows.stock(handle, now, ids);
    cached = cached(handle, ids);
    noted = noted(handle, ids);
  }

  /** In the order of the ids; one that is not used any more is left out. */
  static List<Known> read(Handle handle, List<Integer> ids, Instant now) {
    ForecastRows rows = new ForecastRows(handle, ids.toArray(), now);
    return handle
        .createQuery(
            """
            SELECT a.*, k.token_name || '/' || k.label AS ksk, k.algorithm AS ksk_algorithm,
              k.key_tag AS ksk_tag, %s, p.policy, %s AS place
            FROM unnest(:ids) WITH ORDINALITY AS i (id, number)
            JOIN keyward.assignment a ON a.id = i.id JOIN keyward.key k ON k.id = a.key_id
            LEFT JOIN keyward.zone_policies p ON p.assignment_id = a.id
            WHERE a.state <> 'ended' AND a.domain_id IS NOT NULL ORDER BY i.number
            """
                .formatted(KeySetRows.CHANGING, Lifetimes.PLACE))
        .bindArray("ids", Integer.class, ids.toArray())
        .map((row, context) -> rows.known(row))
        .list();
  }

  private Known known(ResultSet row) throws SQLException {
    KeySetRows.Zone zone = KeySetRows.zone(row);
    List<KskRows.Ksk> ofZone = ksks.getOrDefault(zone.id(), List.of());
    Map<Integer, String> tokens = new HashMap<>();
    ofZone.forEach(ksk -> tokens.put(-ksk.id(), ksk.token()));
    return new Known(
        zone.origin(),
        zone.schedule(),
        zone.runway(),
        Duration.ofSeconds(zone.dnskeyTtl()),
        zone.policy(),
        new KeySet(
            KeySetRows.keys(zone.origin(), ofZone, zsks.getOrDefault(zone.id(), List.of())),
            rolls.getOrDefault(zone.id(), List.of())),
        stock.getOrDefault(zone.id(), List.of()),
        cached.get(zone.id()),
        RollObstacles.of(zone),
        row.getTimestamp("assigned_at").toInstant(),
        row.getString("ksk"),
        new Turns(row.getLong("place")),
        noted.getOrDefault(zone.id(), Map.of()),
        tokens);
  }

  /** The TTLs that a roll would note now. */
  static Map<Integer, CachedTtls> cached(Handle handle, Object... ids) {
    return handle
        .createQuery(
            """
            SELECT a.id,
              greatest(a.dnskey_ttl, (SELECT max(r.dnskey_ttl) FROM keyward.roll r WHERE r.assignment_id = a.id),
                (SELECT max(s.ttl) FROM keyward.signed_set s WHERE s.assignment_id = a.id)) AS key,
              greatest(0, (SELECT max(r.data_ttl) FROM keyward.roll r WHERE r.assignment_id = a.id),
                (SELECT max(coalesce(r.ttl, 3600)) FROM public.records r WHERE r.domain_id = a.domain_id),
                (SELECT max(t.ttl) FROM keyward.roll_ttl t WHERE t.domain_id = a.domain_id)) AS data,
              greatest(0, (SELECT max(r.ds_ttl) FROM keyward.roll r WHERE r.assignment_id = a.id),
                (SELECT max(p.ttl) FROM keyward.parent_ds_ttl p WHERE p.domain_id = a.domain_id)) AS ds
            FROM keyward.assignment a WHERE a.id = ANY(:ids)
            """)
        .bindArray("ids", Integer.class, ids)
        .reduceRows(
            new HashMap<>(),
            (map, row) -> {
              map.put(
                  row.getColumn("id", Integer.class),
                  new CachedTtls(
                      Duration.ofSeconds(row.getColumn("key", Long.class)),
                      Duration.ofSeconds(row.getColumn("data", Long.class)),
                      Duration.ofSeconds(row.getColumn("ds", Long.class))));
              return map;
            });
  }

  private static Map<Integer, Map<KeyRole, Noted>> noted(Handle handle, Object[] ids) {
    return handle
        .createQuery(
            """
            SELECT assignment_id, role, lifetime, since
            FROM keyward.lifetime WHERE assignment_id = ANY(:ids)
            """)
        .bindArray("ids", Integer.class, ids)
        .reduceRows(
            new HashMap<>(),
            (map, row) -> {
              map.computeIfAbsent(
                      row.getColumn("assignment_id", Integer.class),
                      id -> new EnumMap<>(KeyRole.class))
                  .put(
                      KeyRole.valueOf(row.getColumn("role", String.class).toUpperCase(Locale.ROOT)),
                      new Noted(
                          Optional.ofNullable(row.getColumn("lifetime", Long.class))
                              .map(Duration::ofSeconds),
                          row.getColumn("since", Instant.class)));
              return map;
            });
  }
}
