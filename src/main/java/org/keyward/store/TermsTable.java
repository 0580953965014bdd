package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatement;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.signing.SigningStore;
import org.xbill.DNS.Name;

/**
 * Lets signed zones follow a changed configuration, and changed policies. Signatures that are made
 * stay as they are.
 */
final class TermsTable {
  private TermsTable() {}

  /**
   * A zone whose terms are others than those of its policy.
   *
   * @param rescheduled whether its ZSKs' signatures change at once
   */
  private record Follower(
      int id, int zoneId, Name zone, String policy, boolean served, boolean rescheduled) {}

  /** As {@link SigningStore#follow}. */
  static int follow(
      Handle handle, Map<String, SigningStore.Terms> terms, boolean all, Instant now, int limit) {
    List<Follower> followers = differing(handle, terms, all, limit);
    if (followers.isEmpty()) {
      return 0;
    }
    update(handle, terms, followers);
    List<Follower> rescheduled = followers.stream().filter(Follower::rescheduled).toList();
    renewInTheNewWindows(handle, terms, rescheduled, now);
    AssignmentTable.moved(
        handle, rescheduled.stream().filter(Follower::served).map(Follower::zoneId).toList());
    return followers.size();
  }

  /** Rows of terms, one for each policy. */
  private static final String TERMS =
      "unnest(:policies, :validities, :steps, :offsets, :runways, :ttls)"
          + " AS t (policy, validity, step, offset_before, runway, ttl)";

  private static List<Follower> differing(
      Handle handle, Map<String, SigningStore.Terms> terms, boolean all, int limit) {
    Query query =
        bound(
                handle.createQuery(
                    """
                    SELECT a.id, a.domain_id, a.zone, t.policy, a.state IN ('signed', 'leaving') AS served,
                      (a.validity, a.step, a.offset_before) <> (t.validity, t.step, t.offset_before)
                        AS rescheduled
                    FROM keyward.assignment a
                    JOIN keyward.zone_policies p ON p.assignment_id = a.id
                    JOIN %s ON t.policy = p.policy
                    WHERE a.state <> 'ended' AND a.domain_id IS NOT NULL
                      AND (:all OR a.terms_of IS DISTINCT FROM p.policy)
                      AND ((a.validity, a.step, a.offset_before, a.runway)
                          <> (t.validity, t.step, t.offset_before, t.runway)
                        OR a.dnskey_ttl <> t.ttl AND a.mode = 'presigned' AND a.next_mode IS NULL)
                    ORDER BY a.id LIMIT :limit FOR UPDATE OF a SKIP LOCKED
                    """
                        .formatted(TERMS)),
                terms)
            .bind("all", all)
            .bind("limit", limit);
    return DamagedRows.readable(
        query,
        "keyward.assignment",
        (row, context) ->
            new Follower(
                row.getInt("id"),
                row.getInt("domain_id"),
                StoredNames.parse(row.getString("zone")).orElseThrow(),
                row.getString("policy"),
                row.getBoolean("served"),
                row.getBoolean("rescheduled")));
  }

  private static void update(
      Handle handle, Map<String, SigningStore.Terms> terms, List<Follower> followers) {
    bound(
            handle.createUpdate(
                """
                UPDATE keyward.assignment a SET validity = t.validity, step = t.step,
                  offset_before = t.offset_before, runway = t.runway,
                  dnskey_ttl = CASE WHEN a.mode = 'presigned' AND a.next_mode IS NULL THEN t.ttl
                    ELSE a.dnskey_ttl END, terms_of = t.policy
                FROM unnest(:ids, :of) AS f (id, policy) JOIN %s ON t.policy = f.policy
                WHERE a.id = f.id
                """
                    .formatted(TERMS)),
            terms)
        .bindArray("ids", Integer.class, followers.stream().map(Follower::id).toArray())
        .bindArray("of", String.class, followers.stream().map(Follower::policy).toArray())
        .execute();
  }

  /** Their serials move at the ends of the new windows. */
  private static void renewInTheNewWindows(
      Handle handle, Map<String, SigningStore.Terms> terms, List<Follower> followers, Instant now) {
    handle
        .createUpdate(
            """
            UPDATE keyward.assignment a SET renews_at = f.renews_at
            FROM unnest(:ids, :times) AS f (id, renews_at)
            WHERE a.id = f.id AND a.state IN ('signed', 'leaving')
            """)
        .bindArray("ids", Integer.class, followers.stream().map(Follower::id).toArray())
        .bindArray(
            "times",
            Long.class,
            followers.stream()
                .map(follower -> nextWindow(terms.get(follower.policy()).schedule(), follower, now))
                .toArray())
        .execute();
  }

  private static long nextWindow(SigningSchedule schedule, Follower follower, Instant now) {
    return schedule.next(schedule.windowAt(follower.zone(), now)).activeFrom().getEpochSecond();
  }

  private static <S extends SqlStatement<S>> S bound(
      S statement, Map<String, SigningStore.Terms> terms) {
    List<Map.Entry<String, SigningStore.Terms>> rows = List.copyOf(terms.entrySet());
    return statement
        .bindArray("policies", String.class, rows.stream().map(Map.Entry::getKey).toArray())
        .bindArray("validities", Long.class, seconds(rows, t -> t.schedule().validity()))
        .bindArray("steps", Long.class, seconds(rows, t -> t.schedule().step()))
        .bindArray("offsets", Long.class, seconds(rows, t -> t.schedule().inceptionOffset()))
        .bindArray("runways", Long.class, seconds(rows, SigningStore.Terms::runway))
        .bindArray("ttls", Long.class, seconds(rows, SigningStore.Terms::dnskeyTtl));
  }

  private static Object[] seconds(
      List<Map.Entry<String, SigningStore.Terms>> rows,
      Function<SigningStore.Terms, Duration> column) {
    return rows.stream().map(row -> column.apply(row.getValue()).toSeconds()).toArray();
  }
}
