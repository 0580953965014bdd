package org.keyward.zone;

import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.dnssec.NameText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads zones from the storage into memory, one at a time. What keeps one from being loaded costs
 * that zone alone: it stays as it was, or is left out. Thread-safe.
 */
final class ZoneLoader {
  private static final Logger log = LoggerFactory.getLogger(ZoneLoader.class);

  private final ZoneSource source;
  private final ProblemLog problemLog;
  private final Clock clock;
  private final ZoneDirectory directory;
  private final ZonesInMemory memory;
  private final ZoneFaults faults;
  private final SecureZones secure = new SecureZones();

  ZoneLoader(
      ZoneSource source,
      ProblemLog problemLog,
      Clock clock,
      ZoneDirectory directory,
      ZonesInMemory memory) {
    this.source = source;
    this.problemLog = problemLog;
    this.clock = clock;
    this.directory = directory;
    this.memory = memory;
    this.faults = new ZoneFaults(problemLog, clock);
  }

  /** From memory, or read for that. */
  Optional<LoadedZone> get(int zoneId) {
    LoadedZone zone = memory.get(zoneId);
    return zone != null ? Optional.of(zone) : read(zoneId);
  }

  private Optional<LoadedZone> read(int zoneId) {
    ZoneHeader header = directory.header(zoneId);
    if (header == null) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(memory.get(zoneId, id -> load(id, null)));
    } catch (RuntimeException | Error e) {
      failed(header, Optional.empty(), ZoneFaultException.of(e));
      return Optional.empty();
    }
  }

  /**
   * @param served of the zone until now, may be null
   */
  private LoadedZone load(int zoneId, LoadedZone served) {
    return source
        .load(zoneId)
        .map(
            found -> {
              LoadedZone zone = made(found, served, false);
              report(zone);
              return zone;
            })
        .orElse(null);
  }

  /**
   * @param served of the zone until now, may be null
   * @param moved whether the database is another one since that was read
   */
  LoadedZone made(ZoneData stored, LoadedZone served, boolean moved) {
    LoadedZone zone = new LoadedZone(stored, clock);
    secure.check(served, zone, clock.instant(), moved);
    faults.end(zone.id());
    return zone;
  }

  /** Puts what is stored in the place of what is served. */
  void reload(LoadedZone served, ZoneHeader stored) {
    LoadedZone fresh;
    try {
      fresh = load(served.id(), served);
    } catch (RuntimeException | Error e) {
      failed(stored, Optional.of(served), ZoneFaultException.of(e));
      return;
    }
    if (fresh == null) {
      forget(served.id());
    } else {
      directory.know(fresh.header());
      memory.replace(served, fresh);
    }
  }

  /** The zone is gone. */
  void forget(int zoneId) {
    directory.forget(zoneId);
    memory.remove(zoneId);
  }

  /**
   * Keeps what is in memory of a zone that cannot be loaded as it is stored, else leaves it out.
   *
   * @param header as it is stored
   */
  void failed(ZoneHeader header, Optional<LoadedZone> served, ZoneFaultException failure) {
    faults.add(
        header.id(),
        served.map(LoadedZone::origin).orElse(header.origin()),
        served.isPresent(),
        failure);
    if (served.isEmpty()) {
      forget(header.id());
    }
  }

  /** Whatever is met costs this zone alone, unless it is the storage that is out of reach. */
  void alone(int zoneId, Runnable change) {
    try {
      change.run();
    } catch (RuntimeException | Error e) {
      ZoneFaultException fault = ZoneFaultException.of(e);
      ZoneHeader known = directory.header(zoneId);
      if (known == null) {
        log.error("zone {}: {}", zoneId, fault.getMessage(), e);
      } else {
        failed(known, Optional.ofNullable(memory.get(zoneId)), fault);
      }
    }
  }

  boolean hasFault(int zoneId) {
    return faults.has(zoneId);
  }

  void endFault(int zoneId) {
    faults.end(zoneId);
  }

  /** The zones that cannot be loaded as they are stored. */
  Collection<ZoneFault> faults() {
    return faults.all();
  }

  Collection<Integer> withFaults() {
    return faults.zones();
  }

  /** Stores what is left out of it. */
  void report(LoadedZone zone) {
    problemLog.replace(Map.of(zone.id(), warned(zone)));
  }

  /** What is left out of it, which is logged too. */
  List<RecordProblem> warned(LoadedZone zone) {
    List<RecordProblem> problems = zone.problems();
    for (RecordProblem problem : problems) {
      log.warn("zone {}: {}", NameText.of(zone.origin()), problem.words());
    }
    return problems;
  }
}
