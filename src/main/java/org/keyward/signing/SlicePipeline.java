package org.keyward.signing;

import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * What the threads of one token do at a time: one looks for work or has it ready, one has the token
 * sign, the others store what it made. So the token waits for nobody, no more work than one slice
 * is kept from other signers without being signed, and a process that dies takes with it the slice
 * that is being signed and those that are being stored. First come, first served. Thread-safe.
 */
final class SlicePipeline {
  private final String token;
  private final Semaphore looking = new Semaphore(1, true);
  private final Semaphore signing = new Semaphore(1, true);

  SlicePipeline(String token) {
    this.token = token;
  }

  /**
   * Waits until no other thread looks for work.
   *
   * @throws TokenException with reason BUSY when the thread is interrupted
   */
  Place enter() {
    acquire(looking);
    return new Place();
  }

  private void acquire(Semaphore semaphore) {
    try {
      semaphore.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TokenException(
          TokenException.Reason.BUSY, "interrupted while waiting for token " + token, e);
    }
  }

  /** The place of the thread that looks for work; used by that thread alone. */
  final class Place implements AutoCloseable {
    private boolean looks = true;

    /** Runs {@code work} when the slice before is signed; the next thread looks meanwhile. */
    <T> T sign(Supplier<T> work) {
      acquire(signing);
      try {
        close();
        return work.get();
      } finally {
        signing.release();
      }
    }

    @Override
    public void close() {
      if (looks) {
        looks = false;
        looking.release();
      }
    }
  }
}
