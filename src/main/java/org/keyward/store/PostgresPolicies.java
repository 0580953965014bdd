package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.NameText;
import org.keyward.keyset.KeyRole;
import org.keyward.signing.PolicyStore;
import org.keyward.signing.SigningRequest;
import org.xbill.DNS.Name;

/** Policies in PostgreSQL: {@code keyward.policy}. Thread-safe. */
public final class PostgresPolicies implements PolicyStore {
  private final Database database;

  public PostgresPolicies(Database database) {
    this.database = database;
  }

  @Override
  public List<Stored> read() {
    return database.inTransaction(PostgresPolicies::read);
  }

  static List<Stored> read(Handle handle) {
    Map<String, Map<String, String>> says = new HashMap<>();
    handle
        .createQuery("SELECT policy, field, value FROM keyward.policy_value")
        .map((row, context) -> List.of(row.getString(1), row.getString(2), row.getString(3)))
        .forEach(
            value ->
                says.computeIfAbsent(value.get(0), policy -> new HashMap<>())
                    .put(value.get(1), value.get(2)));
    return handle
        .createQuery("SELECT name, base FROM keyward.policy ORDER BY name")
        .map(
            (row, context) ->
                new Stored(
                    row.getString("name"),
                    Optional.ofNullable(row.getString("base")),
                    says.getOrDefault(row.getString("name"), Map.of())))
        .list();
  }

  @Override
  public Optional<String> change(
      long requestId,
      SigningRequest.OfPolicy request,
      Function<List<Stored>, Change> judge,
      Instant now) {
    return database.inTransaction(
        handle -> {
          if (!RequestTable.isQueued(handle, requestId)) {
            return Optional.empty();
          }
          handle.execute("LOCK TABLE keyward.policy IN SHARE ROW EXCLUSIVE MODE");
          Change change = judge.apply(read(handle));
          Optional<String> obstacle = obstacle(handle, change);
          if (obstacle.isEmpty()) {
            // First, since the database lets a zone have another policy only for an approved
            // request.
            RequestTable.answer(handle, requestId, true, answer(handle, change));
            carryOut(handle, change, request, now);
            audit(handle, requestId, change, request, now);
          }
          return obstacle;
        });
  }

  private static Optional<String> obstacle(Handle handle, Change change) {
    if (change instanceof Change.Refused refused) {
      return Optional.of(refused.why());
    }
    if (change instanceof Change.Give give) {
      return zoneId(handle, give.zone()).isPresent()
          ? Optional.empty()
          : Optional.of("there is no zone " + NameText.of(give.zone()));
    }
    return change instanceof Change.Delete delete
        ? handle
            .createQuery(
                """
                SELECT d.name FROM public.domainmetadata m JOIN public.domains d ON d.id = m.domain_id
                WHERE m.kind = 'X-KEYWARD-POLICY' AND m.content = ? ORDER BY d.name LIMIT 1
                """)
            .bind(0, delete.policy())
            .mapTo(String.class)
            .findFirst()
            .map(zone -> zone + " has the policy " + delete.policy() + "; give it another first")
        : Optional.empty();
  }

  private static Optional<Integer> zoneId(Handle handle, Name zone) {
    return handle
        .createQuery("SELECT id FROM public.domains WHERE name = ANY(:names)")
        .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
        .mapTo(Integer.class)
        .findFirst();
  }

  private static String answer(Handle handle, Change change) {
    if (change instanceof Change.Save save) {
      return "the policy "
          + save.policy().name()
          + " is changed; no roll begins by that, but each zone's next turn may be another time";
    }
    if (change instanceof Change.Give give) {
      return NameText.of(give.zone())
          + " has the policy "
          + give.policy()
          + obstacle(handle, give.zone())
              .map(why -> ", and" + why)
              .orElse("; no roll begins by that before the zone's next turn");
    }
    return "the policy " + ((Change.Delete) change).policy() + " is deleted";
  }

  /** Why not all keys of the zone are replaced, whatever its policy says. */
  private static Optional<String> obstacle(Handle handle, Name zone) {
    Optional<KeySetRows.Zone> assigned = KeySetRows.find(handle, zone);
    return RollObstacles.of(handle, zone, assigned, KeyRole.KSK)
        .or(() -> RollObstacles.of(handle, zone, assigned, KeyRole.ZSK));
  }

