package org.keyward.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.dnssec.TimeText;
import org.keyward.signing.Seal;
import org.keyward.signing.SigningRequest;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/**
 * Zones that go over to PowerDNS's own signing with the same keys: the way back of an adoption. The
 * keys are given to PowerDNS, sealed, beside Keyward's signatures; then it is a change of mode like
 * any other, at whose end the assignment ends and the keys stay.
 */
final class HandoverTable {
  private final Seal seal;
  private final Map<String, String> modules;
  private final String actor;

  /**
   * @param modules what PowerDNS calls the modules of tokens, by the tokens' names
   * @param actor who is written into the audit log for what the signer does by itself
   */
  HandoverTable(Seal seal, Map<String, String> modules, String actor) {
    this.seal = seal;
    this.modules = Map.copyOf(modules);
    this.actor = actor;
  }

  private record Ksk(int zoneId, String token, String label, Algorithm algorithm, String slot) {}

  /**
   * Lets the change begin, and answers the request.
   *
   * @param from the mode that the zone is in
   * @return why not, to be read after the zone's name; empty when it has begun
   */
  Optional<String> begin(
      Handle handle,
      int assignmentId,
      SigningMode from,
      long requestId,
      SigningRequest.Mode request,
      Instant now) {
    Ksk ksk = ksk(handle, assignmentId);
    Optional<String> obstacle = obstacle(handle, request.zone(), from, ksk);
    if (obstacle.isPresent()) {
      return obstacle;
    }
    giveKeys(handle, assignmentId, ksk, request, now);
    Instant end =
        handle
            .createQuery(
                """
                UPDATE keyward.assignment SET mode = 'powerdns', mode_since = :now,
                  mode_due = :now + mode_half, request_id = :request, ended_by = :actor
                WHERE id = :id RETURNING mode_since + 2 * mode_half
                """)
            .bind("now", now.atOffset(ZoneOffset.UTC))
            .bind("request", requestId)
            .bind("actor", request.actor())
            .bind("id", assignmentId)
            .mapTo(Instant.class)
            .one();
    AssignmentTable.moved(handle, ksk.zoneId());
    RequestTable.answer(
        handle,
        requestId,
        true,
        "%s goes over to PowerDNS with the same keys; done at %s. From then on PowerDNS uses token '%s' itself, at any time and beside Keyward's permit: other zones with keys on it may have to wait"
            .formatted(NameText.of(request.zone()), TimeText.of(end), ksk.token()));
    return Optional.empty();
  }

  private static Ksk ksk(Handle handle, int assignmentId) {
    return handle
        .createQuery(
            """
            SELECT a.domain_id, k.token_name, k.label, k.algorithm,
              coalesce((SELECT t.label FROM keyward.token_status t
                WHERE t.serial = k.token_serial AND 1 = (SELECT count(DISTINCT o.serial)
                  FROM keyward.token_status o WHERE o.label = t.label) LIMIT 1), '') AS slot
            FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id WHERE a.id = ?
            """)
        .bind(0, assignmentId)
        .map((row, context) -> ksk(row))
        .one();
  }

  private static Ksk ksk(ResultSet row) throws SQLException {
    return new Ksk(
        row.getInt("domain_id"),
        row.getString("token_name"),
        row.getString("label"),
        Algorithm.ofNumber(row.getInt("algorithm")).orElseThrow(),
        row.getString("slot"));
  }

