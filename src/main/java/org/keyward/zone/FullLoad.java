package org.keyward.zone;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Reads all zones in one snapshot, and puts each in the place of what was there before. */
final class FullLoad {
  private static final int REPORTED_AT_ONCE = 20_000;

  private final ZoneDirectory directory;
  private final ZonesInMemory memory;
  private final ZoneLoader loader;
  private final ProblemLog problemLog;
  private final boolean moved;

  private final Map<Integer, LoadedZone> before;
  private final Set<Integer> known = ConcurrentHashMap.newKeySet();
  private final AtomicLong taken = new AtomicLong();
  private final Map<Integer, List<RecordProblem>> problems = new ConcurrentHashMap<>();

  /** Zones of which problems are stored: the others need not be told that they have none. */
  private final Set<Integer> withProblems;

  /**
   * @param moved whether the database is another one since zones were read
   */
  FullLoad(
      ZoneDirectory directory,
      ZonesInMemory memory,
      ZoneLoader loader,
      ProblemLog problemLog,
      boolean moved) {
    this.directory = directory;
    this.memory = memory;
    this.loader = loader;
    this.problemLog = problemLog;
    this.moved = moved;
    this.before = memory.all();
    this.withProblems = problemLog.zonesWithProblems();
  }

  /**
   * @param limits for what stays in memory
   */
  void run(ZoneSource source, ZoneMemory limits) {
    try (BulkLoad load = new BulkLoad(this::take)) {
      source.readAll(reader(load, limits));
      load.finish();
    }
    directory.zones().stream().filter(id -> !known.contains(id)).forEach(loader::forget);
    loader.withFaults().stream().filter(id -> !known.contains(id)).forEach(loader::endFault);
    // Those that were not read again are, when they are asked for; what cannot be read stays.
    before.forEach(
        (id, zone) -> {
          if (!loader.hasFault(id)) {
            memory.remove(zone);
          }
        });
    report();
  }

  private ZoneSource.Reader reader(BulkLoad load, ZoneMemory limits) {
    return new ZoneSource.Reader() {
      private long room;

      @Override
      public void begins(long count) {
        room = limits.forContents(count);
        memory.limit(room);
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
        directory.know(header);
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
      take(loader.made(read.data().get(), before.get(id), moved));
    } catch (RuntimeException | Error e) {
      loader.failed(read.header(), Optional.ofNullable(before.get(id)), ZoneFaultException.of(e));
    }
  }

  private void take(LoadedZone zone) {
    int id = zone.id();
    directory.know(zone.header());
    taken.addAndGet(zone.weight());
    LoadedZone old = before.get(id);
    if (old == null) {
      memory.add(zone);
    } else {
      memory.replace(old, zone);
    }
    List<RecordProblem> found = loader.warned(zone);
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
