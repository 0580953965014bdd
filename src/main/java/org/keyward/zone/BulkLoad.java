package org.keyward.zone;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Makes zones on all processors while others are still read. Used by one thread, which makes some
 * itself when it is ahead of the others, so that what waits stays little.
 */
final class BulkLoad implements AutoCloseable {
  private static final int BATCH = 64;
  private static final int WAITING = 16;

  private final Consumer<ZoneData> make;
  private final ThreadPoolExecutor makers;
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
  private List<Supplier<ZoneData>> batch = new ArrayList<>(BATCH);

  /**
   * @param make called by several threads
   */
  BulkLoad(Consumer<ZoneData> make) {
    this.make = make;
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() - 1);
    this.makers =
        new ThreadPoolExecutor(
            threads,
            threads,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            BulkLoad::thread,
            new ThreadPoolExecutor.CallerRunsPolicy());
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "zone-load");
    thread.setDaemon(true);
    return thread;
  }

  void add(Supplier<ZoneData> zone) {
    batch.add(zone);
    if (batch.size() == BATCH) {
      send();
    }
  }

  private void send() {
    List<Supplier<ZoneData>> sent = batch;
    batch = new ArrayList<>(BATCH);
    throwFailure();
    makers.execute(() -> make(sent));
  }

  private void make(List<Supplier<ZoneData>> zones) {
    try {
      zones.forEach(zone -> make.accept(zone.get()));
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
