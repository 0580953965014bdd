package org.keyward.token;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.keyward.signing.TokenException;

/**
 * The single permit of a module: who holds it is the only one in this process that calls it. Fair:
 * first come, first served. Knows since when it has been held, for the watchdog.
 */
final class TokenPermit {
  private final Semaphore semaphore = new Semaphore(1, true);
  private volatile long heldSince;

  /**
   * @throws TokenException with reason BUSY at the deadline
   */
  void acquire(String token, Duration deadline) {
    try {
      if (!semaphore.tryAcquire(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new TokenException(
            TokenException.Reason.BUSY,
            "token "
                + token
                + " was not free within "
                + deadline.toMillis()
                + " ms; it has been held for "
                + heldFor().toMillis()
                + " ms");
      }
      heldSince = System.nanoTime();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TokenException(
          TokenException.Reason.BUSY, "interrupted while waiting for token " + token, e);
    }
  }

  void release() {
    heldSince = 0;
    semaphore.release();
  }

  /** The use is alive: the watchdog starts anew. */
  void touch() {
    heldSince = System.nanoTime();
  }

  /** Zero while it is free. */
  Duration heldFor() {
    long since = heldSince;
    return since == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - since);
  }
}
