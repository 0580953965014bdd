package org.keyward.zone;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/**
 * The zones of this server: the headers of all, and in memory as many zones as fit, the least used
 * leaving first. {@link ZoneFollower} keeps them up to date. Thread-safe.
 */
public final class LoadedZones implements Zones {
  private static final Logger log = LoggerFactory.getLogger(LoadedZones.class);

  /** Zones whose signatures are read in one query. */
  private static final int SIGNED_AT_ONCE = 1_000;

  /** Bytes in a unit of weight. */
  private static final int UNIT = 256;

  private final ZoneSource source;
  private final ProblemLog problemLog;
  private final Clock clock;
  private final ZoneDirectory directory = new ZoneDirectory();
  private final Cache<Integer, LoadedZone> zones;

  /** Of those in memory, and some that have left. */
  private final Set<Integer> signed = ConcurrentHashMap.newKeySet();

  private final ZoneMemory memory;
  private final ServedListener listener;
  private final ChangeGate gate = new ChangeGate();
  private final ZoneFaults faults;
  private final SecureZones secure = new SecureZones();
  private volatile List<TsigKey> tsigKeys = List.of();

  /**
   * @param memory for what stays in memory
   */
  public LoadedZones(ZoneSource source, ProblemLog problemLog, Clock clock, ZoneMemory memory) {
    this(source, problemLog, clock, memory, ServedListener.NONE);
  }

