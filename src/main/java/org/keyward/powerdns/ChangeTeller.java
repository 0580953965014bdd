package org.keyward.powerdns;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.keyward.background.RepeatedTask;
import org.keyward.config.PowerDnsSettings;
import org.keyward.zone.ServedListener;
import org.keyward.zone.ZoneHeader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/**
 * Tells one PowerDNS of changes, on a thread of its own: changes that come together are told
 * together, a zone once. While PowerDNS is out of reach they gather, and nobody waits. Thread-safe.
 */
public final class ChangeTeller implements ServedListener, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ChangeTeller.class);

  /** The rest of a burst follows the first change within this time. */
  private static final Duration BUNDLE = Duration.ofMillis(20);

  /** From one flush to the next. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  private static final Duration BACK_OFF = Duration.ofSeconds(1);

  /** With more zones than this waiting, everything is forgotten. */
  private static final int MANY = 10_000;

  /** What becomes known of a PowerDNS. */
  public interface Health {
    void failed(String server, String why);

    void recovered(String server);
  }

  private final PowerDnsServer server;
  private final Health health;
  private final RepeatedTask task = new RepeatedTask("tell-powerdns", this::tellAndPause);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition something = lock.newCondition();
  private Map<Name, ChangedZone> waiting = new LinkedHashMap<>();
  private boolean everything;
  private boolean failing;

  private ChangeTeller(PowerDnsServer server, Health health) {
    this.server = server;
    this.health = health;
  }

  /** Starts to tell the PowerDNS of these settings. */
  public static ChangeTeller start(PowerDnsSettings settings, Health health) {
    Optional<PowerDnsServer> control = settings.control().map(ControlSocket::new);
    ChangeTeller teller =
        new ChangeTeller(
            control.orElseGet(
                () -> new HttpApi(settings.api().orElseThrow(), settings.key().orElseThrow())),
            health);
    teller.task.start();
    return teller;
  }

  @Override
  public void changed(ZoneHeader zone, Set<Name> owners, boolean serialMoved) {
    boolean primary = zone.kind() == ZoneHeader.Kind.MASTER;
    add(new ChangedZone(zone.origin(), owners, serialMoved && primary));
  }

  private void add(ChangedZone zone) {
    lock.lock();
    try {
      waiting.merge(zone.origin(), zone, ChangedZone::with);
      something.signal();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void everythingChanged() {
    lock.lock();
    try {
      everything = true;
      something.signal();
    } finally {
      lock.unlock();
    }
  }

  private Duration tellAndPause() throws InterruptedException {
    awaitSomething();
    Thread.sleep(BUNDLE.toMillis());
    tell();
    return failing ? BACK_OFF : PAUSE;
  }

  private void awaitSomething() throws InterruptedException {
    lock.lock();
    try {
      while (waiting.isEmpty() && !everything) {
        something.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private void tell() throws InterruptedException {
    Map<Name, ChangedZone> zones;
    boolean all;
    lock.lock();
    try {
      zones = waiting;
      all = everything || zones.size() > MANY;
      waiting = new LinkedHashMap<>();
      everything = false;
    } finally {
      lock.unlock();
    }
    try {
      tell(all, List.copyOf(zones.values()));
      recovered();
    } catch (IOException e) {
      failed(e);
      zones.values().forEach(this::add);
      if (all) {
        everythingChanged();
      }
    }
  }

  private void tell(boolean all, List<ChangedZone> zones) throws IOException, InterruptedException {
    if (all) {
      server.flushAll();
    } else {
      server.flush(zones);
    }
    for (ChangedZone zone : zones) {
      if (zone.serialMoved()) {
        server.notifySecondaries(zone.origin());
      }
    }
  }

  private void recovered() {
    if (failing) {
      log.info("{}: reachable again", server);
    }
    failing = false;
    health.recovered(server.toString());
  }

  private void failed(IOException e) {
    String why =
        "cannot be told of changes, and answers from its caches until they run out: " + reason(e);
    if (!failing) {
      log.warn("{} {}", server, why);
    }
    failing = true;
    health.failed(server.toString(), why);
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  @Override
  public void close() {
    task.close();
    task.awaitEnd();
  }
}
