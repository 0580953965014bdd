package org.keyward.background;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that is done again and again on a thread of its own until it is closed. What it throws, also
 * an {@link Error}, is logged once, and it is tried again: nobody else starts the thread anew.
 * Thread-safe.
 */
public final class RepeatedTask implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RepeatedTask.class);
  private static final Duration BACK_OFF = Duration.ofSeconds(5);
  private static final Duration END_LIMIT = Duration.ofSeconds(5);

  private final Round round;
  private final Duration backOff;
  private final Thread thread;
  private volatile Duration first = Duration.ZERO;
  private volatile boolean closed;
  private boolean failing;

  /** What is done each time. */
  @FunctionalInterface
  public interface Round {
    /**
     * Gives how long to pause until the next time.
     *
     * @throws InterruptedException when the task is closed meanwhile
     */
    Duration run() throws InterruptedException;
  }

  /**
   * @param name of the thread, and in the log
   */
  public RepeatedTask(String name, Round round) {
    this(name, round, BACK_OFF);
  }

  private RepeatedTask(String name, Round round, Duration backOff) {
    this.round = round;
    this.backOff = backOff;
    this.thread = BackgroundThreads.of(name, this::run);
  }

  /**
   * Work with the same pause after each time.
   *
   * @param name of the thread, and in the log
   */
  public static RepeatedTask every(Duration pause, String name, Runnable work) {
    return new RepeatedTask(
        name,
        () -> {
          work.run();
          return pause;
        },
        pause);
  }

  /** Starts now; once at the most. */
  public RepeatedTask start() {
    return startAfter(Duration.ZERO);
  }

  /** Starts after a pause; once at the most. */
  public RepeatedTask startAfter(Duration pause) {
    first = pause;
    thread.start();
    return this;
  }

  public boolean isClosed() {
    return closed;
  }

  private void run() {
    try {
      Thread.sleep(first.toMillis());
      while (!closed) {
        Thread.sleep(runSafely().toMillis());
      }
    } catch (InterruptedException e) {
      closed = true;
      Thread.currentThread().interrupt();
    }
  }

  private Duration runSafely() throws InterruptedException {
    try {
      Duration pause = round.run();
      failing = false;
      return pause;
    } catch (RuntimeException | Error e) {
      if (!failing && !closed) {
        log.error("{}: {}; it is tried again", thread.getName(), e.toString(), e);
      }
      failing = true;
      return backOff;
    }
  }

  /** Interrupts the work; it may go on for a moment. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }

  /** Waits for the end of the work after {@link #close}, for five seconds at most. */
  public void awaitEnd() {
    try {
      thread.join(END_LIMIT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
