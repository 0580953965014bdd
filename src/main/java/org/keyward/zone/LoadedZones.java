package org.keyward.zone;

import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/**
 * The zones of this server: the headers of all, and in memory as many zones as fit. {@link
 * ZoneFollower} keeps them up to date. Thread-safe.
 */
public final class LoadedZones implements Zones {
  private static final Logger log = LoggerFactory.getLogger(LoadedZones.class);

  private final ZoneSource source;
  private final ProblemLog problemLog;
  private final ZoneMemory limits;
  private final ServedListener listener;
  private final ZoneDirectory directory = new ZoneDirectory();
  private final ZonesInMemory memory;
  private final ZoneLoader loader;
  private final ZoneUpdates updates;
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
    this.source = source;
    this.problemLog = problemLog;
    this.limits = memory;
    this.listener = listener;
    this.memory = new ZonesInMemory(memory);
    this.loader = new ZoneLoader(source, problemLog, clock, directory, this.memory);
    this.updates = new ZoneUpdates(source, clock, directory, this.memory, loader, listener);
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
    new FullLoad(directory, memory, loader, problemLog, moved).run(source, limits);
    tsigKeysChanged();
    log.info(
        "zones: {} known, {} in memory, read in {} s",
        directory.headers().size(),
        memory.count(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin) / 1e3);
    listener.everythingChanged();
  }

  /** For what has changed in the storage. */
  ZoneUpdates updates() {
    return updates;
  }

  void tsigKeysChanged() {
    tsigKeys = source.tsigKeys();
  }

  /** Zones whose ids are after the one and not after the other. */
  List<ZoneHeader> headersBetween(int after, int to) {
    return directory.headers().stream()
        .filter(header -> header.id() > after && header.id() <= to)
        .toList();
  }

  boolean isFaulty(int zoneId) {
    return loader.hasFault(zoneId);
  }

  /**
   * As of {@link ZoneDifferences}; of a zone that is not in memory, whether it is known as it is.
   */
  Map<String, Object> differences(ZoneData stored) {
    ZoneHeader header = stored.header();
    ZoneHeader known = directory.header(header.id());
    if (known == null || !known.origin().equals(header.origin())) {
      return Map.of("the zone, which is new", header.origin());
    }
    if (known.kind() != header.kind() || !known.masters().equals(header.masters())) {
      return Map.of("its row in domains", List.of(header.kind(), header.masters()));
    }
    LoadedZone zone = memory.look(header.id());
    return zone == null ? Map.of() : zone.differences(stored);
  }

  /** In bytes, about. */
  long weightInMemory() {
    return memory.weight();
  }

  void know(ZoneHeader header) {
    directory.know(header);
  }

  /** The zones that cannot be loaded as they are stored. */
  public Collection<ZoneFault> faults() {
    return loader.faults();
  }

  /** The zones in memory that Keyward signs, as they are now. */
  Collection<LoadedZone> signed() {
    return memory.signed();
  }

  /** Stores what is left out of the zone as it is in memory, if it is. */
  void report(int zoneId) {
    Optional.ofNullable(memory.look(zoneId)).ifPresent(loader::report);
  }

  @Override
  public Optional<Zone> enclosing(Name name) {
    return directory.enclosing(name).flatMap(this::byId);
  }

  @Override
  public Optional<Zone> byId(int zoneId) {
    return loader.get(zoneId).map(zone -> zone);
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
  public Collection<TsigKey> tsigKeys() {
    return tsigKeys;
  }

  @Override
  public Collection<ZoneSource.FoundRecord> search(String pattern, int limit) {
    return source.search(pattern, limit);
  }
}
