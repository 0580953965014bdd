package org.keyward.remote;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * PowerDNS (4.7 to 5.1) lacks a lock: threads that meet a token at the same moment each log in, the
 * token says to the second that it is logged in already, and PowerDNS takes that for a wrong PIN
 * until it is started anew. So connections get their first key on a token one after the other. One
 * that calls again has logged in: PowerDNS does so while it reads the reply. Thread-safe.
 */
final class FirstLogins {
  private static final Duration ALONE = Duration.ofSeconds(1);

  /** Below PowerDNS's own, which is two seconds. */
  static final Duration PATIENCE = Duration.ofMillis(1_500);

  private final Duration alone;
  private final Duration patience;
  private volatile Session first;
  private long since;

  FirstLogins() {
    this(ALONE, PATIENCE);
  }

  /**
   * @param alone who has not called again by then is not waited for any longer
   * @param patience the longest that anybody waits
   */
  FirstLogins(Duration alone, Duration patience) {
    this.alone = alone;
    this.patience = patience;
  }

  /** To be called before a connection gets a key on a token. */
  void await(Session session) {
    if (session.meetsTokens()) {
      takeTurn(session);
    }
  }

  private synchronized void takeTurn(Session session) {
    long end = System.nanoTime() + patience.toNanos();
    try {
      for (long left = nanosLeft(end); left > 0; left = nanosLeft(end)) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    first = session;
    since = System.nanoTime();
  }

  private long nanosLeft(long end) {
    long now = System.nanoTime();
    return first == null ? 0 : Math.min(since + alone.toNanos() - now, end - now);
  }

  /** To be called when a connection calls, whatever for. */
  void called(Session session) {
    if (first == session) {
      end(session);
    }
  }

  private synchronized void end(Session session) {
    if (first == session) {
      first = null;
      notifyAll();
    }
  }
}
