package org.keyward.store;

import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatement;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.signing.SigningStore;
import org.xbill.DNS.Name;

/** Lets signed zones follow a changed configuration. Signatures that are made stay as they are. */
final class TermsTable {
  private TermsTable() {}

  /**
   * A zone whose terms are others than the configuration's.
   *
   * @param rescheduled whether its ZSKs' signatures change at once
   */
  private record Follower(int id, int zoneId, Name zone, boolean served, boolean rescheduled) {}

  /** As {@link SigningStore#follow}. */
  static int follow(Handle handle, SigningStore.Terms terms, Instant now, int limit) {
    List<Follower> followers = differing(handle, terms, limit);
    if (followers.isEmpty()) {
      return 0;
    }
    update(handle, terms, followers);
    List<Follower> rescheduled = followers.stream().filter(Follower::rescheduled).toList();
    renewInTheNewWindows(handle, terms.schedule(), rescheduled, now);
    AssignmentTable.moved(
        handle, rescheduled.stream().filter(Follower::served).map(Follower::zoneId).toList());
    return followers.size();
  }

  private static List<Follower> differing(Handle handle, SigningStore.Terms terms, int limit) {
    Query query =
        bound(
                handle.createQuery(
                    """
                    SELECT id, domain_id, zone, state IN ('signed', 'leaving') AS served,
                      (validity, step, offset_before) <> (:validity, :step, :offset) AS rescheduled
                    FROM keyward.assignment
                    WHERE state <> 'ended' AND domain_id IS NOT NULL
                      AND ((validity, step, offset_before, runway)
                          <> (:validity, :step, :offset, :runway)
                        OR dnskey_ttl <> :ttl AND mode = 'presigned' AND next_mode IS NULL)
                    ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
                    """),
                terms)
            .bind("limit", limit);
    return DamagedRows.readable(
        query,
        "keyward.assignment",
        (row, context) ->
            new Follower(
                row.getInt("id"),
                row.getInt("domain_id"),
                StoredNames.parse(row.getString("zone")).orElseThrow(),
                row.getBoolean("served"),
                row.getBoolean("rescheduled")));
  }

  private static void update(Handle handle, SigningStore.Terms terms, List<Follower> followers) {
    bound(
            handle.createUpdate(
                """
                UPDATE keyward.assignment SET validity = :validity, step = :step,
                  offset_before = :offset, runway = :runway,
                  dnskey_ttl = CASE WHEN mode = 'presigned' AND next_mode IS NULL THEN :ttl
                    ELSE dnskey_ttl END
                WHERE id = ANY(:ids)
                """),
            terms)
        .bindArray("ids", Integer.class, followers.stream().map(Follower::id).toArray())
        .execute();
  }

  /** Their serials move at the ends of the new windows. */
  private static void renewInTheNewWindows(
      Handle handle, SigningSchedule schedule, List<Follower> followers, Instant now) {
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
                .map(follower -> schedule.windowAt(follower.zone(), now))
                .map(window -> schedule.next(window).activeFrom().getEpochSecond())
                .toArray())
        .execute();
  }

  private static <S extends SqlStatement<S>> S bound(S statement, SigningStore.Terms terms) {
    return statement
        .bind("validity", terms.schedule().validity().toSeconds())
        .bind("step", terms.schedule().step().toSeconds())
        .bind("offset", terms.schedule().inceptionOffset().toSeconds())
        .bind("runway", terms.runway().toSeconds())
        .bind("ttl", terms.dnskeyTtl().toSeconds());
  }
}
