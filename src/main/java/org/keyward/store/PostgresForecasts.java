package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.statement.Query;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.keyset.CachedTtls;
import org.keyward.keyset.Forecast;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.KeySet;
import org.keyward.keyset.Policy;
import org.keyward.keyset.SignedWindow;
import org.keyward.keyset.Turns;
import org.keyward.keyset.ZonePolicy;
import org.xbill.DNS.Name;

/** What a forecast of a zone's rolls begins with. Writes nothing. Thread-safe. */
public final class PostgresForecasts {
  /** How many zones are read at a time. */
  private static final int PART = 1_000;

  private static final String USED =
      "SELECT id FROM keyward.assignment WHERE state <> 'ended' AND domain_id IS NOT NULL";

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
   * @param policy by name
   * @param stock what is signed and has not expired
   * @param cached the largest TTLs of now
   * @param obstacles why keys of a role are not replaced in the state and mode that the zone has,
   *     to be read after its name
   * @param used since when it has been signed
   * @param presentKsk {@code TOKEN/LABEL}
   * @param tokens names of tokens, by the ids that their keys have in {@code keys}
   */
  public record Known(
      Name zone,
      SigningSchedule schedule,
      Duration runway,
      Duration dnskeyTtl,
      String policy,
      KeySet keys,
      List<SignedWindow> stock,
      CachedTtls cached,
      Map<KeyRole, String> obstacles,
      Instant used,
      String presentKsk,
      Turns turns,
      Map<KeyRole, Noted> noted,
      Map<Integer, String> tokens) {
    public Known {
      stock = List.copyOf(stock);
      obstacles = Map.copyOf(obstacles);
      noted = Map.copyOf(noted);
      tokens = Map.copyOf(tokens);
    }

    /** Whether some key of the zone is replaced. */
    public boolean isReplaced() {
      return !obstacles.containsKey(KeyRole.KSK);
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
      Policy signed = policy.policy().signedBy(schedule, runway, dnskeyTtl);
      if (obstacles.containsKey(KeyRole.ZSK)) {
        signed = signed.withLifetime(KeyRole.ZSK, Optional.empty());
      }
      return new Forecast.Begin(
          zone,
          keys,
          stock,
          cached,
          new ZonePolicy(policy.name(), signed, policy.pace(), policy.nextKsk(), policy.parentDs()),
          turns,
          set,
          used,
          Optional.of(presentKsk));
    }
  }

  /** Empty when Keyward uses no key for the zone. */
  public Optional<Known> of(Name zone, Instant now) {
    return database.inSnapshot(
        handle -> {
          List<Integer> ids =
              handle
                  .createQuery(USED + " AND zone = ANY(:names)")
                  .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
                  .mapTo(Integer.class)
                  .list();
          return ForecastRows.read(handle, ids, now).stream().findFirst();
        });
  }

  /**
   * All zones with a key that Keyward uses, by name, some at a time: a zone that changes meanwhile
   * is as it was before or after.
   */
  public void forAll(Instant now, Consumer<List<Known>> some) {
    inParts(database.inSnapshot(h -> ids(h.createQuery(USED + " ORDER BY zone"))), now, some);
  }

  /** The same of those that have one of these policies. */
  public void forThoseOf(List<String> policies, Instant now, Consumer<List<Known>> some) {
    inParts(
        database.inSnapshot(
            handle ->
                ids(
                    handle
                        .createQuery(
                            "SELECT assignment_id FROM keyward.zone_policies"
                                + " WHERE policy = ANY(:policies) AND domain_id IS NOT NULL ORDER BY zone")
                        .bindArray("policies", String.class, policies.toArray()))),
        now,
        some);
  }

  private static List<Integer> ids(Query query) {
    return query.mapTo(Integer.class).list();
  }

  private void inParts(List<Integer> ids, Instant now, Consumer<List<Known>> some) {
    for (int i = 0; i < ids.size(); i += PART) {
      List<Integer> part = ids.subList(i, Math.min(ids.size(), i + PART));
      some.accept(database.inSnapshot(handle -> ForecastRows.read(handle, part, now)));
    }
  }

  /**
   * Until when zones of a policy have DNSKEY sets that were signed for another validity or TTL than
   * they have now; empty when there are none.
   */
  public Optional<Instant> otherwiseSignedUntil(String policy, Instant now) {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT max(s.expiration) FROM keyward.signed_set s
                    JOIN keyward.assignment a ON a.id = s.assignment_id
                    JOIN keyward.zone_policies z ON z.assignment_id = a.id
                    WHERE z.policy = :policy AND s.expiration > :now
                      AND (s.expiration - s.active_from <> a.validity OR s.ttl <> a.dnskey_ttl)
                    """)
                .bind("policy", policy)
                .bind("now", now.getEpochSecond())
                .mapTo(Long.class)
                .findFirst()
                .map(Instant::ofEpochSecond));
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
}
