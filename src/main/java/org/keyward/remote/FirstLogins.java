package org.keyward.remote;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * PowerDNS (4.7 to 5.1) lacks a lock: threads that meet a token at the same moment each log in, the
 * token says to the second that it is logged in already, and PowerDNS takes that for a wrong PIN
 * until it is started anew. So when a connection gets a key on a token for the first time, others
 * that would get their first wait until that one has logged in. Thread-safe.
 */
final class FirstLogins {
  /** Below PowerDNS's own patience, which is two seconds. */
  static final Duration ALONE = Duration.ofSeconds(1);

  private long aloneUntil = System.nanoTime();

  /** To be called before a connection gets a key on a token. */
  void await(Session session) {
    if (!session.meetsTokens()) {
      return;
    }
    long wait = nanosToWait();
    if (wait > 0) {
      try {
        TimeUnit.NANOSECONDS.sleep(wait);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** None for the first one, after which the others of its moment may go at once. */
  private synchronized long nanosToWait() {
    long now = System.nanoTime();
    long wait = aloneUntil - now;
    if (wait <= 0) {
      aloneUntil = now + ALONE.toNanos();
    }
    return wait;
  }
}
