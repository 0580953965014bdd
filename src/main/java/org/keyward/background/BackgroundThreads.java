package org.keyward.background;

import java.util.concurrent.ThreadFactory;

/** Makes threads that have a name and never keep the process from ending. */
public final class BackgroundThreads {
  private BackgroundThreads() {}

  /** Gives a thread that is not started. */
  public static Thread of(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  /** For an executor: all its threads have this name. */
  public static ThreadFactory named(String name) {
    return work -> of(name, work);
  }
}
