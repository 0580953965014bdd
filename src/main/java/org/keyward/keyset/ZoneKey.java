package org.keyward.keyset;

import java.time.Instant;
import java.util.Optional;

/**
 * A key of one zone, and when it does what.
 *
 * @param id of the key in the database
 * @param algorithm number of the algorithm
 * @param tag key tag
 * @param published the windows, by their begin, whose DNSKEY set has the key
 * @param signs of a KSK: the windows, by their begin, whose DNSKEY set it signs; of a ZSK: the time
 *     in which it makes signatures
 * @param unneededFrom from when on a DNSKEY set without this key is safe to serve: no signature and
 *     no DS that needs it can be in a cache any more; empty as long as that is not known
 */
public record ZoneKey(
    int id,
    KeyRole role,
    int algorithm,
    int tag,
    Span published,
    Span signs,
    Optional<Instant> unneededFrom) {

  /** A key that nothing depends on yet: it is in no set and signs nothing. */
  public static ZoneKey unused(int id, KeyRole role, int algorithm, int tag) {
    return new ZoneKey(
        id, role, algorithm, tag, Span.none(), Span.none(), Optional.of(Instant.EPOCH));
  }

  /** A key that has been in use since {@code from}. */
  public static ZoneKey inUse(int id, KeyRole role, int algorithm, int tag, Instant from) {
    return new ZoneKey(
        id, role, algorithm, tag, Span.since(from), Span.since(from), Optional.empty());
  }

  /** Whether a set without this key must not be served at {@code now}. */
  public boolean isNeeded(Instant now) {
    return unneededFrom.map(now::isBefore).orElse(true);
  }

  ZoneKey publishedIn(Span windows) {
    return new ZoneKey(id, role, algorithm, tag, windows, signs, unneededFrom);
  }

  ZoneKey signing(Span when) {
    return new ZoneKey(id, role, algorithm, tag, published, when, unneededFrom);
  }

  ZoneKey needed() {
    return new ZoneKey(id, role, algorithm, tag, published, signs, Optional.empty());
  }

  ZoneKey unneededFrom(Instant at) {
    return new ZoneKey(id, role, algorithm, tag, published, signs, Optional.of(at));
  }

  /** Whether both could be taken for each other by a validator that compares tags. */
  boolean collidesWith(ZoneKey other) {
    return algorithm == other.algorithm && tag == other.tag && id != other.id;
  }
}
