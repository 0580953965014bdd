package org.keyward.app;

import java.io.IOException;
import java.util.Map;
import org.keyward.background.BackgroundThreads;

/**
 * Ends this process when the one that supervises it is gone, however it went: its end of the pipe
 * that is our standard input closes then.
 */
final class ParentWatch {
  static final String VARIABLE = "KEYWARD_SUPERVISED";

  private ParentWatch() {}

  /**
   * Starts watching when a supervisor started us.
   *
   * @param end what ends this process
   */
  static void start(Map<String, String> environment, Runnable end) {
    if (!environment.containsKey(VARIABLE)) {
      return;
    }
    BackgroundThreads.of("parent-watch", () -> waitForEnd(end)).start();
  }

  private static void waitForEnd(Runnable end) {
    try {
      while (System.in.read() >= 0) {
        // whatever comes is no message
      }
    } catch (IOException e) {
      // a broken pipe says the same as its end
    }
    end.run();
  }
}
