package org.keyward.app;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd that the service is ready (Type=notify). Its socket takes datagrams, which Java's
 * unix sockets cannot send, so systemd's own command does it; the unit allows that with
 * NotifyAccess=all.
 */
final class ReadyNotice {
  private static final Logger log = LoggerFactory.getLogger(ReadyNotice.class);
  private static final List<String> COMMAND = List.of("systemd-notify", "--ready");
  private static final long LIMIT_SECONDS = 10;

  private ReadyNotice() {}

  static void send(Map<String, String> environment) {
    send(environment, COMMAND);
  }

  /** Does nothing where systemd does not wait for it. */
  static void send(Map<String, String> environment, List<String> command) {
    if (environment.getOrDefault("NOTIFY_SOCKET", "").isEmpty()) {
      return;
    }
    try {
      ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
      Process process = builder.start();
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        log.warn("systemd was not told that the service is ready: {} failed", command.get(0));
        process.destroyForcibly();
      }
    } catch (IOException e) {
      log.warn("systemd was not told that the service is ready: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
