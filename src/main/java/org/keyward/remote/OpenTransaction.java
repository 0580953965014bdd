package org.keyward.remote;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.keyward.dnssec.NameText;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneWriter;
import org.xbill.DNS.Name;

/** A transaction that can end from outside: by its connection's end, or for being idle. */
final class OpenTransaction implements AutoCloseable {
  private final ReentrantLock lock = new ReentrantLock();
  private final ZoneWriter.Transaction transaction;
  private final Consumer<OpenTransaction> whenEnded;
  private final int zoneId;
  private final Name origin;
  private long lastUsed = System.nanoTime();
  private volatile boolean ended;

  OpenTransaction(ZoneWriter.Transaction transaction, Consumer<OpenTransaction> whenEnded) {
    this.transaction = transaction;
    this.whenEnded = whenEnded;
    this.zoneId = transaction.zoneId();
    this.origin = transaction.origin();
  }

  int zoneId() {
    return zoneId;
  }

  Name origin() {
    return origin;
  }

  boolean ended() {
    return ended;
  }

  <T> T use(Function<ZoneWriter.Transaction, T> work) {
    lock.lock();
    try {
      if (ended) {
        throw new WriteRefusedException(
            "the transaction on "
                + NameText.of(origin)
                + " was rolled back for being idle; start again");
      }
      return work.apply(transaction);
    } finally {
      lastUsed = System.nanoTime();
      lock.unlock();
    }
  }

  void commit() {
    lock.lock();
    try {
      use(
          open -> {
            open.commit();
            return null;
          });
    } finally {
      close();
      lock.unlock();
    }
  }

  /** True when it was idle for so long and is rolled back now. */
  boolean endIfIdle(Duration limit) {
    if (!lock.tryLock()) {
      return false; // in use
    }
    try {
      if (ended || System.nanoTime() - lastUsed < limit.toNanos()) {
        return false;
      }
      close();
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (!ended) {
        ended = true;
        transaction.close();
        whenEnded.accept(this);
      }
    } finally {
      lock.unlock();
    }
  }
}
