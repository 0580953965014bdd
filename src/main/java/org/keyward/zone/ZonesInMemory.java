package org.keyward.zone;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The zones that are in memory, as many as fit, the least used leaving first. A change of one puts
 * another in its place. Null stands for a zone that is not here. Thread-safe.
 */
final class ZonesInMemory {
  /** Bytes in a unit of weight. */
  private static final int UNIT = 256;

  private final ZoneMemory memory;
  private final Cache<Integer, LoadedZone> zones;

  /** Of those here, and some that have left. */
  private final Set<Integer> signed = ConcurrentHashMap.newKeySet();

  ZonesInMemory(ZoneMemory memory) {
    this.memory = memory;
    this.zones =
        Caffeine.newBuilder()
            .maximumWeight(units(memory.bytes()))
            .weigher((Integer id, LoadedZone zone) -> weight(zone))
            .executor(Runnable::run)
            .build();
  }

  private static long units(long bytes) {
    return Math.max(1, bytes / UNIT);
  }

  /** No zone is too large to stay: one that was would be read anew for each question. */
  private int weight(LoadedZone zone) {
    return (int) Math.min(units(zone.weight()), Math.min(units(memory.bytes()) / 2, 1 << 30));
  }

  /** Leaves so many bytes for the zones themselves. */
  void limit(long bytes) {
    zones.policy().eviction().orElseThrow().setMaximum(units(bytes));
  }

  LoadedZone get(int zoneId) {
    return zones.getIfPresent(zoneId);
  }

  /** The same without a note that it is used. */
  LoadedZone look(int zoneId) {
    return zones.policy().getIfPresentQuietly(zoneId);
  }

  /** The same after waiting for one that is being read, perhaps from a moment before a change. */
  LoadedZone await(int zoneId) {
    return zones.asMap().compute(zoneId, (id, zone) -> zone);
  }

  /** Reads it when it is not here; whoever changes it waits for that. */
  LoadedZone get(int zoneId, Function<Integer, LoadedZone> load) {
    return note(zones.get(zoneId, load));
  }

  /** Puts it here, unless it is. */
  void add(LoadedZone zone) {
    zones.asMap().putIfAbsent(zone.id(), zone);
    note(zone);
  }

  /**
   * Puts a zone after a change in the place of the one before.
   *
   * @return false when that is not here any more
   */
  boolean change(LoadedZone before, LoadedZone after) {
    boolean changed = zones.asMap().replace(before.id(), before, after);
    note(after);
    return changed;
  }

  /** The same, where the change depends on nothing else. */
  void change(int zoneId, Function<LoadedZone, LoadedZone> change) {
    zones.asMap().computeIfPresent(zoneId, (id, now) -> change.apply(now));
  }

  /**
   * Puts what was read as a whole in the place of a former reading, whatever has changed of that
   * meanwhile. Any other that is there was read later, and stays.
   */
  void replace(LoadedZone former, LoadedZone read) {
    change(former.id(), now -> now.isOfSameReading(former) ? read : now);
    note(read);
  }

  /** Removes it if it is still of this reading. */
  void remove(LoadedZone former) {
    change(former.id(), now -> now.isOfSameReading(former) ? null : now);
  }

  void remove(int zoneId) {
    zones.invalidate(zoneId);
  }

  /** After it is put here: {@link #signed()} takes out what is not. */
  private LoadedZone note(LoadedZone zone) {
    if (zone != null && zone.isSignedHere()) {
      signed.add(zone.id());
    }
    return zone;
  }

  /** All of them, as they are now. */
  Map<Integer, LoadedZone> all() {
    return Map.copyOf(zones.asMap());
  }

  long count() {
    return zones.estimatedSize();
  }

  /** Those that Keyward signs. */
  Collection<LoadedZone> signed() {
    List<LoadedZone> found = new ArrayList<>();
    for (Iterator<Integer> ids = signed.iterator(); ids.hasNext(); ) {
      LoadedZone zone = look(ids.next());
      if (zone == null || !zone.isSignedHere()) {
        ids.remove();
      } else {
        found.add(zone);
      }
    }
    return found;
  }

  boolean hasRoom() {
    return zones
        .policy()
        .eviction()
        .map(eviction -> eviction.weightedSize().orElse(0) < eviction.getMaximum() * 9 / 10)
        .orElse(true);
  }

  /** In bytes, about. */
  long weight() {
    zones.cleanUp();
    return zones.policy().eviction().orElseThrow().weightedSize().orElse(0) * UNIT;
  }
}
