package org.keyward.audit;

import java.time.Instant;
import java.util.Optional;

/**
 * Something that was done, or refused, with a key. Everything in it is safe to show: no PIN, no
 * private key.
 *
 * @param at when it was done, to the microsecond
 * @param actor who: see {@link Actor}
 * @param zone without its last dot, as all outputs have it
 * @param keyTag of the DNSKEY, where there is one
 * @param detail what was done or signed, in words: one line
 */
public record AuditEvent(
    Instant at,
    String actor,
    Action action,
    Result result,
    Optional<String> zone,
    Optional<String> tokenSerial,
    Optional<String> keyLabel,
    Optional<String> ckaId,
    Optional<Integer> keyTag,
    String detail) {
  public AuditEvent {
    zone = zone.map(AuditEvent::undotted);
  }

  private static String undotted(String zone) {
    boolean dotted = zone.length() > 1 && zone.endsWith(".") && !zone.endsWith("\\.");
    return dotted ? zone.substring(0, zone.length() - 1) : zone;
  }

  /** What was done. */
  public enum Action {
    ASSIGN,
    UNASSIGN,
    UNASSIGN_CANCELLED,
    ZONE_SIGNED,
    ZONE_UNSIGNED,
    ZONE_EMPTIED,
    MODE_CHANGED,
    KSK_SIGNATURE,
    KEY_GENERATED,
    ZSK_GENERATED,
    ZSK_PURGED,
    ROLL_COMMAND,
    ROLL_STEP,
    POLICY_CHANGED,
    PARENT_DS_CHANGED,
    CRYPTOKEY_ADDED,
    CRYPTOKEY_CHANGED,
    CRYPTOKEY_REMOVED,
    CRYPTOKEY_UNSEALED,
    PIN_LOGIN,
    MODULE_RESTARTED,
    API_TOKEN_CREATED,
    API_TOKEN_REVOKED,
    REQUEST_MADE,
    REQUEST_APPROVED,
    REQUEST_REJECTED,
    REQUEST_CANCELLED,
    RULE_CHANGED,
    PUBLISHED_KEYS_CHANGED,
    SEAL_KEY_CHANGED,
    CLOCKS_ACCEPTED
  }

  /** How it ended. */
  public enum Result {
    DONE,
    REFUSED,
    FAILED
  }
}
