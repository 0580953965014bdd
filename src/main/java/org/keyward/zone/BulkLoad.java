package org.keyward.zone;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.keyward.background.BackgroundThreads;

/**
 * Makes zones on all processors while others are still read. Used by one thread, which makes some
 * itself when it is ahead of the others, so that what waits stays little.
 */
final class BulkLoad implements AutoCloseable {
  private static final int ZONES_IN_BATCH = 64;
  private static final int RECORDS_IN_BATCH = 4_000;

  /** With more than that waiting, zones are made by the thread that reads. */
  private static final int RECORDS_WAITING = 50_000;

  private final Consumer<Zone> make;
  private final ThreadPoolExecutor makers;
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
  private final AtomicLong waiting = new AtomicLong();
  private int recordsInBatch;
  private List<Zone> batch = new ArrayList<>(ZONES_IN_BATCH);

  /** A zone that is still to be made. */
  record Zone(ZoneHeader header, Supplier<ZoneData> data) {}

  /**
   * @param make called by several threads; what it throws ends the load
   */
  BulkLoad(Consumer<Zone> make) {
    this.make = make;
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() - 1);
    this.makers =
        new ThreadPoolExecutor(
            threads,
            threads,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            BackgroundThreads.named("zone-load"));
  }

  void add(ZoneHeader header, int records, Supplier<ZoneData> data) {
    batch.add(new Zone(header, data));
    recordsInBatch += records;
    if (batch.size() == ZONES_IN_BATCH || recordsInBatch >= RECORDS_IN_BATCH) {
      send();
    }
  }

  private void send() {
    throwFailure();
    List<Zone> sent = batch;
    int records = recordsInBatch;
    batch = new ArrayList<>(ZONES_IN_BATCH);
    recordsInBatch = 0;
    waiting.addAndGet(records);
    Runnable work =
        () -> {
          make(sent);
          waiting.addAndGet(-records);
        };
    if (waiting.get() > RECORDS_WAITING) {
      work.run();
    } else {
      makers.execute(work);
    }
  }

  /** How many records are read and not yet in zones. */
  long recordsWaiting() {
    return waiting.get() + recordsInBatch;
  }

  private void make(List<Zone> zones) {
    try {
      zones.forEach(make);
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  private void throwFailure() {
    RuntimeException failed = failure.get();
    if (failed != null) {
      throw failed;
    }
  }

  /** Waits until all are made. */
  void finish() {
    send();
    makers.shutdown();
    try {
      while (!makers.awaitTermination(1, TimeUnit.SECONDS)) {
        throwFailure();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ZoneStorageException("interrupted while zones were loaded", e);
    }
    throwFailure();
  }

  /** Without {@link #finish} before, leaves off. */
  @Override
  public void close() {
    makers.shutdownNow();
  }
}
