package org.keyward.store;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.admin.ConflictException;
import org.keyward.admin.NoSuchThingException;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;

/** What people have asked for, and a second person's approval of it. Thread-safe. */
public final class RequestDesk {
  private static final String COLUMNS =
      """
      SELECT id, kind, zone, token, label, mode, %s AS asks_for, reason, actor, state, answer,
        asked_at, answered_at, approved_by, approved_at FROM keyward.request
      """
          .formatted(RequestTable.WORDS);

  private final Database database;

  public RequestDesk(Database database) {
    this.database = database;
  }

  /** Whether nothing that matters is done without a second person, as the database has it. */
  public boolean needsTwoPeople() {
    return database.inTransaction(RequestTable::needsTwoPeople);
  }

  /** From now on the rule holds for everyone who works with this database. */
  public void needTwoPeople(String actor, Instant now) {
    database.useTransaction(handle -> setRule(handle, true, actor, now));
  }

  private static void setRule(Handle handle, boolean on, String actor, Instant now) {
    int changed =
        handle.execute("UPDATE keyward.rule SET two_person = ? WHERE two_person <> ?", on, on);
    if (changed > 0) {
      audit(
          handle,
          now,
          actor,
          AuditEvent.Action.RULE_CHANGED,
          AuditEvent.Result.DONE,
          Optional.empty(),
          "two people are " + (on ? "needed" : "no longer needed"));
    }
  }

  /** Asks for the rule to hold no longer; gives the number of the request, which waits. */
  public long askForOnePerson(String reason, String actor, Instant now) {
    return database.inTransaction(
        handle ->
            ask(handle, new Asked("rule", Name.root, "two-person off", "off", reason), actor, now));
  }

  /**
   * Asks for other CDS and CDNSKEY sets; gives the number of the request, which waits.
   *
   * @param digests numbers of digest types; 0 for the form that asks for no DS; empty for none
   */
  public long askToPublish(
      Name zone, List<String> digests, String reason, String actor, Instant now) {
    String what =
        digests.isEmpty()
            ? "no CDS, no CDNSKEY"
            : digests.equals(List.of("0")) ? "delete CDS" : "CDS " + String.join(",", digests);
    return database.inTransaction(
        handle ->
            ask(
                handle,
                new Asked("publish", zone, what, String.join(",", digests), reason),
                actor,
                now));
  }

  /**
   * What waits for a second person, and is carried out when it is approved.
   *
   * @param what in a person's words
   * @param value in the database's
   */
  private record Asked(String kind, Name zone, String what, String value, String reason) {}

  private static long ask(Handle handle, Asked asked, String actor, Instant now) {
    long id =
        handle
            .createQuery(
                """
                INSERT INTO keyward.request (kind, zone, label, mode, reason, actor, state)
                VALUES (?, ?, ?, ?, ?, ?, 'waiting') RETURNING id
                """)
            .bind(0, asked.kind())
            .bind(1, StoredNames.of(asked.zone()))
            .bind(2, asked.what())
            .bind(3, asked.value())
            .bind(4, asked.reason())
            .bind(5, actor)
            .mapTo(Long.class)
            .one();
    audit(
        handle,
        now,
        actor,
        AuditEvent.Action.REQUEST_MADE,
        AuditEvent.Result.DONE,
        Optional.of(NameText.of(asked.zone())),
        RequestTable.waits(id, RequestTable.what(handle, id), asked.reason()));
    return id;
  }

  /** The newest first. */
  public List<Map<String, Object>> list(boolean onlyWaiting, int limit) {
    return database.inSnapshot(
        handle ->
            Rows.of(
                handle
                    .createQuery(
                        COLUMNS
                            + " WHERE state = 'waiting' OR NOT :waiting ORDER BY id DESC LIMIT :n")
                    .bind("waiting", onlyWaiting)
                    .bind("n", limit)));
  }

  /**
   * @throws NoSuchThingException when there is none of that number
   */
  public Map<String, Object> find(long id) {
    return database.inSnapshot(
        handle ->
            Rows.of(handle.createQuery(COLUMNS + " WHERE id = ?").bind(0, id)).stream()
                .findFirst()
                .orElseThrow(() -> unknown(id)));
  }

