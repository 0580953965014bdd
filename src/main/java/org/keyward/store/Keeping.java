package org.keyward.store;

import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.NameText;
import org.keyward.signing.SigningRequest;
import org.xbill.DNS.Name;

/** Zones that are on their way to unsigned, and stay signed after all. */
final class Keeping {
  private Keeping() {}

  static Optional<String> keep(
      Handle handle, long requestId, SigningRequest.Keep request, Instant now) {
    if (!RequestTable.isQueued(handle, requestId)) {
      return Optional.empty();
    }
    int asked = cancelAsked(handle, request);
    Optional<String> label =
        handle
            .createQuery(
                """
                SELECT a.id FROM keyward.assignment a
                WHERE a.state = 'leaving' AND a.domain_id IN (
                  SELECT id FROM public.domains WHERE name = ANY(:names))
                FOR UPDATE
                """)
            .bindArray("names", String.class, (Object[]) StoredNames.spellings(request.zone()))
            .mapTo(Integer.class)
            .findFirst()
            .map(id -> stay(handle, id, request.zone(), request.actor(), request.reason(), now));
    if (label.isEmpty() && asked == 0) {
      return Optional.of(
          NameText.of(request.zone())
              + " is not on its way to unsigned: there is nothing to cancel");
    }
    RequestTable.answer(
        handle,
        requestId,
        true,
        label
            .map(key -> stays(request.zone(), key))
            .orElse(NameText.of(request.zone()) + " stays as it is"));
    return Optional.empty();
  }

  private static int cancelAsked(Handle handle, SigningRequest.Keep request) {
    return handle.execute(
        """
        UPDATE keyward.request SET state = 'failed', answered_at = now(), answer = 'cancelled by ' || ?
        WHERE kind = 'unassign' AND zone = ? AND state IN ('queued', 'waiting')
        """,
        request.actor(),
        StoredNames.of(request.zone()));
  }

  /** What the answer says. */
  static String stays(Name zone, String label) {
    return NameText.of(zone)
        + " stays signed with the key '"
        + label
        + "'; where its DS has left the parent, give back what 'keyward ds "
        + NameText.of(zone)
        + "' prints";
  }

  /** Of an assignment that is on its way out and locked; gives the label of its key. */
  static String stay(
      Handle handle, int assignmentId, Name zone, String actor, String reason, Instant now) {
    String label =
        handle
            .createQuery(
                """
                UPDATE keyward.assignment a SET state = 'signed', unsign_at = NULL, ended_by = NULL
                FROM keyward.key k WHERE a.id = ? AND k.id = a.key_id RETURNING k.label
                """)
            .bind(0, assignmentId)
            .mapTo(String.class)
            .one();
    PostgresAudit.append(
        handle,
        SigningEvents.event(
            now,
            actor,
            AuditEvent.Action.UNASSIGN_CANCELLED,
            zone,
            "stays signed with the key '" + label + "'" + (reason.isEmpty() ? "" : "; " + reason)));
    return label;
  }
}
