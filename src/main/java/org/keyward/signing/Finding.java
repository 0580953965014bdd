package org.keyward.signing;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Something that is wrong, or worth knowing.
 *
 * @param subject what it is about; kind and subject together tell findings apart
 * @param message what was seen, one line without secrets
 * @param todo what a person should do, one line
 */
public record Finding(Kind kind, String subject, Severity severity, String message, String todo) {
  /** How soon a person must act. */
  public enum Severity {
    INFO,
    WARNING,
    CRITICAL;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What is wrong; what may cause another stands before it, here and in listings. */
  public enum Kind {
    CLOCK_OFF,
    CLOCK_JUMP,
    DATABASE_MOVED,
    CHANGE_UNNOTICED,
    NO_COPY,
    COLD_START,
    AUDIT_BROKEN,
    PIN,
    FACTORY_PIN,
    TOKEN_UNREACHABLE,
    KEY_MISSING,
    KEY_CHANGED,
    LABEL_TWICE,
    KEY_WEAK,
    RSA_ON_SLOW_TOKEN,
    POWERDNS_SILENT,
    TRANSPORT_TOO_SMALL,
    ZONE_NOT_LOADED,
    POWERDNS_CANNOT_SIGN,
    HSM_ASSIGN_FAILED,
    KEY_OUTSIDE_KEYWARD,
    RECORDS_LEFT_OUT,
    SERVED_NOT_VALID,
    SET_HELD,
    SERVERS_DIFFER,
    DS_DUE,
    CDS_IGNORED,
    DS_REVERTED,
    ROLL_WAITS_FOR_PARENT,
    ROLL_STUCK,
    KEY_LIFETIME_OVER,
    POLICY_UNSAFE,
    RUNWAY_SHORT,
    SIGNATURE_LAPSED,
    DELETION_NOT_APPROVED,
    SERVED_OTHERWISE,
    DS_WRONG_DIGEST,
    DS_ORPHANED,
    DS_MISSING,
    ZONE_REMOVED,
    KEY_OF_POWERDNS,
    KEY_SHARED,
    KEY_UNUSED;

    /** As people and programs see it. */
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** All of them, causes before effects. */
    public static List<String> words() {
      return Arrays.stream(values()).map(Kind::word).toList();
    }
  }

  @Override
  public String toString() {
    return severity.word() + " " + kind.word() + ": " + message + "; " + todo;
  }
}