  /**
   * Asks for a zone to be deleted; gives the number of the request, which waits.
   *
   * @param insist although the zone is signed
   */
  public long askToDelete(Name zone, String reason, boolean insist, String actor, Instant now) {
    return database.inTransaction(
        handle -> {
          long id =
              handle
                  .createQuery(
                      """
                      INSERT INTO keyward.request (kind, zone, reason, actor, state, insist)
                      VALUES ('delete', ?, ?, ?, 'waiting', ?) RETURNING id
                      """)
                  .bind(0, StoredNames.of(zone))
                  .bind(1, reason)
                  .bind(2, actor)
                  .bind(3, insist)
                  .mapTo(Long.class)
                  .one();
          audit(
              handle,
              now,
              actor,
              AuditEvent.Action.REQUEST_MADE,
              AuditEvent.Result.DONE,
              Optional.of(NameText.of(zone)),
              RequestTable.waits(id, RequestTable.what(handle, id), reason));
          return id;
        });
  }

  /** A request that waits for a second person; nobody else decides it meanwhile. */
  private record Waiting(
      String kind,
      Name zone,
      String actor,
      Optional<String> insistence,
      Optional<String> label,
      Optional<String> value) {
    /** Whether it is carried out by whoever approves it, and not by the signer. */
    boolean isDoneAtOnce() {
      return List.of("delete", "publish", "rule").contains(kind);
    }

    String done() {
      return switch (kind) {
        case "delete" -> NameText.of(zone) + " is deleted";
        case "publish" ->
            NameText.of(zone) + " publishes " + label.orElse("") + ", once the KSK has signed that";
        case "rule" -> "two people are no longer needed";
        default -> "";
      };
    }
  }

  private static Waiting waiting(Handle handle, long id) {
    Map<String, Object> row =
        handle
            .createQuery(
                """
                SELECT kind, zone, actor, state, label, mode,
                  CASE WHEN insist THEN reason END AS insistence
                FROM keyward.request WHERE id = ? FOR UPDATE
                """)
            .bind(0, id)
            .mapToMap()
            .findFirst()
            .orElseThrow(() -> unknown(id));
    if (!row.get("state").equals("waiting")) {
      throw new ConflictException(
          "request " + id + " does not wait for anybody: it is " + row.get("state"));
    }
    return new Waiting(
        String.valueOf(row.get("kind")),
        StoredNames.parse(String.valueOf(row.get("zone"))).orElse(Name.root),
        String.valueOf(row.get("actor")),
        Optional.ofNullable((String) row.get("insistence")),
        Optional.ofNullable((String) row.get("label")),
        Optional.ofNullable((String) row.get("mode")));
  }

  private static NoSuchThingException unknown(long id) {
    return new NoSuchThingException(
        "there is no request " + id + "; 'keyward request list' shows them");
  }

  /**
   * Lets a request take effect: the signer carries it out; a zone is deleted here and now.
   *
   * @throws ConflictException when it does not wait, or who approves it is no second person
   */
  public void approve(long id, String actor, Instant now) {
    Optional<String> refusal =
        database.inTransaction(
            handle -> {
              Waiting request = waiting(handle, id);
              Optional<String> fault = notSecond(handle, id, request.actor(), actor);
              fault.ifPresentOrElse(
                  why ->
                      audit(
                          handle,
                          now,
                          actor,
                          AuditEvent.Action.REQUEST_APPROVED,
                          AuditEvent.Result.REFUSED,
                          Optional.of(NameText.of(request.zone())),
                          why),
                  () -> approve(handle, id, request, actor, now));
              return fault;
            });
    refusal.ifPresent(
        why -> {
          throw new ConflictException(why);
        });
  }

  /** The database decides who is whom, so that it is the same for everyone who asks it. */
  private static Optional<String> notSecond(
      Handle handle, long id, String askedBy, String approver) {
    return handle
        .createQuery("SELECT keyward.second_person_fault(?, ?, ?)")
        .bind(0, id)
        .bind(1, askedBy)
        .bind(2, approver)
        .mapTo(String.class)
        .findFirst();
  }

