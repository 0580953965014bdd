package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.NameText;
import org.keyward.signing.SigningRequest;
import org.keyward.signing.SigningStore;
import org.xbill.DNS.Name;

/** What people ask the signer to do, and its answers: {@code keyward.request}. */
final class RequestTable {
  /** What a request asks for, as a column of {@code keyward.request}. */
  static final String WORDS =
      "keyward.request_words(kind, zone, token, label, algorithm, mode, hold, insist, key_label)";

  private RequestTable() {}

  static boolean needsTwoPeople(Handle handle) {
    return handle.createQuery("SELECT keyward.needs_two_people()").mapTo(Boolean.class).one();
  }

  static List<SigningStore.Queued> queued(Handle handle, List<String> tokens, int limit) {
    return handle
        .createQuery(
            """
            SELECT r.* FROM keyward.request r, LATERAL (SELECT coalesce(r.token, (
              SELECT k.token_name FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
              WHERE r.mode = 'powerdns' AND a.zone = r.zone AND a.state <> 'ended')) AS token) needed
            WHERE r.state = 'queued' AND r.kind NOT IN ('delete', 'clock', 'publish', 'rule')
              AND (needed.token IS NULL OR needed.token = ANY(:tokens)
                OR NOT EXISTS (SELECT FROM keyward.token_status t
                  WHERE t.name = needed.token AND t.seen_at > now() - INTERVAL '1 minute'))
            ORDER BY r.id LIMIT :limit
            """)
        .bindArray("tokens", String.class, tokens.toArray())
        .bind("limit", limit)
        .map((rs, context) -> queued(handle, rs))
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<SigningStore.Queued> queued(Handle handle, ResultSet row)
      throws SQLException {
    Optional<Name> zone = StoredNames.parse(row.getString("zone"));
    if (zone.isEmpty()) {
      answer(handle, row.getLong("id"), false, "'" + row.getString("zone") + "' is no domain name");
    }
    try {
      return zone.isEmpty() ? Optional.empty() : Optional.of(queued(row, zone.get()));
    } catch (RuntimeException e) {
      answer(handle, row.getLong("id"), false, "the request cannot be read: " + e);
      return Optional.empty();
    }
  }

  private static SigningStore.Queued queued(ResultSet row, Name zone) throws SQLException {
    String reason = row.getString("reason");
    String asker = row.getString("actor");
    Optional<String> mode = Optional.ofNullable(row.getString("mode"));
    SigningRequest request =
        switch (row.getString("kind")) {
          case "assign", "adopt" ->
              new SigningRequest.Assign(
                  zone,
                  row.getString("token"),
                  row.getString("label"),
                  Algorithm.ofNumber(row.getInt("algorithm")),
                  mode,
                  reason,
                  asker);
          case "keep" -> new SigningRequest.Keep(zone, reason, asker);
          case "roll" ->
              new SigningRequest.Roll(
                  zone,
                  mode.orElse(""),
                  row.getString("label"),
                  Optional.ofNullable(row.getString("token")),
                  Optional.ofNullable(row.getString("key_label")),
                  reason,
                  asker);
          case "policy" ->
              new SigningRequest.OfPolicy(
                  zone,
                  mode.orElse(""),
                  Optional.ofNullable(row.getString("label")).orElse(""),
                  Optional.ofNullable(row.getString("key_label")).orElse(""),
                  reason,
                  asker);
          case "mode" -> new SigningRequest.Mode(zone, mode.orElse(""), reason, asker);
          default ->
              new SigningRequest.Unassign(
                  zone,
                  Optional.ofNullable(row.getObject("hold", Long.class)).map(Duration::ofSeconds),
                  reason,
                  asker);
        };
    return new SigningStore.Queued(
        row.getLong("id"), request, row.getString("approved_by") != null);
  }

  static void hold(Handle handle, SigningStore.Queued queued, Instant now) {
    int held =
        handle.execute(
            """
            UPDATE keyward.request SET state = 'waiting'
            WHERE id = ? AND state = 'queued' AND approved_by IS NULL
            """,
            queued.id());
    if (held > 0) {
      SigningRequest request = queued.request();
      PostgresAudit.append(
          handle,
          SigningEvents.event(
              now,
              request.actor(),
              AuditEvent.Action.REQUEST_MADE,
              request.zone(),
              waits(queued.id(), what(handle, queued.id()), request.reason())));
    }
  }

  /** What the database says it asks for. */
  static String what(Handle handle, long id) {
    return handle
        .createQuery("SELECT " + WORDS + " FROM keyward.request WHERE id = ?")
        .bind(0, id)
        .mapTo(String.class)
        .one();
  }

  /** What the log says of a request that waits. */
  static String waits(long id, String what, String reason) {
    return "request "
        + id
        + " waits for a second person: "
        + what
        + (reason.isEmpty() ? "" : "; " + reason);
  }

  static void refuse(
      Handle handle,
      SigningStore.Queued queued,
      AuditEvent.Result result,
      String why,
      Instant now) {
    if (!isQueued(handle, queued.id())) {
      return;
    }
    answer(handle, queued.id(), false, why);
    PostgresAudit.append(handle, refusal(queued.request(), result, why, now));
  }

  private static AuditEvent refusal(
      SigningRequest request, AuditEvent.Result result, String why, Instant now) {
    Optional<String> label =
        request instanceof SigningRequest.Assign assign
            ? Optional.of(assign.label())
            : Optional.empty();
    return new AuditEvent(
        now,
        request.actor(),
        action(request),
        result,
        Optional.of(NameText.of(request.zone())),
        Optional.empty(),
        label,
        Optional.empty(),
        Optional.empty(),
        why);
  }

  private static AuditEvent.Action action(SigningRequest request) {
    if (request instanceof SigningRequest.Assign) {
      return AuditEvent.Action.ASSIGN;
    }
    if (request instanceof SigningRequest.Keep) {
      return AuditEvent.Action.UNASSIGN_CANCELLED;
    }
    if (request instanceof SigningRequest.Roll) {
      return AuditEvent.Action.ROLL_COMMAND;
    }
    if (request instanceof SigningRequest.OfPolicy) {
      return AuditEvent.Action.POLICY_CHANGED;
    }
    return request instanceof SigningRequest.Mode
        ? AuditEvent.Action.MODE_CHANGED
        : AuditEvent.Action.UNASSIGN;
  }

  /** Whether nobody has carried the request out; nobody else will until the transaction ends. */
  static boolean isQueued(Handle handle, long requestId) {
    return handle
        .createQuery("SELECT 1 FROM keyward.request WHERE id = ? AND state = 'queued' FOR UPDATE")
        .bind(0, requestId)
        .mapTo(Integer.class)
        .findFirst()
        .isPresent();
  }

  static void answer(Handle handle, long requestId, boolean done, String text) {
    handle.execute(
        """
        UPDATE keyward.request SET state = ?, answer = ?, answered_at = now()
        WHERE id = ? AND state IN ('queued', 'started')
        """,
        done ? "done" : "failed",
        text,
        requestId);
  }

  /**
   * @param answers by request
   */
  static void answerDone(Handle handle, Map<Long, String> answers) {
    if (answers.isEmpty()) {
      return;
    }
    handle
        .createUpdate(
            """
            UPDATE keyward.request r SET state = 'done', answer = done.answer, answered_at = now()
            FROM unnest(:ids, :answers) AS done (id, answer)
            WHERE r.id = done.id AND r.state IN ('queued', 'started')
            """)
        .bindArray("ids", Long.class, answers.keySet().toArray())
        .bindArray("answers", String.class, answers.values().toArray())
        .execute();
  }
}
