package org.keyward.zone;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.keyward.background.RepeatedTask;
import org.keyward.dnssec.NameText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what is served with what is stored, again and again, for writes that no trigger has
 * seen. Zones that are stored as they were when they were last found equal cost one number each; of
 * the others the rows are read and compared. What differs is looked at twice, with all changes
 * applied in between that were there at the first look; what differs still is read anew.
 */
public final class StoredComparison implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StoredComparison.class);

  /** Zones that are looked at together. */
  private static final int PART = 500;

  /** Looking takes no more than one part in so many of the time. */
  private static final int COST_SHARE = 20;

  /** Names in a message. */
  private static final int NAMED = 3;

  private static final Duration APPLIED_WITHIN = Duration.ofSeconds(60);

  private final StoredVersions stored;
  private final LoadedZones zones;
  private final ZoneFollower follower;
  private final Duration period;
  private final Map<Integer, Long> equal = new HashMap<>();

  /** Found to differ although it was just read: it is told once. */
  private final Map<Integer, Long> told = new HashMap<>();

  private final AtomicLong compared = new AtomicLong();
  private final AtomicLong unnoticed = new AtomicLong();
  private volatile long lastPass = System.nanoTime();
  private int after = Integer.MIN_VALUE;
  private final RepeatedTask task = new RepeatedTask("stored-comparison", this::lookAtPart);

  /**
   * @param period how long it takes to look at all zones
   */
  public StoredComparison(
      StoredVersions stored, LoadedZones zones, ZoneFollower follower, Duration period) {
    this.stored = stored;
    this.zones = zones;
    this.follower = follower;
    this.period = period;
  }

  public StoredComparison start() {
    task.start();
    return this;
  }

  /** Zones looked at until now. */
  public long compared() {
    return compared.get();
  }

  /** Zones that were served otherwise than stored. */
  public long unnoticed() {
    return unnoticed.get();
  }

  /** Seconds since all zones were last looked at, or since the start. */
  public double age() {
    return (System.nanoTime() - lastPass) / 1e9;
  }

  private Duration lookAtPart() {
    long begin = System.nanoTime();
    long parts = 1;
    try {
      if (follower.changes().isPresent()) {
        after = look(after);
        parts = stored.zones() / PART + 1;
      }
    } catch (ZoneStorageException e) {
      log.debug("comparison: {}", e.getMessage());
    }
    long cost = System.nanoTime() - begin;
    return Duration.ofNanos(Math.max(period.toNanos() / parts, cost * COST_SHARE));
  }

  /** Looks at all zones now, once. */
  public void lookAtAll() {
    int after = Integer.MIN_VALUE;
    do {
      after = look(after);
    } while (after != Integer.MIN_VALUE);
  }

  /** Gives the zone to go on after; the least there is when all were looked at. */
  private int look(int after) {
    SortedMap<Integer, Long> versions = stored.after(after, PART);
    boolean last = versions.size() < PART;
    int to = last ? Integer.MAX_VALUE : versions.lastKey();
    Map<Integer, Difference> first = differences(versions, after, to);
    if (!first.isEmpty()) {
      tell(first, versions);
    }
    compared.addAndGet(versions.size());
    if (last) {
      zones.tsigKeysChanged(); // few, so they are read without more ado
      lastPass = System.nanoTime();
    }
    return last ? Integer.MIN_VALUE : to;
  }

  /**
   * @param where name of the zone, or another part of it, to what is stored there
   */
  private record Difference(ZoneHeader zone, Map<String, Object> where) {
    /** What differs in both, and was stored alike. */
    Difference and(Difference later) {
      Map<String, Object> both = new LinkedHashMap<>(where);
      both.entrySet().retainAll(later == null ? Set.of() : later.where().entrySet());
      return new Difference(zone, both);
    }

    String words() {
      String some = where.keySet().stream().limit(NAMED).collect(Collectors.joining(", "));
      return where.size() > NAMED ? some + " and " + (where.size() - NAMED) + " more" : some;
    }
  }

  private Map<Integer, Difference> differences(
      SortedMap<Integer, Long> versions, int after, int to) {
    Map<Integer, Difference> found = new HashMap<>();
    for (ZoneHeader known : zones.headersBetween(after, to)) {
      if (!versions.containsKey(known.id())) {
        found.put(known.id(), new Difference(known, Map.of("the zone, which is no more", "")));
        equal.remove(known.id());
      }
    }
    Set<Integer> other = new TreeSet<>();
    versions.forEach(
        (id, version) -> {
          if (!version.equals(equal.get(id)) && !version.equals(told.get(id))) {
            other.add(id);
          }
        });
    other.removeIf(id -> zones.isFaulty(id) || follower.isReading(id));
    if (!other.isEmpty()) {
      stored.read(
          other,
          data -> {
            int id = data.header().id();
            Map<String, Object> where = zones.differences(data);
            if (where.isEmpty()) {
              equal.put(id, versions.get(id));
            } else {
              found.put(id, new Difference(data.header(), where));
            }
          });
    }
    return found;
  }

  private void tell(Map<Integer, Difference> first, SortedMap<Integer, Long> before) {
    if (!follower.hasApplied(APPLIED_WITHIN)) {
      return; // they are looked at again with the next pass
    }
    Map<Integer, Long> there = new HashMap<>(before);
    there.keySet().retainAll(first.keySet());
    Map<Integer, Difference> second = new HashMap<>();
    for (int id : first.keySet()) {
      // One by one: there are few, and a zone that is gone lies between no others.
      SortedMap<Integer, Long> now = stored.after(id - 1, 1);
      now.keySet().removeIf(other -> other != id);
      second.putAll(differences(now, id - 1, id));
      there.putAll(now);
    }
    Map<ZoneHeader, String> what = new LinkedHashMap<>();
    Collection<Integer> ids = new TreeSet<>();
    first.forEach(
        (id, difference) -> {
          Difference still = difference.and(second.get(id));
          if (!still.where().isEmpty()) {
            what.put(difference.zone(), still.words());
            ids.add(id);
            told.put(id, there.getOrDefault(id, 0L));
          }
        });
    if (what.isEmpty()) {
      return;
    }
    unnoticed.addAndGet(ids.size());
    List<String> causes = stored.causes();
    what.forEach(
        (zone, where) ->
            log.warn(
                "zone {}: it was served otherwise than it is stored ({}), for a write was not"
                    + " noticed: {}; it is read anew",
                NameText.of(zone.origin()),
                where,
                causes));
    follower.readAnew(ids);
    stored.unnoticed(what);
  }

  @Override
  public void close() {
    task.close();
  }
}
