package org.keyward.zone;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.xbill.DNS.DNSKEYRecord;

/**
 * A ZSK whose signatures, or a KSK whose DS, may be in caches: a DNSKEY set without it, or without
 * the signature of that KSK, may make a zone bogus.
 *
 * @param key compared without its TTL
 * @param until from then on no cache can have them; empty as long as that is not known
 */
public record NeededKey(DNSKEYRecord key, Optional<Instant> until) {
  public NeededKey {
    Objects.requireNonNull(key);
    Objects.requireNonNull(until);
  }

  boolean isNeeded(Instant now) {
    return until.map(now::isBefore).orElse(true);
  }

  /** Whether the set has the key, and the signature of a KSK. */
  boolean isIn(SignedKeySet set) {
    return set.keys().contains(key) && (!isKsk() || set.isSignedBy(key));
  }

  /** As people are told of it. */
  String words() {
    return (isKsk() ? "KSK " : "ZSK ") + key.getFootprint();
  }

  private boolean isKsk() {
    return (key.getFlags() & DNSKEYRecord.Flags.SEP_KEY) != 0;
  }
}
