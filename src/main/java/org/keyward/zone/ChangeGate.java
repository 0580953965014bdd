package org.keyward.zone;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.xbill.DNS.Name;

/**
 * Lets a change of a zone fall between questions, not into one. For each question PowerDNS calls
 * several times, first for the SOA and last for its signature: a serial that moved in between would
 * make that answer bogus. Questions that begin while a zone is to change wait for the change; the
 * change waits for those that have begun, both for some milliseconds at most. Thread-safe.
 */
public final class ChangeGate {
  /** PowerDNS makes its calls for one question without such a pause, over HTTP too. */
  static final Duration IDLE = Duration.ofMillis(40);

  /** A change does not wait for longer, whatever goes on. */
  static final Duration LIMIT = Duration.ofMillis(400);

  private static final Duration LOOK_AGAIN = Duration.ofNanos(200_000);

  private final Set<Connection> callers = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ReentrantLock oneAtATime = new ReentrantLock();
  private volatile Name changing;

  /** One connection of PowerDNS, which has one question at a time; closed at its end. */
  public interface Caller extends AutoCloseable {
    /** The call that follows is the first one for a question about this zone. */
    void begins(Name zone);

    /** The call that follows is for the same question as the one before. */
    void goesOn();

    @Override
    void close();
  }

  /** For a new connection. */
  public Caller caller() {
    Connection caller = new Connection();
    callers.add(caller);
    return caller;
  }

  /** Makes the change of the zone when no question about it is half answered. */
  void change(Name zone, Runnable change) {
    oneAtATime.lock();
    try {
      changeAlone(zone, change);
    } finally {
      oneAtATime.unlock();
    }
  }

  private void changeAlone(Name zone, Runnable change) {
    changing = zone;
    try {
      awaitQuestions(zone);
      change.run();
    } finally {
      changing = null;
      lock.lock();
      try {
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  private void awaitQuestions(Name zone) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() - end < 0
        && callers.stream().anyMatch(caller -> caller.isAsking(zone))) {
      java.util.concurrent.locks.LockSupport.parkNanos(LOOK_AGAIN.toNanos());
    }
  }

  private void awaitChange(Name zone) {
    lock.lock();
    try {
      long left = 2 * LIMIT.toNanos();
      while (zone.equals(changing) && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private final class Connection implements Caller {
    private volatile Name asking;
    private volatile long lastCall;

    private boolean isAsking(Name zone) {
      return zone.equals(asking) && System.nanoTime() - lastCall < IDLE.toNanos();
    }

    @Override
    public void begins(Name zone) {
      goesOn();
      asking = zone;
      if (zone.equals(changing)) {
        asking = null;
        awaitChange(zone);
        goesOn();
        asking = zone;
      }
    }

    @Override
    public void goesOn() {
      lastCall = System.nanoTime();
    }

    @Override
    public void close() {
      callers.remove(this);
    }
  }
}
