package org.keyward.token;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.keyward.signing.PermitUsage;
import org.keyward.signing.TokenException;

/**
 * The single permit of a module: who holds it is the only one in this process that calls it. Fair:
 * first come, first served. Measures waiting and holding.
 */
final class TokenPermit {
  private final Semaphore semaphore = new Semaphore(1, true);
  private volatile Holder holder;
  private long uses;
  private long waitedNanos;
  private long heldNanos;

  /** For which token, since when. */
  private record Holder(String token, long since) {
    Duration held() {
      return Duration.ofNanos(System.nanoTime() - since);
    }
  }

  /**
   * @throws TokenException with reason BUSY at the deadline
   */
  void acquire(String token, Duration deadline) {
    long start = System.nanoTime();
    try {
      if (!semaphore.tryAcquire(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
        throw busy(token, deadline);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TokenException(
          TokenException.Reason.BUSY, "interrupted while waiting for token " + token, e);
    }
    long now = System.nanoTime();
    uses++;
    waitedNanos += now - start;
    holder = new Holder(token, now);
  }

  private TokenException busy(String token, Duration deadline) {
    Holder now = holder;
    return new TokenException(
        TokenException.Reason.BUSY,
        "token "
            + token
            + " was not free within "
            + deadline.toMillis()
            + " ms"
            + (now == null
                ? ", since many wait for it"
                : "; it is in use for token "
                    + now.token()
                    + " for "
                    + now.held().toMillis()
                    + " ms"));
  }

  void release() {
    heldNanos += System.nanoTime() - holder.since();
    holder = null;
    semaphore.release();
  }

  /** The token that is in use. */
  Optional<String> holder() {
    return Optional.ofNullable(holder).map(Holder::token);
  }

  /** Exact while the permit is held. */
  PermitUsage usage() {
    return new PermitUsage(uses, Duration.ofNanos(waitedNanos), Duration.ofNanos(heldNanos));
  }
}