  private static void approve(Handle handle, long id, Waiting request, String actor, Instant now) {
    boolean atOnce = request.isDoneAtOnce();
    handle.execute(
        """
        UPDATE keyward.request SET state = ?, answer = ?, approved_by = ?, approved_at = ?,
          answered_at = CASE WHEN ? THEN now() END WHERE id = ?
        """,
        atOnce ? "done" : "queued",
        request.done(),
        actor,
        now.atOffset(ZoneOffset.UTC),
        atOnce,
        id);
    audit(
        handle,
        now,
        actor,
        AuditEvent.Action.REQUEST_APPROVED,
        AuditEvent.Result.DONE,
        Optional.of(NameText.of(request.zone())),
        "request " + id + " of " + request.actor() + ": " + RequestTable.what(handle, id));
    switch (request.kind()) {
      case "delete" ->
          ZoneEditor.delete(handle, request.zone(), request.insistence(), request.actor());
      case "publish" ->
          ZoneEditor.publishKeys(
              handle, request.zone(), request.value().orElse(""), request.actor());
      case "rule" -> setRule(handle, false, request.actor(), now);
      default -> {
        // the signer does
      }
    }
  }

  /**
   * Ends a request that waits.
   *
   * @throws ConflictException when it does not wait
   */
  public void reject(long id, String reason, String actor, Instant now) {
    database.useTransaction(
        handle -> {
          Waiting request = waiting(handle, id);
          String why = "rejected by " + actor + (reason.isEmpty() ? "" : ": " + reason);
          handle.execute(
              "UPDATE keyward.request SET state = 'failed', answer = ?, answered_at = now() WHERE id = ?",
              why,
              id);
          audit(
              handle,
              now,
              actor,
              AuditEvent.Action.REQUEST_REJECTED,
              AuditEvent.Result.DONE,
              Optional.of(NameText.of(request.zone())),
              "request "
                  + id
                  + " of "
                  + request.actor()
                  + ": "
                  + RequestTable.what(handle, id)
                  + "; "
                  + why);
        });
  }

  /**
   * Takes back a request that nobody has carried out.
   *
   * @throws ConflictException when it is being carried out, or over
   */
  public void cancel(long id, String reason, String actor, Instant now) {
    database.useTransaction(
        handle -> {
          Map<String, Object> row =
              handle
                  .createQuery(
                      "SELECT kind, zone, state FROM keyward.request WHERE id = ? FOR UPDATE")
                  .bind(0, id)
                  .mapToMap()
                  .findFirst()
                  .orElseThrow(() -> unknown(id));
          if (!row.get("state").equals("queued") && !row.get("state").equals("waiting")) {
            throw new ConflictException(
                "request "
                    + id
                    + " cannot be cancelled: it is "
                    + row.get("state")
                    + ("failed".equals(row.get("state"))
                        ? ", and nothing was carried out"
                        : undoing(String.valueOf(row.get("kind")), row.get("zone"))));
          }
          String why = "cancelled by " + actor + (reason.isEmpty() ? "" : ": " + reason);
          handle.execute(
              "UPDATE keyward.request SET state = 'failed', answer = ?, answered_at = now() WHERE id = ?",
              why,
              id);
          audit(
              handle,
              now,
              actor,
              AuditEvent.Action.REQUEST_CANCELLED,
              AuditEvent.Result.DONE,
              StoredNames.parse(String.valueOf(row.get("zone"))).map(NameText::of),
              "request " + id + ": " + RequestTable.what(handle, id) + "; " + why);
        });
  }

  /** How what was carried out is taken back. */
  private static String undoing(String kind, Object zone) {
    return switch (kind) {
      case "assign" -> "; 'keyward unassign " + zone + "' takes it back";
      case "unassign" -> "; 'keyward unassign --cancel " + zone + "' takes it back";
      default -> "";
    };
  }

  private static void audit(
      Handle handle,
      Instant now,
      String actor,
      AuditEvent.Action action,
      AuditEvent.Result result,
      Optional<String> zone,
      String detail) {
    PostgresAudit.append(
        handle,
        new AuditEvent(
            now,
            actor,
            action,
            result,
            zone,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            detail));
  }
}
