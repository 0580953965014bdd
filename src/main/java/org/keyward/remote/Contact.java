package org.keyward.remote;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** When PowerDNS asked last, and how it reaches Keyward. Thread-safe. */
public final class Contact {
  /** How PowerDNS reaches Keyward. */
  public enum Way {
    /** Its own client of unix sockets. */
    UNIX,
    /** {@code keyward-relay}, which has a connection to the unix socket. */
    PIPE,
    HTTP;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final long NEVER = Long.MIN_VALUE;

  /** More often is not written: it is looked at every few seconds. */
  private static final long STEP_NANOS = 1_000_000_000;

  private final long begin = System.nanoTime();
  private final Map<Way, AtomicLong> last = new EnumMap<>(Way.class);

  Contact() {
    for (Way way : Way.values()) {
      last.put(way, new AtomicLong(NEVER));
    }
  }

  void asked(Way way, long nanoTime) {
    AtomicLong at = last.get(way);
    long since = nanoTime - begin;
    long before = at.getOpaque();
    if (before == NEVER || since - before > STEP_NANOS) {
      at.setOpaque(since);
    }
  }

  /** How long ago it asked, for each way that it has ever asked by. */
  public Map<Way, Duration> ages() {
    long now = System.nanoTime() - begin;
    Map<Way, Duration> ages = new EnumMap<>(Way.class);
    last.forEach(
        (way, at) -> {
          if (at.get() != NEVER) {
            ages.put(way, Duration.ofNanos(Math.max(0, now - at.get())));
          }
        });
    return ages;
  }
}
