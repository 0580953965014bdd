package org.keyward;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Keyward under a process that keeps its listening socket while it restarts, as systemd does with
 * {@code keyward.socket}.
 */
final class KeptSocket {
  private final Installation keyward;

  private KeptSocket(Installation keyward) {
    this.keyward = keyward;
  }

  /**
   * Starts {@code keyward run} and waits until it is ready.
   *
   * @param address a path, or an address and a port
   */
  static KeptSocket start(Installation keyward, String address) {
    List<String> keeper = new ArrayList<>(List.of("perl", "src/test/resources/kept-socket.pl"));
    keeper.add(address);
    keyward.adopt(keyward.spawnWith(keeper, "keyward.log", keyward.config, "run"), null);
    keyward.awaitReady();
    return new KeptSocket(keyward);
  }

  /** Ends Keyward, which is started again at once, and waits until it is ready. */
  void restart() {
    ProcessHandle ending = keyward.service().children().findFirst().orElseThrow();
    ending.destroy();
    Installation.await(
        "Keyward to end and to start",
        Duration.ofMinutes(3),
        () -> keyward.service().children().anyMatch(program -> !program.equals(ending)));
    keyward.awaitReady();
  }
}
