package org.keyward.parent;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Spares name servers: no address is asked more often than twenty times a second, and none that did
 * not answer within the last half minute. Thread-safe.
 */
final class Sparing {
  static final long INTERVAL = Duration.ofMillis(50).toNanos();
  private static final long PAUSE = Duration.ofSeconds(30).toNanos();
  private static final int MOST = 10_000;

  private record Silence(long until, String why) {}

  private final Map<InetAddress, Long> next = new HashMap<>();
  private final Map<InetAddress, Silence> silent = new HashMap<>();

  /** Why the address is not asked now. */
  synchronized Optional<String> silence(InetAddress address) {
    long now = System.nanoTime();
    silent.values().removeIf(silence -> silence.until() - now < 0);
    return Optional.ofNullable(silent.get(address)).map(Silence::why);
  }

  synchronized void silent(InetAddress address, String why) {
    silent.put(address, new Silence(System.nanoTime() + PAUSE, why));
  }

  /** Returns when the address may be asked. */
  void await(InetAddress address) throws InterruptedException {
    long wait = reserve(address) - System.nanoTime();
    if (wait > 0) {
      Thread.sleep(Duration.ofNanos(wait).toMillis() + 1);
    }
  }

  /** When it may be, as {@link System#nanoTime} has it. */
  synchronized long reserve(InetAddress address) {
    long now = System.nanoTime();
    if (next.size() > MOST) {
      next.values().removeIf(at -> at - now < 0);
    }
    long at = next.getOrDefault(address, now);
    long mine = at - now < 0 ? now : at;
    next.put(address, mine + INTERVAL);
    return mine;
  }
}
