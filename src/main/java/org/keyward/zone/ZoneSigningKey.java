package org.keyward.zone;

import java.util.Objects;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.keyset.Span;

/**
 * A ZSK in software, and when it signs. It may be published without signing, and the other way
 * round.
 *
 * @param key unsealed, in memory only
 * @param signs the time in which it makes signatures
 */
public record ZoneSigningKey(SoftwareKey key, Span signs) {
  public ZoneSigningKey {
    Objects.requireNonNull(key);
    Objects.requireNonNull(signs);
  }
}