  private static void carryOut(
      Handle handle, Change change, SigningRequest.OfPolicy request, Instant now) {
    if (change instanceof Change.Save save) {
      save(handle, save.policy(), request.actor(), now);
    } else if (change instanceof Change.Delete delete) {
      handle.execute("DELETE FROM keyward.policy WHERE name = ?", delete.policy());
    } else if (change instanceof Change.Give give) {
      handle
          .createQuery("SELECT 1 FROM keyward.give_policy(?, ?)")
          .bind(0, zoneId(handle, give.zone()).orElseThrow())
          .bind(1, give.policy())
          .mapTo(Integer.class)
          .list();
    }
  }

  private static void save(Handle handle, Stored policy, String actor, Instant now) {
    handle
        .createUpdate(
            """
            INSERT INTO keyward.policy (name, base, changed_at, changed_by)
            VALUES (:name, :base, :now, :actor)
            ON CONFLICT (name) DO UPDATE SET base = excluded.base, changed_at = excluded.changed_at,
              changed_by = excluded.changed_by
            """)
        .bind("name", policy.name())
        .bind("base", policy.base().orElse(null))
        .bind("now", KeySetRows.at(now))
        .bind("actor", actor)
        .execute();
    handle.execute("DELETE FROM keyward.policy_value WHERE policy = ?", policy.name());
    policy
        .says()
        .forEach(
            (field, value) ->
                handle.execute(
                    "INSERT INTO keyward.policy_value (policy, field, value) VALUES (?, ?, ?)",
                    policy.name(),
                    field,
                    value));
  }

  private static void audit(
      Handle handle, long requestId, Change change, SigningRequest.OfPolicy request, Instant now) {
    PostgresAudit.append(
        handle,
        new AuditEvent(
            now,
            request.actor(),
            AuditEvent.Action.POLICY_CHANGED,
            AuditEvent.Result.DONE,
            change instanceof Change.Give give
                ? Optional.of(NameText.of(give.zone()))
                : Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            RequestTable.what(handle, requestId)
                + (request.reason().isEmpty() ? "" : "; " + request.reason())));
  }

  @Override
  public void follow(
      Map<String, Map<KeyRole, Duration>> lifetimes, Map<String, String> faults, Instant now) {
    List<String> policies = new ArrayList<>();
    List<String> roles = new ArrayList<>();
    List<Long> seconds = new ArrayList<>();
    lifetimes.forEach(
        (policy, ofRoles) -> {
          for (KeyRole role : KeyRole.values()) {
            policies.add(policy);
            roles.add(RollTable.word(role));
            seconds.add(Optional.ofNullable(ofRoles.get(role)).map(Duration::toSeconds).orElse(0L));
          }
        });
    database.useTransaction(
        handle -> {
          handle
              .createUpdate(
                  """
                  INSERT INTO keyward.lifetime (assignment_id, role, lifetime, since, turn_at)
                  SELECT a.assignment_id, p.role, p.life, :now,
                    :second + p.life - (:second - %s %% p.life) %% p.life
                  FROM keyward.zone_policies a
                  JOIN (SELECT n.name, n.role, nullif(n.seconds, 0) AS life
                    FROM unnest(:policies, :roles, :seconds) AS n (name, role, seconds)) p
                    ON p.name = a.policy
                  LEFT JOIN keyward.lifetime l
                    ON l.assignment_id = a.assignment_id AND l.role = p.role
                  WHERE l.role IS NULL OR l.lifetime IS DISTINCT FROM p.life
                  ORDER BY a.assignment_id, p.role
                  ON CONFLICT (assignment_id, role) DO UPDATE SET lifetime = excluded.lifetime,
                    since = excluded.since, turn_at = excluded.turn_at, waits_since = NULL,
                    tried_at = NULL, why = NULL
                  """
                      .formatted(Lifetimes.PLACE))
              .bind("second", now.getEpochSecond())
              .bind("now", KeySetRows.at(now))
              .bindArray("policies", String.class, policies.toArray())
              .bindArray("roles", String.class, roles.toArray())
              .bindArray("seconds", Long.class, seconds.toArray())
              .execute();
          handle
              .createUpdate(
                  """
                  UPDATE keyward.policy p SET fault = f.fault,
                    fault_since = CASE WHEN f.fault IS NOT NULL THEN coalesce(p.fault_since, :now) END
                  FROM (SELECT o.name, n.fault FROM keyward.policy o
                    LEFT JOIN unnest(:names, :faults) AS n (name, fault) ON n.name = o.name) f
                  WHERE f.name = p.name AND f.fault IS DISTINCT FROM p.fault
                  """)
              .bind("now", KeySetRows.at(now))
              .bindArray("names", String.class, faults.keySet().toArray())
              .bindArray("faults", String.class, faults.values().toArray())
              .execute();
        });
  }
}
