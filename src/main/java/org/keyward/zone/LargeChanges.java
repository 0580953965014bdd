package org.keyward.zone;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.keyward.background.BackgroundThreads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/**
 * Applies what takes long, one zone after the other, beside the thread that follows changes: the
 * zone is read as a whole and put in the place of what was served, while all other zones, and the
 * one itself, are answered. What changes of a zone that waits here waits with it. Thread-safe.
 */
final class LargeChanges implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LargeChanges.class);

  /** With more names than this, reading them one by one takes longer than anybody should wait. */
  static final int NAMES = 2_000;

  /** Bytes in memory of a zone that takes long to read; about 20,000 records. */
  static final long BYTES = 20_000_000;

  private static final Duration PAUSE = Duration.ofMillis(500);

  private final ZoneUpdates zones;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(BackgroundThreads.named("large-changes"));
  private final Map<Integer, Waiting> waiting = new LinkedHashMap<>();

  LargeChanges(ZoneUpdates zones) {
    this.zones = zones;
  }

  /** What is to be done when the zone's turn comes, and who waits for that. */
  private static final class Waiting {
    private boolean whole;
    private final Set<Name> names = new HashSet<>();
    private final List<Runnable> then = new ArrayList<>();
  }

  /** Whether changes of the zone have to come here, after those that wait. */
  synchronized boolean has(int zoneId) {
    return waiting.containsKey(zoneId);
  }

  /** The zone is to be read as a whole. */
  synchronized void whole(int zoneId) {
    of(zoneId).whole = true;
  }

  /** Rows at these names changed. */
  synchronized void names(int zoneId, Set<Name> names) {
    Waiting zone = of(zoneId);
    zone.names.addAll(names);
    zone.whole |= zone.names.size() > NAMES;
  }

  private Waiting of(int zoneId) {
    Waiting zone = waiting.get(zoneId);
    if (zone == null) {
      zone = new Waiting();
      waiting.put(zoneId, zone);
      thread.execute(() -> apply(zoneId));
    }
    return zone;
  }

  /** Runs when all that waits now is applied; at once when nothing does. */
  void then(Runnable done) {
    synchronized (this) {
      if (!waiting.isEmpty()) {
        Runnable last = afterCalls(waiting.size(), done);
        waiting.values().forEach(zone -> zone.then.add(last));
        return;
      }
    }
    done.run();
  }

  private static Runnable afterCalls(int calls, Runnable done) {
    AtomicInteger left = new AtomicInteger(calls);
    return () -> {
      if (left.decrementAndGet() == 0) {
        done.run();
      }
    };
  }

  /**
   * Goes on until nothing more of the zone has come meanwhile. What is taken is still in the map:
   * changes that come now are not to be applied before it.
   */
  private void apply(int zoneId) {
    boolean more = true;
    while (more && !Thread.currentThread().isInterrupted()) {
      Waiting taken;
      synchronized (this) {
        taken = waiting.get(zoneId);
        more = taken.whole || !taken.names.isEmpty();
        if (more) {
          waiting.put(zoneId, new Waiting());
        } else {
          waiting.remove(zoneId);
        }
      }
      if (more) {
        applyOnceStorageAnswers(zoneId, taken);
      }
      taken.then.forEach(Runnable::run);
    }
  }

  private void applyOnceStorageAnswers(int zoneId, Waiting taken) {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        if (taken.whole) {
          zones.zoneChanged(zoneId);
        } else {
          zones.namesChanged(zoneId, taken.names);
        }
        return;
      } catch (RuntimeException | Error e) {
        log.debug("zone {}: a large change is still to be read: {}", zoneId, e.toString());
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
        log.debug("a large change is still being read");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
