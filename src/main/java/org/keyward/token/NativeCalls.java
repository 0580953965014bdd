package org.keyward.token;

import java.util.Optional;

/**
 * Which call of a module is under way, and since when. There is one at a time; set by the thread
 * that holds the permit, read by the watchdog.
 */
final class NativeCalls {
  private volatile Running running;

  /** One call; its start tells it from the next one. */
  record Running(String function, long since) {}

  /** A call of the module. */
  @FunctionalInterface
  interface Call<T, E extends Exception> {
    T run() throws E;
  }

  <T, E extends Exception> T run(String function, Call<T, E> call) throws E {
    running = new Running(function, System.nanoTime());
    try {
      return call.run();
    } finally {
      running = null;
    }
  }

  Optional<Running> running() {
    return Optional.ofNullable(running);
  }
}
