package org.keyward.store;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.signing.SigningRequest;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/** Where people ask the signer for something, and see what it did. */
public final class SigningDesk {
  private static final Duration POLL = Duration.ofMillis(30);

  private final Database database;

  public SigningDesk(Database database) {
    this.database = database;
  }

  /**
   * Queues an assignment; gives the number of the request. The same that is under way already is
   * not asked for again.
   *
   * @param mode empty leaves it to the signer's settings
   */
  public long assign(
      Name zone,
      String token,
      String label,
      Optional<Algorithm> algorithm,
      Optional<SigningMode> mode,
      String reason,
      String actor) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    """
                    WITH same AS (
                      SELECT id FROM keyward.request
                      WHERE kind = 'assign' AND zone = :zone AND token = :token AND label = :label
                        AND algorithm IS NOT DISTINCT FROM :algorithm
                        AND mode IS NOT DISTINCT FROM :mode
                        AND state IN ('waiting', 'queued', 'started') ORDER BY id LIMIT 1),
                    made AS (
                      INSERT INTO keyward.request
                        (kind, zone, token, label, algorithm, mode, reason, actor)
                      SELECT 'assign', :zone, :token, :label, :algorithm, :mode, :reason, :actor
                      WHERE NOT EXISTS (SELECT FROM same) RETURNING id)
                    SELECT id FROM same UNION ALL SELECT id FROM made
                    """)
                .bind("zone", StoredNames.of(zone))
                .bind("token", token)
                .bind("label", label)
                .bind("algorithm", algorithm.map(Algorithm::number).orElse(null))
                .bind("mode", mode.map(SigningMode::word).orElse(null))
                .bind("reason", reason)
                .bind("actor", actor)
                .mapTo(Long.class)
                .one());
  }

  /**
   * Queues a change of mode; gives the number of the request.
   *
   * @param mode what the signer takes or refuses
   */
  public long changeMode(Name zone, String mode, String reason, String actor) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    """
                    INSERT INTO keyward.request (kind, zone, mode, reason, actor)
                    VALUES ('mode', ?, ?, ?, ?) RETURNING id
                    """)
                .bind(0, StoredNames.of(zone))
                .bind(1, mode)
                .bind(2, reason)
                .bind(3, actor)
                .mapTo(Long.class)
                .one());
  }

  /** Queues the way back to unsigned; gives the number of the request. */
  public long unassign(Name zone, Duration hold, String reason, String actor) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    """
                    INSERT INTO keyward.request (kind, zone, hold, reason, actor)
                    VALUES ('unassign', ?, ?, ?, ?) RETURNING id
                    """)
                .bind(0, StoredNames.of(zone))
                .bind(1, hold.toSeconds())
                .bind(2, reason)
                .bind(3, actor)
                .mapTo(Long.class)
                .one());
  }

  /** Queues that a zone stays signed; gives the number of the request. */
  public long keep(Name zone, String reason, String actor) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    """
                    INSERT INTO keyward.request (kind, zone, reason, actor)
                    VALUES ('keep', ?, ?, ?) RETURNING id
                    """)
                .bind(0, StoredNames.of(zone))
                .bind(1, reason)
                .bind(2, actor)
                .mapTo(Long.class)
                .one());
  }

  /**
   * Queues a word on a roll; gives the number of the request.
   *
   * @param command what the signer takes or refuses
   */
  public long roll(Name zone, String command, String role, String reason, String actor) {
    return roll(
        new SigningRequest.Roll(
            zone, command, role, Optional.empty(), Optional.empty(), reason, actor));
  }

  /** Queues a word on a roll; gives the number of the request. */
  public long roll(SigningRequest.Roll request) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    """
                    INSERT INTO keyward.request
                      (kind, zone, mode, label, token, key_label, reason, actor)
                    VALUES ('roll', ?, ?, ?, ?, ?, ?, ?) RETURNING id
                    """)
                .bind(0, StoredNames.of(request.zone()))
                .bind(1, request.command())
                .bind(2, request.role())
                .bind(3, request.token().orElse(null))
                .bind(4, request.key().orElse(null))
                .bind(5, request.reason())
                .bind(6, request.actor())
                .mapTo(Long.class)
                .one());
  }

  /** Queues a word on a policy; gives the number of the request. */
  public long policy(SigningRequest.OfPolicy request) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    """
                    INSERT INTO keyward.request (kind, zone, mode, label, key_label, reason, actor)
                    VALUES ('policy', ?, ?, ?, ?, ?, ?) RETURNING id
                    """)
                .bind(0, StoredNames.of(request.zone()))
                .bind(1, request.command())
                .bind(2, request.policy())
                .bind(3, request.settings())
                .bind(4, request.reason())
                .bind(5, request.actor())
                .mapTo(Long.class)
                .one());
  }

  /** State and answer of a request. */
  public record Answer(String state, String text) {
    public boolean finished() {
      return state.equals("done") || state.equals("failed");
    }
  }

  /** As it stands when the signer has taken it up, or when this much time is over. */
  Answer taken(long request, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    Answer answer = answer(request);
    while (answer.state().equals("queued") && System.nanoTime() < end) {
      LockSupport.parkNanos(POLL.toNanos());
      answer = answer(request);
    }
    return answer;
  }

  public Answer answer(long request) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery("SELECT state, answer FROM keyward.request WHERE id = ?")
                .bind(0, request)
                .map((row, context) -> new Answer(row.getString("state"), row.getString("answer")))
                .one());
  }

  /** The KSKs in use in a zone. */
  public List<DNSKEYRecord> keySigningKeys(Name zone) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT k.algorithm, k.public_key
                    FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
                    WHERE a.state <> 'ended' AND a.zone = ANY(:names)
                    """)
                .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
                .map(
                    (row, context) ->
                        SoftwareKeys.dnskey(
                            zone,
                            SoftwareKeys.KSK_FLAGS,
                            Algorithm.ofNumber(row.getInt("algorithm")).orElseThrow(),
                            row.getBytes("public_key")))
                .list());
  }

  private static final String ZONES =
      """
      SELECT *, CASE WHEN state IN ('signed', 'leaving') THEN coalesce(
          round(extract(epoch FROM signed_until - now()) / 86400, 1), 0) END AS runway_days
      FROM keyward.zone_status
      """;

  /** The same, with the runways of all zones in one pass: the view finds that of each by itself. */
  private static final String ALL_ZONES =
      """
      SELECT z.domain_id, z.zone, z.mode, z.state, z.token, z.label, z.key_tag, z.algorithm,
        to_timestamp(r.signed_until) AS signed_until, z.steps_waiting, z.next_step, z.problems,
        z.parent, z.parent_checked_at, z.findings,
        CASE WHEN z.state IN ('signed', 'leaving') THEN coalesce(
          round(extract(epoch FROM to_timestamp(r.signed_until) - now()) / 86400, 1), 0) END
          AS runway_days
      FROM keyward.zone_status z
      LEFT JOIN keyward.assignment a ON a.domain_id = z.domain_id AND a.state <> 'ended'
      LEFT JOIN keyward.runway r ON r.assignment_id = a.id
      ORDER BY z.zone
      """;

  /** Rows of the view {@code keyward.zone_status}, and for how many days each zone is signed. */
  public List<Map<String, Object>> zones() {
    return rows(ALL_ZONES);
  }

  /** The same of one zone; empty when there is none. */
  public List<Map<String, Object>> zone(Name zone) {
    return database.inSnapshot(
        handle ->
            Rows.of(
                handle
                    .createQuery(ZONES + " WHERE zone = ANY(:names)")
                    .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))));
  }

  /** Rows of the view {@code keyward.token_forecast}, and whether a signer reaches it. */
  public List<Map<String, Object>> tokens() {
    return rows(
        """
        SELECT name, serial, fault IS NULL AND seen_at > now() - INTERVAL '1 minute' AS reachable,
          coalesce(fault, CASE WHEN seen_at <= now() - INTERVAL '1 minute'
            THEN 'no signer has looked at it for more than a minute; is one running?' END) AS fault,
          queue, round(extract(epoch FROM empty_in)) AS empty_in_seconds, seen_at
        FROM keyward.token_forecast ORDER BY name
        """);
  }

  private List<Map<String, Object>> rows(String query) {
    return database.inSnapshot(handle -> Rows.of(handle.createQuery(query)));
  }
}
