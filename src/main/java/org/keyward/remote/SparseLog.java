package org.keyward.remote;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/** Writes one message in ten seconds, so that a bad client cannot fill the disk. Thread-safe. */
final class SparseLog {
  private static final long PAUSE = TimeUnit.SECONDS.toNanos(10);

  private final Logger log;
  private final AtomicLong next = new AtomicLong(System.nanoTime());
  private final AtomicInteger left = new AtomicInteger();

  SparseLog(Logger log) {
    this.log = log;
  }

  void warn(String format, Object... arguments) {
    if (mayWrite()) {
      log.warn(format, arguments);
    }
  }

  void error(String message, Throwable cause) {
    if (mayWrite()) {
      log.error(message, cause);
    }
  }

  private boolean mayWrite() {
    long now = System.nanoTime();
    long due = next.get();
    if (now - due < 0 || !next.compareAndSet(due, now + PAUSE)) {
      left.incrementAndGet();
      return false;
    }
    int unwritten = left.getAndSet(0);
    if (unwritten > 0) {
      log.warn("{} more messages like the following were left out", unwritten);
    }
    return true;
  }
}