  private Optional<String> obstacle(Handle handle, Name zone, SigningMode from, Ksk ksk) {
    if (from == SigningMode.SPLIT) {
      return Optional.of(
          " is in mode split, for which PowerDNS has direct-dnskey-signature=yes and signs no DNSKEY"
              + " set: take it to presigned first ('keyward mode "
              + NameText.of(zone)
              + " presigned'), start PowerDNS without the lines for split, and ask again");
    }
    Optional<String> split =
        handle
            .createQuery(
                """
                SELECT zone FROM keyward.assignment
                WHERE state <> 'ended' AND 'split' IN (mode, next_mode) LIMIT 1
                """)
            .mapTo(String.class)
            .findFirst();
    if (split.isPresent()) {
      return Optional.of(
          " cannot be signed by PowerDNS while "
              + split.get()
              + " is in mode split: with direct-dnskey-signature=yes PowerDNS signs no DNSKEY set");
    }
    if (ksk.algorithm() == Algorithm.ED25519) {
      return Optional.of(
          " has an Ed25519 key on a token, which PowerDNS cannot sign with: through PKCS#11 it knows"
              + " RSA, P-256 and P-384; stay with mode presigned or split");
    }
    if (!modules.containsKey(ksk.token())) {
      return Optional.of(
          ": PowerDNS must be told by what name it finds the module of token '"
              + ksk.token()
              + "'; set 'powerdns-module' of that token in the signer's configuration, to the name"
              + " that p11-kit has for it (for example softhsm2 or opensc)");
    }
    return ksk.slot().isEmpty()
        ? Optional.of(
            ": PowerDNS finds a token by its label, and token '"
                + ksk.token()
                + "' has none of its own; see 'keyward token list'")
        : Optional.empty();
  }

  private void giveKeys(
      Handle handle, int assignmentId, Ksk ksk, SigningRequest.Mode request, Instant now) {
    Name zone = request.zone();
    String onToken =
        EngineKey.write(ksk.algorithm(), modules.get(ksk.token()), ksk.slot(), ksk.label());
    give(
        handle,
        assignmentId,
        SoftwareKeys.KSK_FLAGS,
        onToken,
        request,
        now,
        "'" + ksk.label() + "' on token '" + ksk.slot() + "', without a PIN");
    List<KeyRows.Zsk> zsks = KeyRows.zsks(handle, assignmentId).get(assignmentId);
    for (String zsk : new KeyRows(seal).bindTexts(zone, zsks)) {
      give(handle, assignmentId, SoftwareKeys.ZSK_FLAGS, zsk, request, now, "ZSK in software");
    }
  }

  private void give(
      Handle handle,
      int assignmentId,
      int flags,
      String content,
      SigningRequest.Mode request,
      Instant now,
      String what) {
    SealedKeyTable.Sealed key =
        new SealedContent(Optional.of(seal))
            .close(handle, content, request.zone(), EngineKey.is(content));
    int id =
        handle
            .createQuery("SELECT keyward.give_key(?, ?, ?, ?)")
            .bind(0, assignmentId)
            .bind(1, flags)
            .bind(2, key.takesPin())
            .bind(3, key.bytes())
            .mapTo(Integer.class)
            .one();
    PostgresAudit.append(
        handle,
        SigningEvents.event(
            now,
            request.actor(),
            AuditEvent.Action.CRYPTOKEY_ADDED,
            request.zone(),
            "key " + id + " of PowerDNS: flags " + flags + ", " + what));
  }

  private record Over(int id, int zoneId, String zone) {}

  /**
   * Ends the assignments of zones that have gone over; gives how many. Those that a server reports
   * to hold stay: there the zone lives on Keyward's signatures.
   */
  int end(Handle handle, Instant now) {
    List<Over> over =
        handle
            .createQuery(
                """
                SELECT id, domain_id, zone FROM keyward.assignment a
                WHERE mode = 'powerdns' AND state = 'signed' AND domain_id IS NOT NULL
                  AND mode_since + 2 * mode_half <= :now
                  AND NOT EXISTS (SELECT FROM keyward.problem p
                    WHERE p.domain_id = a.domain_id AND p.type = 'MODE')
                FOR UPDATE SKIP LOCKED
                """)
            .bind("now", now.atOffset(ZoneOffset.UTC))
            .map(
                (row, context) ->
                    new Over(row.getInt("id"), row.getInt("domain_id"), row.getString("zone")))
            .list();
    for (Over zone : over) {
      AssignmentTable.end(handle, zone.id(), now);
      AssignmentTable.moved(handle, zone.zoneId());
      PostgresAudit.append(
          handle,
          SigningEvents.event(
              now,
              actor,
              AuditEvent.Action.MODE_CHANGED,
              StoredNames.parse(zone.zone()).orElseThrow(),
              "PowerDNS signs the zone now, with the same keys; the assignment has ended"));
    }
    return over.size();
  }
}
