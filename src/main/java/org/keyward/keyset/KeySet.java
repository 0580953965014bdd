package org.keyward.keyset;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The keys of one zone over time, and the rolls that are under way: at most one of each role.
 * Immutable.
 *
 * @param keys all that are in use, are to be, or may still be in a cache
 */
public record KeySet(List<ZoneKey> keys, List<Roll> rolls) {
  public KeySet {
    keys = List.copyOf(keys);
    rolls = List.copyOf(rolls);
    if (rolls.stream().map(Roll::role).distinct().count() < rolls.size()) {
      throw new IllegalArgumentException("two rolls of one role at once");
    }
  }

  /** Ids of the keys in the DNSKEY set of the window that begins at {@code activeFrom}. */
  public Set<Integer> keysOf(Instant activeFrom) {
    return ids(key -> key.published().covers(activeFrom));
  }

  /** Ids of the KSKs that sign the DNSKEY set of the window that begins at {@code activeFrom}. */
  public Set<Integer> signersOf(Instant activeFrom) {
    return ids(key -> key.role() == KeyRole.KSK && key.signs().covers(activeFrom));
  }

  /** Ids of the ZSKs that make signatures at {@code now}. */
  public Set<Integer> zoneSigners(Instant now) {
    return ids(key -> key.role() == KeyRole.ZSK && key.signs().covers(now));
  }

  /** Ids of the keys without which no set may be served at {@code now}. */
  public Set<Integer> needed(Instant now) {
    return ids(key -> key.isNeeded(now));
  }

  private Set<Integer> ids(Predicate<ZoneKey> wanted) {
    return keys.stream().filter(wanted).map(ZoneKey::id).collect(Collectors.toUnmodifiableSet());
  }

  /** The key; it must be one of the zone's. */
  public ZoneKey key(int id) {
    return keys.stream()
        .filter(key -> key.id() == id)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("not a key of the zone: " + id));
  }

  public Optional<Roll> roll(KeyRole role) {
    return rolls.stream().filter(roll -> roll.role() == role).findFirst();
  }

  /** Whether {@code stored} is what its window's set is to be, with all signatures. */
  public boolean agrees(SignedWindow stored) {
    Instant from = stored.window().activeFrom();
    return stored.keys().equals(keysOf(from)) && stored.signers().containsAll(signersOf(from));
  }

  KeySet with(ZoneKey added) {
    List<ZoneKey> all = new ArrayList<>(keys);
    all.add(added);
    return new KeySet(all, rolls);
  }

  KeySet change(int id, UnaryOperator<ZoneKey> change) {
    return new KeySet(
        keys.stream().map(key -> key.id() == id ? change.apply(key) : key).toList(), rolls);
  }

  KeySet with(Roll roll) {
    List<Roll> all = new ArrayList<>(without(roll.role()).rolls);
    all.add(roll);
    return new KeySet(keys, all);
  }

  KeySet without(KeyRole role) {
    return new KeySet(keys, rolls.stream().filter(roll -> roll.role() != role).toList());
  }

  /** The first of {@code windows} that begins after all that is signed. */
  static Instant afterAll(Collection<SignedWindow> stock, Instant otherwise) {
    return stock.stream()
        .map(signed -> signed.window().activeFrom())
        .max(Instant::compareTo)
        .map(last -> last.plusSeconds(1))
        .orElse(otherwise);
  }
}
