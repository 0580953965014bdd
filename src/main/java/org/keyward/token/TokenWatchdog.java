package org.keyward.token;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.keyward.background.RepeatedTask;

/**
 * Notices a call of a module that does not come back. It cannot be interrupted: only the end of the
 * process cures that.
 */
final class TokenWatchdog implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(100);

  /** A small card takes a minute and more for an RSA key. */
  private static final int PATIENCE_FOR_KEYS = 10;

  private final List<Watched> modules;
  private final Consumer<String> onHang;
  private final RepeatedTask task = RepeatedTask.every(PAUSE, "token-watchdog", this::look);

  /** A module that is looked after. */
  static final class Watched {
    private final TokenPermit permit;
    private final NativeCalls calls;
    private final Duration limit;
    private NativeCalls.Running reported;

    Watched(TokenPermit permit, NativeCalls calls, Duration limit) {
      this.permit = permit;
      this.calls = calls;
      this.limit = limit;
    }

    private Optional<String> newHang() {
      NativeCalls.Running running = calls.running().orElse(null);
      if (running == null || running.equals(reported)) {
        return Optional.empty();
      }
      Duration taken = Duration.ofNanos(System.nanoTime() - running.since());
      if (taken.compareTo(limitOf(running)) <= 0) {
        return Optional.empty();
      }
      reported = running;
      return Optional.of(
          "token "
              + permit.holder().orElse("?")
              + " has not answered "
              + running.function()
              + " for "
              + taken.toSeconds()
              + " s; its module hangs, and only the end of this process cures that");
    }

    private Duration limitOf(NativeCalls.Running running) {
      return running.function().equals("C_GenerateKeyPair")
          ? limit.multipliedBy(PATIENCE_FOR_KEYS)
          : limit;
    }
  }

  /**
   * @param onHang told once, in one line, of each call that hangs
   */
  TokenWatchdog(List<Watched> modules, Consumer<String> onHang) {
    this.modules = List.copyOf(modules);
    this.onHang = onHang;
  }

  void start() {
    task.start();
  }

  private void look() {
    modules.forEach(module -> module.newHang().ifPresent(onHang));
  }

  @Override
  public void close() {
    task.close();
  }
}
