package org.keyward.zone;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets a writer wait until this server serves what it has committed. Thread-safe. */
public final class ServedChanges {
  private final Map<Long, CountDownLatch> expected = new ConcurrentHashMap<>();

  /**
   * To be called before the commit.
   *
   * @param transaction the storage's number of it
   */
  public Expected expect(long transaction) {
    CountDownLatch latch = new CountDownLatch(1);
    expected.put(transaction, latch);
    return new Expected(transaction, latch);
  }

  /** These transactions' changes are in memory. */
  void served(Collection<Long> transactions) {
    if (!expected.isEmpty()) {
      transactions.stream()
          .map(expected::get)
          .filter(latch -> latch != null)
          .forEach(CountDownLatch::countDown);
    }
  }

  /** One transaction that somebody waits for. */
  public final class Expected implements AutoCloseable {
    private final long transaction;
    private final CountDownLatch latch;

    private Expected(long transaction, CountDownLatch latch) {
      this.transaction = transaction;
      this.latch = latch;
    }

    /**
     * @return false when it is not served yet
     */
    public boolean await(Duration limit) {
      try {
        return latch.await(limit.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    @Override
    public void close() {
      expected.remove(transaction);
    }
  }
}
