package org.keyward.signing;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import org.keyward.background.BackgroundThreads;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.SigningSettings;
import org.keyward.dnssec.NameText;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.Observed;
import org.keyward.keyset.Plan;
import org.keyward.keyset.Waiting;
import org.keyward.keyset.WaitsFor;
import org.keyward.keyset.WantedDs;
import org.keyward.signing.RollStore.LifetimeOver;
import org.keyward.signing.RollStore.Step;
import org.keyward.signing.RollStore.ZoneRolls;
import org.keyward.zone.StoredDataException;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves rolls on: each tick looks at the zones whose time has come, asks the name servers of those
 * that wait for them, and begins the rolls that are due. All of its state is in the database, so
 * that it can end at any moment, and that several may be at it.
 */
public final class RollLoop implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RollLoop.class);
  private static final int SLICE = 64;
  private static final int ASKERS = 8;
  private static final Duration SOONEST = Duration.ofSeconds(1);
  private static final Duration LATEST = Duration.ofMinutes(10);

  /** A TTL that is larger than all before is noted within this time. */
  private static final Duration AT_LEAST = Duration.ofHours(1);

  /** Of what a wait for others has taken so far: after how much more they are asked again. */
  private static final int PART = 8;

  /** How often lifetimes are looked at. */
  private static final Duration LIFETIMES = Duration.ofMinutes(1);

  /** How often zones without a DS are looked for whose parent Keyward writes. */
  private static final Duration FIRST_DS = Duration.ofSeconds(10);

  /** So much longer than a look takes it is until the next, at the least. */
  private static final int COST_SHARE = 20;

  /** How long ago their name servers were asked, at the least. */
  private static final Duration ASKED = Duration.ofSeconds(5);

  /** How often keys are looked for that nothing can need any more. */
  private static final Duration PURGES = Duration.ofHours(1);

  private final RollStore store;
  private final RollCommands commands;
  private final ZoneServers servers;
  private final Tokens tokens;
  private final DatabaseClock clock;
  private final LongSupplier nanos;
  private final ExecutorService askers;
  private Optional<Long> lastTick = Optional.empty();
  private Optional<Long> lastLifetimes = Optional.empty();
  private Optional<Long> nextFirstDs = Optional.empty();
  private Optional<Long> lastPurge = Optional.empty();

  /**
   * @param tokens where KSKs are that take the place of others by themselves
   */
  public RollLoop(
      RollStore store,
      ZoneServers servers,
      Tokens tokens,
      SigningSettings settings,
      DatabaseClock clock) {
    this(store, servers, tokens, settings, clock, System::nanoTime);
  }

  /**
   * @param nanos counts nanoseconds and is never set
   */
  public RollLoop(
      RollStore store,
      ZoneServers servers,
      Tokens tokens,
      SigningSettings settings,
      DatabaseClock clock,
      LongSupplier nanos) {
    this.store = store;
    this.commands = new RollCommands(store, settings);
    this.servers = servers;
    this.tokens = tokens;
    this.clock = clock;
    this.nanos = nanos;
    this.askers =
        Executors.newFixedThreadPool(ASKERS, BackgroundThreads.named("signer-ask-servers"));
  }

  /** Looks at what is due; gives how many zones that were. */
  public synchronized int tick() {
    Instant now = now();
    long at = nanos.getAsLong();
    commands.readPolicies();
    boolean trusted =
        store.tick(now, lastTick.map(before -> Duration.ofNanos(Math.max(0, at - before))));
    lastTick = Optional.of(at);
    List<Integer> due = store.due(now, SLICE);
    List<Runnable> asking = new ArrayList<>();
    for (int zone : due) {
      if (advance(zone, trusted)) {
        asking.add(() -> askAndAdvance(zone, trusted));
      }
    }
    runAll(asking);
    return due.size() + (trusted ? begin() + purge() + giveFirstDs() : 0);
  }

  /** Whole seconds, as the times of windows and signatures are. */
  private Instant now() {
    return Instant.ofEpochSecond(clock.instant().getEpochSecond());
  }

  private void runAll(List<Runnable> work) {
    work.stream().map(askers::submit).toList().forEach(RollLoop::await);
  }

  private static void await(java.util.concurrent.Future<?> work) {
    try {
      work.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (java.util.concurrent.ExecutionException e) {
      throw e.getCause() instanceof RuntimeException known
          ? known
          : new IllegalStateException(e.getCause());
    }
  }

  /**
   * Whatever is met with one zone, the others are looked at.
   *
   * @return whether its servers are to be asked
   * @throws ZoneStorageException when it is the database that is out of reach
   */
  private boolean advance(int assignmentId, boolean trusted) {
    try {
      Instant now = now();
      List<Waiting> waiting =
          store.advance(assignmentId, now, zone -> step(zone, trusted, now)).orElse(List.of());
      if (trusted && commands.writesParents()) {
        store.writeParent(assignmentId, (zone, shown) -> WantedDs.of(zone.keys()), now);
      }
      if (waiting.stream().anyMatch(one -> one.what() == WaitsFor.PARENT)) {
        store.askParent(assignmentId, now);
      }
      return waiting.stream().anyMatch(one -> one.what() == WaitsFor.SERVERS);
    } catch (RuntimeException e) {
      passOver(assignmentId, e);
      return false;
    }
  }

  private static void passOver(int assignmentId, RuntimeException failure) {
    if (failure instanceof ZoneStorageException && !(failure instanceof StoredDataException)) {
      throw failure;
    }
    log.error("roll of assignment {}: {}", assignmentId, failure.getMessage(), failure);
  }

  private void askAndAdvance(int assignmentId, boolean trusted) {
    try {
      ZoneServers.Asked asked = store.toAsk(assignmentId);
      Instant begin = now();
      // What is shown counts from before it was asked for.
      store.seen(assignmentId, servers.ask(asked), begin);
      advance(assignmentId, trusted);
    } catch (RuntimeException e) {
      passOver(assignmentId, e);
    }
  }

  private Step step(ZoneRolls zone, boolean trusted, Instant now) {
    Observed seen =
        new Observed(
            zone.seen().stock(),
            zone.seen().servers(),
            zone.seen().parent(),
            zone.seen().cached(),
            trusted);
    Plan plan = commands.planner(zone).next(zone.keys(), seen, now);
    return new Step(plan, waiting -> lookAt(waiting, now));
  }

  /** The longer it has waited for others, the longer it is until they are asked again. */
  private static Instant lookAt(Waiting waiting, Instant now) {
    Instant latest = now.plus(AT_LEAST);
    return switch (waiting.what()) {
      case CACHES -> waiting.until().filter(latest::isAfter).orElse(latest);
      case PERSON -> latest;
      case STOCK, SERVERS, PARENT, CLOCK -> {
        Duration most = waiting.what() == WaitsFor.PARENT ? AT_LEAST : LATEST;
        Duration part = Duration.between(waiting.roll().since(), now).dividedBy(PART);
        Duration pause = part.compareTo(SOONEST) < 0 ? SOONEST : part;
        yield now.plus(pause.compareTo(most) > 0 ? most : pause);
      }
    };
  }

  private int begin() {
    long at = nanos.getAsLong();
    if (lastLifetimes.filter(last -> at - last < LIFETIMES.toNanos()).isPresent()) {
      return 0;
    }
    commands.followPolicies(now());
    int most = 0;
    int begun = 0;
    for (KeyRole role : KeyRole.values()) {
      List<LifetimeOver> over =
          store.lifetimesOver(role, tokens.names(), commands.tokensOf(role), now(), SLICE);
      over.forEach(this::begin);
      most = Math.max(most, over.size());
      begun += over.size();
    }
    if (most < SLICE) {
      lastLifetimes = Optional.of(at);
    }
    return begun;
  }

  private void begin(LifetimeOver over) {
    Optional<String> obstacle = commands.startByItself(over, tokens, now());
    obstacle.ifPresent(
        why -> {
          log.warn(
              "zone {}: its {} is not replaced: {}", NameText.of(over.zone()), over.role(), why);
          store.notReplaced(over, why, now());
        });
  }

  /** Zones that have got a key, and whose parent zone is one that Keyward writes. */
  private int giveFirstDs() {
    long at = nanos.getAsLong();
    if (!commands.writesParents() || nextFirstDs.filter(next -> at - next < 0).isPresent()) {
      return 0;
    }
    Instant now = now();
    List<Integer> without = store.withoutDs(now.minus(ASKED), SLICE);
    runAll(without.stream().<Runnable>map(zone -> () -> giveFirstDs(zone)).toList());
    if (without.size() < SLICE) {
      long end = nanos.getAsLong();
      nextFirstDs = Optional.of(end + Math.max(FIRST_DS.toNanos(), COST_SHARE * (end - at)));
    }
    return without.size();
  }

  private void giveFirstDs(int assignmentId) {
    try {
      Instant begin = now();
      store.seen(assignmentId, servers.ask(store.toAsk(assignmentId)), begin);
      if (store.writeParent(
          assignmentId, (zone, shown) -> commands.firstDs(zone, shown, begin), begin)) {
        store.askParent(assignmentId, begin);
      }
    } catch (RuntimeException e) {
      passOver(assignmentId, e);
    }
  }

  private int purge() {
    long at = nanos.getAsLong();
    if (lastPurge.filter(last -> at - last < PURGES.toNanos()).isPresent()) {
      return 0;
    }
    int purged = store.purge(now(), SLICE);
    if (purged < SLICE) {
      lastPurge = Optional.of(at);
    }
    return purged;
  }

  @Override
  public void close() {
    askers.shutdownNow();
  }
}
