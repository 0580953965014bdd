package org.keyward.keyset;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Every mix of DS, DNSKEY and RRSIG that a resolver may have in its cache at once, and whether it
 * validates. What decides that a plan is safe. Pure.
 *
 * @param ds sets of the parent; each content is the keys that it names
 * @param dnskey sets of the zone
 * @param data signatures over the zone's data; each content is the keys that made them
 */
public record CachedViews(
    List<Version<Set<SigningKey>>> ds,
    List<Version<PublishedKeys>> dnskey,
    List<Version<Set<SigningKey>>> data) {
  public CachedViews {
    ds = List.copyOf(ds);
    dnskey = List.copyOf(dnskey);
    data = List.copyOf(data);
  }

  /** A key as a validator tells it from others. */
  public record SigningKey(int id, int algorithm) {}

  /** A DNSKEY set, and which of its keys signed it. */
  public record PublishedKeys(Set<SigningKey> keys, Set<SigningKey> signers) {
    public PublishedKeys {
      keys = Set.copyOf(keys);
      signers = Set.copyOf(signers);
    }
  }

  /**
   * What could be fetched from some server from {@code from} until {@code until}.
   *
   * @param ttl for which a cache keeps it
   */
  public record Version<T>(Instant from, Instant until, Duration ttl, T content) {
    public Version {
      if (until.isBefore(from)) {
        throw new IllegalArgumentException("a version ends before it begins");
      }
    }

    Instant cachedUntil() {
      return until.plus(ttl);
    }

    boolean meets(Version<?> other) {
      return from.isBefore(other.cachedUntil()) && other.from.isBefore(cachedUntil());
    }
  }

  /** What validators ask for. */
  public enum Strictness {
    /** One chain is enough (RFC 6840, section 5.11). */
    LENIENT,
    /**
     * Each algorithm of the DS set must have its chain, as with unbound's harden-algo-downgrade.
     */
    EVERY_ALGORITHM
  }

  /** A mix that does not validate. */
  public record Bogus(
      Version<Set<SigningKey>> ds,
      Version<PublishedKeys> dnskey,
      Version<Set<SigningKey>> data,
      String why) {}

  /** All mixes that do not validate. In one dimension, what overlaps pairwise overlaps at once. */
  public List<Bogus> bogus(Strictness strictness) {
    List<Bogus> found = new ArrayList<>();
    for (Version<Set<SigningKey>> parent : ds) {
      for (Version<PublishedKeys> keys : dnskey) {
        if (!parent.meets(keys)) {
          continue;
        }
        for (Version<Set<SigningKey>> signed : data) {
          if (signed.meets(keys) && signed.meets(parent)) {
            fault(parent.content(), keys.content(), signed.content(), strictness)
                .ifPresent(why -> found.add(new Bogus(parent, keys, signed, why)));
          }
        }
      }
    }
    return found;
  }

  /** Why this mix does not validate; empty when it does. No DS is insecure, which is not bogus. */
  static Optional<String> fault(
      Set<SigningKey> ds, PublishedKeys keys, Set<SigningKey> signers, Strictness strictness) {
    if (ds.isEmpty()) {
      return Optional.empty();
    }
    boolean trusted = ds.stream().anyMatch(key -> isEntry(key, keys));
    if (!trusted) {
      return Optional.of("no key that a DS names is in the DNSKEY set and signed it");
    }
    if (signers.stream().noneMatch(keys.keys()::contains)) {
      return Optional.of("the DNSKEY set lacks the key that signed the data");
    }
    return strictness == Strictness.LENIENT ? Optional.empty() : gap(ds, keys, signers);
  }

  private static Optional<String> gap(
      Set<SigningKey> ds, PublishedKeys keys, Set<SigningKey> signers) {
    for (int algorithm : ds.stream().map(SigningKey::algorithm).distinct().toList()) {
      if (ds.stream().noneMatch(key -> key.algorithm() == algorithm && isEntry(key, keys))) {
        return Optional.of("no chain to the DNSKEY set by algorithm " + algorithm);
      }
    }
    for (int algorithm : keys.keys().stream().map(SigningKey::algorithm).distinct().toList()) {
      if (signers.stream()
          .noneMatch(key -> key.algorithm() == algorithm && keys.keys().contains(key))) {
        return Optional.of("no signature over the data by algorithm " + algorithm);
      }
    }
    return Optional.empty();
  }

  private static boolean isEntry(SigningKey key, PublishedKeys keys) {
    return keys.keys().contains(key) && keys.signers().contains(key);
  }
}
