package org.keyward.zone;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/**
 * The zones of this server: the headers of all, and in memory as many zones as fit, the least used
 * leaving first. {@link ZoneFollower} keeps them up to date. Thread-safe.
 */
public final class LoadedZones implements Zones {
  private static final Logger log = LoggerFactory.getLogger(LoadedZones.class);

  private final ZoneSource source;
  private final ProblemLog problemLog;
  private final Clock clock;
  private final Map<Integer, ZoneHeader> headers = new ConcurrentHashMap<>();
  private final Map<Name, Integer> ids = new ConcurrentHashMap<>();
  private final Cache<Integer, LoadedZone> zones;
  private final int maximum;
  private final ServedListener listener;
  private final ChangeGate gate = new ChangeGate();
  private volatile List<TsigKey> tsigKeys = List.of();

  /**
   * @param maximum how many zones stay in memory
   */
  public LoadedZones(ZoneSource source, ProblemLog problemLog, Clock clock, int maximum) {
    this(source, problemLog, clock, maximum, ServedListener.NONE);
  }

  /**
   * @param maximum how many zones stay in memory
   * @param listener told of every change as soon as it is served
   */
  public LoadedZones(
      ZoneSource source, ProblemLog problemLog, Clock clock, int maximum, ServedListener listener) {
    this.listener = listener;
    this.source = source;
    this.problemLog = problemLog;
    this.clock = clock;
    this.maximum = maximum;
    this.zones = Caffeine.newBuilder().maximumSize(maximum).build();
  }

  /** Reads the headers of all zones, and as many zones as fit; answers need not wait for this. */
  public void loadAll() {
    readHeaders();
    // One after the other, so that a zone in memory serves until its new state is read.
    Set.copyOf(zones.asMap().keySet()).forEach(this::reload);
    headers.keySet().stream().limit(maximum).forEach(id -> byId(id));
    log.info("zones: {} known, {} in memory", headers.size(), zones.estimatedSize());
    listener.everythingChanged();
  }

  /** Reads the headers of all zones; each zone follows on first use. */
  public void readHeaders() {
    List<ZoneHeader> all = source.headers();
    Set<Integer> known =
        all.stream().map(ZoneHeader::id).collect(java.util.stream.Collectors.toSet());
    Set.copyOf(headers.keySet()).stream().filter(id -> !known.contains(id)).forEach(this::forget);
    all.forEach(this::know);
    tsigKeys = source.tsigKeys();
  }

  private void know(ZoneHeader header) {
    ZoneHeader before = headers.put(header.id(), header);
    if (before != null && !before.origin().equals(header.origin())) {
      ids.remove(before.origin(), header.id());
    }
    ids.put(header.origin(), header.id());
  }

  private void forget(int zoneId) {
    ZoneHeader header = headers.remove(zoneId);
    if (header != null) {
      ids.remove(header.origin(), zoneId);
    }
    zones.invalidate(zoneId);
  }

  @Override
  public Optional<Zone> enclosing(Name name) {
    for (int strip = 0; strip < name.labels(); strip++) {
      Integer id = ids.get(strip == 0 ? name : new Name(name, strip));
      if (id != null) {
        return byId(id);
      }
    }
    return Optional.empty();
  }

  @Override
  public Optional<Zone> byId(int zoneId) {
    return Optional.ofNullable(zones.get(zoneId, this::load));
  }

  private LoadedZone load(int zoneId) {
    Optional<ZoneData> data = headers.containsKey(zoneId) ? source.load(zoneId) : Optional.empty();
    return data.map(
            found -> {
              LoadedZone zone = new LoadedZone(found, clock);
              report(zone);
              return zone;
            })
        .orElse(null);
  }

  @Override
  public Optional<Zone> byOrigin(Name origin) {
    return Optional.ofNullable(ids.get(origin)).flatMap(this::byId);
  }

  @Override
  public boolean isOrigin(Name name) {
    return ids.containsKey(name);
  }

  @Override
  public Collection<ZoneHeader> headers() {
    return List.copyOf(headers.values());
  }

  @Override
  public ChangeGate gate() {
    return gate;
  }

  @Override
  public Collection<TsigKey> tsigKeys() {
    return tsigKeys;
  }

  @Override
  public Collection<ZoneSource.FoundRecord> search(String pattern, int limit) {
    return source.search(pattern, limit);
  }

  /** The zone came, went, or changed as a whole; what is in memory serves until the new is read. */
  void zoneChanged(int zoneId) {
    List<ZoneHeader> found = source.headers(Set.of(zoneId));
    ZoneHeader before = headers.get(zoneId);
    if (found.isEmpty()) {
      forget(zoneId);
      if (before != null) {
        listener.changed(before, Set.of(), false);
      }
      return;
    }
    know(found.get(0));
    if (zones.getIfPresent(zoneId) != null || zones.estimatedSize() < maximum) {
      reload(zoneId);
    }
    listener.changed(found.get(0), Set.of(), moved(before, found.get(0)));
  }

  private static boolean moved(ZoneHeader before, ZoneHeader after) {
    return before == null || before.serial() != after.serial();
  }

  private void reload(int zoneId) {
    LoadedZone fresh = load(zoneId);
    if (fresh == null) {
      forget(zoneId);
    } else {
      gate.change(fresh.header().origin(), () -> zones.put(zoneId, fresh));
    }
  }

  /** Waits for one that is being read, perhaps from a moment before the change. */
  private LoadedZone inMemory(int zoneId) {
    return zones.asMap().computeIfPresent(zoneId, (id, zone) -> zone);
  }

  /** What the zone is signed with changed; its records did not. */
  void signingChanged(int zoneId) {
    LoadedZone zone = inMemory(zoneId);
    if (zone != null && !zone.signWith(source.signing(zoneId))) {
      zoneChanged(zoneId);
    }
  }

  /** What PowerDNS notes about the zone's transfers changed. */
  void headerChanged(int zoneId) {
    LoadedZone zone = inMemory(zoneId);
    for (ZoneHeader header : source.headers(Set.of(zoneId))) {
      know(header);
      if (zone != null) {
        zone.know(header);
      }
    }
  }

  /** The zones in memory. */
  Collection<LoadedZone> loaded() {
    return List.copyOf(zones.asMap().values());
  }

  /** Rows at these names changed. */
  void namesChanged(int zoneId, Set<Name> owners) {
    LoadedZone zone = inMemory(zoneId);
    if (zone != null) {
      List<RecordRow> rows = source.recordsAt(zoneId, owners);
      gate.change(zone.header().origin(), () -> zone.replace(owners, rows));
      report(zone);
    }
    ZoneHeader header = headers.get(zoneId);
    if (header == null) {
      return;
    }
    if (owners.contains(header.origin())) {
      source.headers(Set.of(zoneId)).forEach(this::know);
    }
    ZoneHeader now = headers.getOrDefault(zoneId, header);
    listener.changed(now, owners, moved(header, now));
  }

  void tsigKeysChanged() {
    tsigKeys = source.tsigKeys();
  }

  private void report(LoadedZone zone) {
    List<RecordProblem> problems = zone.problems();
    ZoneHeader header = zone.header();
    for (RecordProblem problem : problems) {
      log.warn(
          "zone {}: {} {}: {}", header.origin(), problem.owner(), problem.type(), problem.reason());
    }
    problemLog.replace(header.id(), Objects.requireNonNull(problems));
  }
}
