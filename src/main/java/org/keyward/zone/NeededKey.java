package org.keyward.zone;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.xbill.DNS.DNSKEYRecord;

/**
 * A ZSK whose signatures may be in caches: a DNSKEY set without it may make them bogus.
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
}
