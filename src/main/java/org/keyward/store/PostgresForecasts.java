package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.keyset.Forecast;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.Policy;
import org.keyward.keyset.Turns;
import org.keyward.keyset.ZonePolicy;
import org.keyward.signing.RollStore.ZoneRolls;
import org.xbill.DNS.Name;

/** What a forecast of a zone's rolls begins with. Writes nothing. Thread-safe. */
public final class PostgresForecasts {
  private final Database database;

  public PostgresForecasts(Database database) {
    this.database = database;
  }

  /**
   * A lifetime that the signer has noted.
   *
   * @param lifetime empty for none
   */
  public record Noted(Optional<Duration> lifetime, Instant since) {}

  /**
   * A zone.
   *
   * @param rolls with the TTLs of now
   * @param signed whether keys of the zone are replaced in the state and mode that it has
   * @param used since when it has been signed
   * @param presentKsk {@code TOKEN/LABEL}
   * @param tokens names of tokens, by the ids that their keys have in {@code rolls}
   */
  public record Known(
      ZoneRolls rolls,
      boolean signed,
      Instant used,
      String presentKsk,
      Turns turns,
      Map<KeyRole, Noted> noted,
      Map<Integer, String> tokens) {
    public Known {
      noted = Map.copyOf(noted);
      tokens = Map.copyOf(tokens);
    }

    /** With this policy from now on. */
    public Forecast.Begin begin(ZonePolicy policy, Instant now) {
      Map<KeyRole, Instant> set = new EnumMap<>(KeyRole.class);
      for (KeyRole role : KeyRole.values()) {
        // A lifetime that is another one than the signer has noted counts from when it notes it.
        set.put(
            role,
            Optional.ofNullable(noted.get(role))
                .filter(one -> one.lifetime().equals(policy.policy().lifetime(role)))
                .map(Noted::since)
                .orElse(now));
      }
      Policy signed = policy.policy().signedBy(rolls.schedule(), rolls.runway(), rolls.dnskeyTtl());
      return new Forecast.Begin(
          rolls.zone(),
          rolls.keys(),
          rolls.seen().stock(),
          rolls.seen().cached(),
          new ZonePolicy(policy.name(), signed, policy.pace(), policy.nextKsk()),
          turns,
          set,
          used,
          Optional.of(presentKsk));
    }
  }

  /** Zones with a key that Keyward uses, by name. */
  public List<Name> zones() {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery(
                    "SELECT zone FROM keyward.assignment WHERE state <> 'ended'"
                        + " AND domain_id IS NOT NULL ORDER BY zone")
                .mapTo(String.class)
                .list()
                .stream()
                .flatMap(zone -> StoredNames.parse(zone).stream())
                .toList());
  }

  /** Empty when Keyward uses no key for the zone. */
  public Optional<Known> of(Name zone, Instant now) {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery(
                    KeySetRows.ASSIGNMENT
                        + """
                        WHERE a.state <> 'ended' AND a.domain_id IS NOT NULL AND a.zone = ANY(:names)
                        """)
                .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
                .map((row, context) -> KeySetRows.zone(row))
                .findFirst()
                .map(found -> known(handle, found, now)));
  }

  private static Known known(Handle handle, KeySetRows.Zone zone, Instant now) {
    Map<Integer, String> tokens =
        handle
            .createQuery(
                """
                SELECT -k.id AS id, k.token_name FROM keyward.ksk z
                JOIN keyward.key k ON k.id = z.key_id WHERE z.assignment_id = ?
                """)
            .bind(0, zone.id())
            .reduceRows(
                new HashMap<>(),
                (map, row) -> {
                  map.put(
                      row.getColumn("id", Integer.class),
                      row.getColumn("token_name", String.class));
                  return map;
                });
    return handle
        .createQuery(
            """
            SELECT a.assigned_at, k.token_name || '/' || k.label AS ksk, %s AS place
            FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id WHERE a.id = ?
            """
                .formatted(Lifetimes.PLACE))
        .bind(0, zone.id())
        .map(
            (row, context) ->
                new Known(
                    KeySetRows.look(handle, zone, now),
                    zone.presigned() && zone.state().equals("signed"),
                    row.getTimestamp("assigned_at").toInstant(),
                    row.getString("ksk"),
                    new Turns(row.getLong("place")),
                    noted(handle, zone.id()),
                    tokens))
        .one();
  }

  private static Map<KeyRole, Noted> noted(Handle handle, int assignmentId) {
    Map<KeyRole, Noted> noted = new EnumMap<>(KeyRole.class);
    handle
        .createQuery("SELECT role, lifetime, since FROM keyward.lifetime WHERE assignment_id = ?")
        .bind(0, assignmentId)
        .map(
            (row, context) ->
                Map.entry(
                    KeyRole.valueOf(row.getString("role").toUpperCase(Locale.ROOT)),
                    new Noted(
                        Optional.ofNullable(row.getObject("lifetime", Long.class))
                            .map(Duration::ofSeconds),
                        row.getTimestamp("since").toInstant())))
        .forEach(one -> noted.put(one.getKey(), one.getValue()));
    return noted;
  }

  /** How many zones each policy is of. */
  public Map<String, Long> zonesOfPolicies() {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery(
                    "SELECT policy, count(*) AS zones FROM keyward.zone_policies GROUP BY 1")
                .reduceRows(
                    new HashMap<>(),
                    (map, row) -> {
                      map.put(
                          row.getColumn("policy", String.class),
                          row.getColumn("zones", Long.class));
                      return map;
                    }));
  }

  /** Zones that have one of these policies. */
  public List<Name> zonesOf(List<String> policies) {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery(
                    "SELECT zone FROM keyward.zone_policies WHERE policy = ANY(:policies)"
                        + " AND domain_id IS NOT NULL ORDER BY zone")
                .bindArray("policies", String.class, policies.toArray())
                .mapTo(String.class)
                .list()
                .stream()
                .flatMap(zone -> StoredNames.parse(zone).stream())
                .toList());
  }
}
