package org.keyward.keyset;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A duration that a policy says, or leaves to the one that it is based on. */
public enum PolicyTerm {
  /** After which a ZSK is replaced. */
  ZSK_LIFETIME(true),
  /** After which a KSK is replaced. */
  KSK_LIFETIME(true),
  /** Dprp: how long until all servers of the zone have a change. */
  PROPAGATION(false),
  /** DprpP: the same of the parent. */
  PARENT_PROPAGATION(false),
  /** The TTL of a DS that is reckoned with at the least. */
  DS_TTL(false),
  /** The TTL of records that is reckoned with at the least. */
  DATA_TTL(false),
  /** On top of waits before a new key is used. */
  PUBLISH_SAFETY(false),
  /** On top of waits before an old key leaves. */
  RETIRE_SAFETY(false),
  /** From when a signature is used to when it expires. */
  VALIDITY(false),
  /** After how long the next signature takes its place. */
  STEP(false),
  /** How far ahead the KSK signs. */
  RUNWAY(false),
  /** TTL of the DNSKEY set. */
  DNSKEY_TTL(false);

  private final boolean mayBeNever;

  PolicyTerm(boolean mayBeNever) {
    this.mayBeNever = mayBeNever;
  }

  /** Whether no time at all can be said, for a key that is replaced when somebody asks. */
  public boolean mayBeNever() {
    return mayBeNever;
  }

  /** As people write it: {@code zsk-lifetime}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public static Optional<PolicyTerm> of(String word) {
    return Arrays.stream(values()).filter(term -> term.word().equals(word)).findFirst();
  }
}
