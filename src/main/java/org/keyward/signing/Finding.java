package org.keyward.signing;

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

  /** What is wrong. */
  public enum Kind {
    KEY_UNUSED,
    KEY_MISSING,
    KEY_CHANGED,
    KEY_SHARED,
    KEY_WEAK,
    LABEL_TWICE,
    RSA_ON_SLOW_TOKEN,
    TOKEN_UNREACHABLE,
    PIN,
    FACTORY_PIN,
    SIGNATURE_LAPSED,
    RUNWAY_SHORT,
    ZONE_NOT_LOADED,
    DS_MISSING,
    DS_ORPHANED,
    DS_WRONG_DIGEST,
    SERVED_OTHERWISE,
    ZONE_REMOVED,
    CLOCK_OFF;

    /** As people and programs see it. */
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Override
  public String toString() {
    return severity.word() + " " + kind.word() + ": " + message + "; " + todo;
  }
}