  /**
   * @param memory for what stays in memory
   * @param listener told of every change as soon as it is served
   */
  public LoadedZones(
      ZoneSource source,
      ProblemLog problemLog,
      Clock clock,
      ZoneMemory memory,
      ServedListener listener) {
    this.listener = listener;
    this.source = source;
    this.problemLog = problemLog;
    this.clock = clock;
    this.memory = memory;
    this.faults = new ZoneFaults(problemLog, clock);
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

  /** Reads the headers of all zones, and as many zones as fit; answers need not wait for this. */
  public void loadAll() {
    loadAll(false);
  }

  /** The same after the database has become another one, or an earlier state of what it was. */
  void loadAnew() {
    loadAll(true);
  }

  private void loadAll(boolean moved) {
    long begin = System.nanoTime();
    Map<Integer, LoadedZone> before = Map.copyOf(zones.asMap());
    Everything everything = new Everything(before, moved);
    try (BulkLoad load = new BulkLoad(everything::take)) {
      source.readAll(everything.reader(load));
      load.finish();
    }
    directory.zones().stream().filter(id -> !everything.known.contains(id)).forEach(this::forget);
    faults.zones().stream().filter(id -> !everything.known.contains(id)).forEach(faults::end);
    // Those that were not read again are, when they are asked for; what cannot be read stays.
    before.forEach(
        (id, zone) -> {
          if (!faults.has(id)) {
            zones
                .asMap()
                .computeIfPresent(id, (same, now) -> now.isOfSameReading(zone) ? null : now);
          }
        });
    everything.report();
    tsigKeys = source.tsigKeys();
    log.info(
        "zones: {} known, {} in memory, read in {} s",
        directory.headers().size(),
        zones.estimatedSize(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin) / 1e3);
    listener.everythingChanged();
  }

  /** Takes all zones, each in the place of what was there before. */
  private final class Everything {
    private static final int REPORTED_AT_ONCE = 20_000;

    private final Map<Integer, LoadedZone> before;
    private final Set<Integer> known = ConcurrentHashMap.newKeySet();
    private final AtomicLong taken = new AtomicLong();
    private final Map<Integer, List<RecordProblem>> problems = new ConcurrentHashMap<>();

    /** Zones of which problems are stored: the others need not be told that they have none. */
    private final Set<Integer> withProblems = problemLog.zonesWithProblems();

    private final boolean moved;

    Everything(Map<Integer, LoadedZone> before, boolean moved) {
      this.before = before;
      this.moved = moved;
    }

    ZoneSource.Reader reader(BulkLoad load) {
      return new ZoneSource.Reader() {
        private long room;

        @Override
        public void begins(long count) {
          room = memory.forContents(count);
          long most = units(room);
          zones.policy().eviction().ifPresent(eviction -> eviction.setMaximum(most));
        }

        @Override
        public boolean wantsRecords() {
          return taken.get() + load.recordsWaiting() * ZoneMemory.BYTES_OF_RECORD < room;
        }

        @Override
        public void zone(ZoneHeader header, int records, Supplier<ZoneData> data) {
          load.add(header, records, data);
        }

        @Override
        public void header(ZoneHeader header) {
          known.add(header.id());
          know(header);
        }
      };
    }

    /**
     * One that was read meanwhile, because it was asked for, is as new; what changed since then is
     * still to come.
     */
    private void take(BulkLoad.Zone read) {
      int id = read.header().id();
      known.add(id);
      try {
        LoadedZone fresh = new LoadedZone(read.data().get(), clock);
        secure.check(before.get(id), fresh, clock.instant(), moved);
        take(fresh);
        faults.end(id);
      } catch (RuntimeException | Error e) {
        cannotLoad(read.header(), Optional.ofNullable(before.get(id)), ZoneFaultException.of(e));
      }
    }

    private void take(LoadedZone zone) {
      int id = zone.id();
      know(zone.header());
      taken.addAndGet(zone.weight());
      LoadedZone old = before.get(id);
      if (old == null) {
        zones.asMap().putIfAbsent(id, zone);
      } else {
        gate(old, () -> replaceReading(old, zone));
      }
      noteSigned(zone);
      List<RecordProblem> found = warned(zone);
      if (!found.isEmpty() || withProblems.contains(id)) {
        problems.put(id, found);
      }
    }

    /** Not earlier: the thread that reads is within a transaction of the storage. */
    private void report() {
      Map<Integer, List<RecordProblem>> some = new HashMap<>();
      for (Map.Entry<Integer, List<RecordProblem>> zone : problems.entrySet()) {
        some.put(zone.getKey(), zone.getValue());
        if (some.size() == REPORTED_AT_ONCE) {
          problemLog.replace(some);
          some = new HashMap<>();
        }
      }
      problemLog.replace(some);
    }
  }

  /** After it is put in its place: {@link #signed()} takes out what is not there. */
  private void noteSigned(LoadedZone zone) {
    if (zone.isSigned()) {
      signed.add(zone.id());
    }
  }

  /** In bytes, about. */
  long weightInMemory() {
    zones.cleanUp();
    return zones.policy().eviction().orElseThrow().weightedSize().orElse(0) * UNIT;
  }

  void know(ZoneHeader header) {
    directory.know(header);
  }

  private void forget(int zoneId) {
    directory.forget(zoneId);
    zones.invalidate(zoneId);
  }

  /**
   * Keeps what is in memory of a zone that cannot be loaded as it is stored, else leaves it out.
   *
   * @param header as it is stored
   */
  private void cannotLoad(
      ZoneHeader header, Optional<LoadedZone> inMemory, ZoneFaultException failure) {
    Name known = inMemory.map(LoadedZone::origin).orElse(header.origin());
    faults.add(header.id(), known, inMemory.isPresent(), failure);
    if (inMemory.isEmpty()) {
      forget(header.id());
    }
  }

  /** The zones that cannot be loaded as they are stored. */
  public Collection<ZoneFault> faults() {
    return faults.all();
  }

  /** Tries again to load the zones that could not be; the reason may have been here. */
  void retryFaults() {
    faults.zones().forEach(this::zoneChanged);
  }

  @Override
  public Optional<Zone> enclosing(Name name) {
    return directory.enclosing(name).flatMap(this::byId);
  }

  @Override
  public Optional<Zone> byId(int zoneId) {
    LoadedZone zone = zones.getIfPresent(zoneId);
    return zone != null ? Optional.of(zone) : loaded(zoneId);
  }

  private Optional<Zone> loaded(int zoneId) {
    ZoneHeader header = directory.header(zoneId);
    if (header == null) {
      return Optional.empty();
    }
    try {
      LoadedZone zone = zones.get(zoneId, this::load);
      if (zone != null) {
        noteSigned(zone);
      }
      return Optional.ofNullable(zone);
    } catch (RuntimeException | Error e) {
      cannotLoad(header, Optional.empty(), ZoneFaultException.of(e));
      return Optional.empty();
    }
  }

  /** Called within a computation of the cache, so that a change of the zone waits for it. */
  private LoadedZone load(int zoneId) {
    return load(zoneId, null);
  }

  /**
   * @param served of the zone until now, may be null
   */
  private LoadedZone load(int zoneId, LoadedZone served) {
    return source
        .load(zoneId)
        .map(
            found -> {
              LoadedZone zone = new LoadedZone(found, clock);
              secure.check(served, zone, clock.instant(), false);
              faults.end(zoneId);
              report(zone);
              return zone;
            })
        .orElse(null);
  }

  @Override
  public Optional<Zone> byOrigin(Name origin) {
    return directory.idOf(origin).flatMap(this::byId);
  }

  @Override
  public boolean isOrigin(Name name) {
    return directory.idOf(name).isPresent();
  }

  @Override
  public Collection<ZoneHeader> headers() {
    return directory.headers();
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
    alone(zoneId, () -> readAnew(zoneId));
  }

  /** Whatever is met costs this zone alone, unless it is the storage that is out of reach. */
  private void alone(int zoneId, Runnable change) {
    try {
      change.run();
    } catch (RuntimeException | Error e) {
      ZoneFaultException fault = ZoneFaultException.of(e);
      ZoneHeader known = directory.header(zoneId);
      if (known == null) {
        log.error("zone {}: {}", zoneId, fault.getMessage(), e);
      } else {
        cannotLoad(known, Optional.ofNullable(zones.getIfPresent(zoneId)), fault);
      }
    }
  }

  private void readAnew(int zoneId) {
    ZoneHeader before = directory.header(zoneId);
    Optional<ZoneHeader> stored = source.headers(Set.of(zoneId)).stream().findFirst();
    if (stored.isEmpty()) {
      faults.end(zoneId);
      forget(zoneId);
      if (before != null) {
        listener.changed(before, Set.of(), false);
      }
      return;
    }
    LoadedZone old = inMemory(zoneId);
    if (old != null) {
      reload(old, stored.get());
    } else {
      know(stored.get());
      if (hasRoom() || faults.has(zoneId)) {
        byId(zoneId);
      }
    }
    listener.changed(stored.get(), Set.of(), moved(before, stored.get()));
  }

  private static boolean moved(ZoneHeader before, ZoneHeader after) {
    return before == null || before.serial() != after.serial();
  }

  /** Puts it in the place of the old one alone: any other that is there now was read later. */
  private void reload(LoadedZone old, ZoneHeader stored) {
    int zoneId = old.id();
    LoadedZone fresh;
    try {
      fresh = load(zoneId, old);
    } catch (RuntimeException | Error e) {
      cannotLoad(stored, Optional.of(old), ZoneFaultException.of(e));
      return;
    }
    if (fresh == null) {
      forget(zoneId);
    } else {
      know(fresh.header());
      gate(fresh, () -> replaceReading(old, fresh));
      noteSigned(fresh);
    }
  }

  /** Whether it takes long to read. */
  boolean isLarge(int zoneId) {
    LoadedZone zone = zones.policy().getIfPresentQuietly(zoneId);
    return zone != null && zone.weight() > LargeChanges.BYTES;
  }

  private boolean hasRoom() {
    return zones
        .policy()
        .eviction()
        .map(eviction -> eviction.weightedSize().orElse(0) < eviction.getMaximum() * 9 / 10)
        .orElse(true);
  }

  /** Without signatures nothing in an answer has to fit to anything: no question is waited for. */
  private void gate(LoadedZone zone, Runnable change) {
    if (zone.hasSignatures()) {
      gate.change(zone.origin(), change);
    } else {
      change.run();
    }
  }

  /** Puts one in the place of another reading, whatever has changed of that meanwhile. */
  private void replaceReading(LoadedZone old, LoadedZone fresh) {
    zones.asMap().computeIfPresent(old.id(), (id, now) -> now.isOfSameReading(old) ? fresh : now);
  }

  /**
   * Waits for one that is being read, perhaps from a moment before the change; and weighs it anew.
   */
  private LoadedZone inMemory(int zoneId) {
    return zones.asMap().compute(zoneId, (id, zone) -> zone);
  }

  /** What the zones are signed with changed; their records did not. */
  void signingChanged(Set<Integer> zoneIds) {
    Map<Integer, LoadedZone> changed = new LinkedHashMap<>();
    for (int zoneId : zoneIds) {
      LoadedZone zone = inMemory(zoneId);
      if (zone != null) {
        changed.put(zoneId, zone);
      }
    }
    if (!changed.isEmpty()) {
      signWith(changed);
    }
  }

  private void signWith(Map<Integer, LoadedZone> changed) {
    Map<Integer, Supplier<ZoneSigning>> signing;
    try {
      signing = source.signing(changed.keySet());
    } catch (RuntimeException | Error e) {
      log.debug("{}; each zone is read by itself", ZoneFaultException.of(e).getMessage());
      changed.keySet().forEach(this::zoneChanged);
      return;
    }
    changed.forEach((id, zone) -> signWith(zone, Optional.ofNullable(signing.get(id))));
  }

  private void signWith(LoadedZone zone, Optional<Supplier<ZoneSigning>> signing) {
    try {
      if (!faults.has(zone.id()) && signedWith(zone, signing.map(Supplier::get))) {
        return;
      }
    } catch (RuntimeException | Error e) {
      log.debug("zone {}: {}; it is read as a whole", zone.origin(), e.toString());
    }
    zoneChanged(zone.id());
  }

  private boolean signedWith(LoadedZone zone, Optional<ZoneSigning> signing) {
    Optional<LoadedZone> changed = zone.signedWith(signing);
    return changed.isPresent() && zones.asMap().replace(zone.id(), zone, changed.get());
  }

  /**
   * The clock was set to another time: which signatures of a zone are shown is read anew, and so is
   * a zone that was read for later times than this.
   */
  void clockSet() {
    List<Integer> ids = signed().stream().map(LoadedZone::id).toList();
    for (int from = 0; from < ids.size(); from += SIGNED_AT_ONCE) {
      signingChanged(Set.copyOf(ids.subList(from, Math.min(from + SIGNED_AT_ONCE, ids.size()))));
    }
    Instant now = clock.instant();
    signed().stream()
        .filter(zone -> !zone.isReadFor(now))
        .map(LoadedZone::id)
        .forEach(this::zoneChanged);
  }

  /** What PowerDNS notes about the zone's transfers changed. */
  void headerChanged(int zoneId) {
    if (!faults.has(zoneId)) {
      alone(zoneId, () -> readHeader(zoneId));
    }
  }

  private void readHeader(int zoneId) {
    LoadedZone zone = inMemory(zoneId);
    for (ZoneHeader header : source.headers(Set.of(zoneId))) {
      know(header);
      if (zone != null) {
        zones.asMap().computeIfPresent(zoneId, (id, now) -> now.with(header));
      }
    }
  }

  /** The zones in memory that Keyward signs. */
  Collection<LoadedZone> signed() {
    List<LoadedZone> inMemory = new ArrayList<>();
    for (Iterator<Integer> ids = signed.iterator(); ids.hasNext(); ) {
      LoadedZone zone = zones.policy().getIfPresentQuietly(ids.next());
      if (zone == null || !zone.isSigned()) {
        ids.remove();
      } else {
        inMemory.add(zone);
      }
    }
    return inMemory;
  }

  /** Rows at these names changed. */
  void namesChanged(int zoneId, Set<Name> owners) {
    LoadedZone zone = inMemory(zoneId);
    // What is served of a zone that could not be loaded is older than these rows.
    if (faults.has(zoneId) || (zone != null && !replaced(zone, owners))) {
      zoneChanged(zoneId);
    } else {
      alone(zoneId, () -> tell(zoneId, owners));
    }
  }

  private void tell(int zoneId, Set<Name> owners) {
    ZoneHeader header = directory.header(zoneId);
    if (header == null) {
      return;
    }
    if (owners.contains(header.origin())) {
      source.headers(Set.of(zoneId)).forEach(this::know);
    }
    ZoneHeader now = directory.header(zoneId);
    listener.changed(now == null ? header : now, owners, moved(header, now == null ? header : now));
  }

  private boolean replaced(LoadedZone zone, Set<Name> owners) {
    try {
      List<RecordRow> rows = source.recordsAt(zone.id(), owners);
      LoadedZone changed = zone.with(owners, rows);
      boolean[] done = new boolean[1];
      gate(zone, () -> done[0] = zones.asMap().replace(zone.id(), zone, changed));
      report(zone.id());
      return done[0];
    } catch (RuntimeException | Error e) {
      ZoneFaultException fault = ZoneFaultException.of(e);
      log.debug("zone {}: {}; it is read as a whole", zone.origin(), fault.getMessage());
      return false;
    }
  }

  void tsigKeysChanged() {
    tsigKeys = source.tsigKeys();
  }

  /** As it is in memory now, if it is. */
  void report(int zoneId) {
    LoadedZone zone = zones.policy().getIfPresentQuietly(zoneId);
    if (zone != null) {
      report(zone);
    }
  }

  private void report(LoadedZone zone) {
    problemLog.replace(Map.of(zone.id(), warned(zone)));
  }

  private static List<RecordProblem> warned(LoadedZone zone) {
    List<RecordProblem> problems = zone.problems();
    for (RecordProblem problem : problems) {
      log.warn(
          "zone {}: {} {}: {}", zone.origin(), problem.owner(), problem.type(), problem.reason());
    }
    return problems;
  }
}
