package org.keyward.zone;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.keyward.background.BackgroundThreads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/**
 * The thread that keeps the zones in memory as the database has them. While the database is out of
 * reach the zones stay as they are; afterwards nothing is missed.
 */
public final class ZoneFollower implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ZoneFollower.class);
  private static final Duration WAIT = Duration.ofSeconds(1);
  private static final Duration PAUSE = Duration.ofMillis(500);

  /**
   * What is valid in an hour at the earliest waits for so long: while a slow token is busy, the
   * zones it signs ahead are read together instead of one after the other.
   */
  private static final Duration NO_HURRY = Duration.ofSeconds(30);

  /**
   * They are read in so many steps at most, of so many zones at least, with a pause between them:
   * the queries share the processor with what reads zones.
   */
  private static final int STEPS = 100;

  private static final int LEAST_IN_STEP = 8;
  private static final Duration BETWEEN_STEPS = Duration.ofMillis(50);

  /** How long a zone that cannot be loaded waits for the next attempt, if nothing of it changes. */
  private static final Duration TRY_AGAIN = Duration.ofSeconds(30);

  private final ChangeFeed feed;
  private final LoadedZones zones;
  private final Clock clock;
  private final ServedChanges served;
  private final LargeChanges large;
  private final Duration noHurry;
  private final Thread thread;
  private volatile boolean stopping;
  private volatile Instant failingSince;
  private String failingWith;
  private volatile long asking;
  private volatile Instant lastRead;
  private final AtomicLong changed = new AtomicLong();
  private final AtomicLong rounds = new AtomicLong();
  private final Set<Integer> toRead = ConcurrentHashMap.newKeySet();
  private Runnable prepare = () -> {};
  private volatile boolean open;

  /**
   * @param served is told what is in memory
   */
  public ZoneFollower(ChangeFeed feed, LoadedZones zones, Clock clock, ServedChanges served) {
    this(feed, zones, clock, served, NO_HURRY);
  }

  ZoneFollower(
      ChangeFeed feed, LoadedZones zones, Clock clock, ServedChanges served, Duration noHurry) {
    this.noHurry = noHurry;
    this.served = served;
    this.feed = feed;
    this.zones = zones;
    this.large = new LargeChanges(zones.updates());
    this.clock = clock;
    this.thread = BackgroundThreads.of("zone-follower", this::run);
  }

  /**
   * Fixes the point in the feed, loads the zones, and follows from there.
   *
   * @throws ZoneStorageException when the database is out of reach
   */
  public void start() {
    open();
    thread.start();
  }

  private void open() {
    feed.open();
    zones.loadAll();
    lastRead = clock.instant();
    open = true;
  }

  /**
   * Does the same when the database is there; until then the zones stay as they are.
   *
   * @param prepare done before each attempt; throws {@link ZoneStorageException} when it cannot be
   */
  public void startLater(Runnable prepare) {
    this.prepare = prepare;
    lastRead = clock.instant();
    thread.start();
  }

  /** How often something has changed; empty while that is not known. */
  public OptionalLong changes() {
    return open && failingSince == null ? OptionalLong.of(changed.get()) : OptionalLong.empty();
  }

  /** Since when changes could not be followed; empty while they are. */
  public Optional<Instant> failingSince() {
    return Optional.ofNullable(failingSince);
  }

  /** Has these zones read as a whole, soon. */
  void readAnew(Collection<Integer> zoneIds) {
    toRead.addAll(zoneIds);
  }

  /** Whether a change of the zone is still being read. */
  boolean isReading(int zoneId) {
    return large.has(zoneId);
  }

  /** Waits until what was committed before this call is in memory; false when that takes longer. */
  boolean hasApplied(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    long two = rounds.get() + 2; // the round that runs may have asked before
    while (rounds.get() < two) {
      if (stopping || System.nanoTime() > end) {
        return false;
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }

  /**
   * For how long the database has not said whether there are changes, which it does every second;
   * one that is frozen never fails.
   */
  public Duration silence() {
    long since = asking;
    return since == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - since);
  }

  /** When the zones were last known to be as the database has them. */
  public Instant lastRead() {
    return lastRead;
  }

  private void run() {
    Work unfinished = new Work();
    Later later = new Later();
    ClockSteps clockSteps = new ClockSteps(clock);
    long retried = System.nanoTime();
    while (!stopping) {
      try {
        if (!open) {
          prepare.run();
          open();
        }
        List<ZoneChange> changes = next(later.isBeingRead() ? BETWEEN_STEPS : WAIT);
        unfinished.add(changes, feed.transactions(), later);
        unfinished.signing.addAll(later.take(noHurry));
        unfinished.clockSet |= clockSteps.isSet();
        int read = takeToRead(unfinished);
        unfinished.apply(zones, large);
        later.haveBeenRead(unfinished.whole);
        later.haveBeenRead(unfinished.signing);
        Set<Long> transactions = unfinished.transactions;
        large.then(() -> served.served(transactions));
        unfinished = new Work();
        lastRead = clock.instant();
        changed.addAndGet(changes.size() + read);
        rounds.incrementAndGet();
        recovered();
        if (System.nanoTime() - retried > TRY_AGAIN.toNanos()) {
          zones.updates().retryFaults();
          retried = System.nanoTime();
        }
      } catch (RuntimeException | Error e) {
        failed(e);
      }
    }
  }

  private int takeToRead(Work work) {
    List<Integer> taken = List.copyOf(toRead);
    work.whole.addAll(taken);
    taken.forEach(toRead::remove);
    return taken.size();
  }

  private List<ZoneChange> next(Duration wait) {
    asking = System.nanoTime() | 1;
    List<ZoneChange> changes = feed.next(wait);
    asking = 0;
    return changes;
  }

  private void recovered() {
    if (failingSince != null) {
      log.info(
          "database: changes are followed again after {}",
          Duration.between(failingSince, clock.instant()));
      failingSince = null;
      failingWith = null;
    }
  }

  private void failed(Throwable failure) {
    if (stopping) {
      return;
    }
    String reason =
        failure instanceof ZoneStorageException ? failure.getMessage() : failure.toString();
    if (failingSince == null) {
      failingSince = clock.instant();
    }
    if (!reason.equals(failingWith)) {
      failingWith = reason;
      log.warn(
          "database: cannot follow changes, zones in memory go on being served: {}",
          reason,
          failure instanceof ZoneStorageException ? null : failure);
    }
    try {
      Thread.sleep(PAUSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopping = true;
    }
  }

  @Override
  public void close() {
    stopping = true;
    thread.interrupt();
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    large.close();
    feed.close();
  }

  /** Zones whose signatures for later have come: they wait for each other, then are read. */
  private static final class Later {
    private final Set<Integer> waiting = new LinkedHashSet<>();
    private final Set<Integer> due = new LinkedHashSet<>();
    private long since;
    private int inStep;

    void add(int zoneId) {
      if (waiting.isEmpty()) {
        since = System.nanoTime();
      }
      waiting.add(zoneId);
    }

    boolean isBeingRead() {
      return !due.isEmpty();
    }

    /** Gives the zones of the next step, if one is due. */
    Set<Integer> take(Duration wait) {
      if (due.isEmpty() && System.nanoTime() - since >= wait.toNanos()) {
        due.addAll(waiting);
        waiting.clear();
        inStep = Math.max(LEAST_IN_STEP, due.size() / STEPS + 1);
      }
      Set<Integer> step = due.stream().limit(inStep).collect(Collectors.toSet());
      due.removeAll(step);
      return step;
    }

    void haveBeenRead(Set<Integer> zoneIds) {
      waiting.removeAll(zoneIds);
      due.removeAll(zoneIds);
    }
  }

  /**
   * Changes bundled by zone; kept until all of it is applied, since applying twice does no harm.
   */
  private static final class Work {
    private final Set<Integer> whole = new LinkedHashSet<>();
    private final Set<Integer> many = new LinkedHashSet<>();
    private final Set<Integer> signing = new LinkedHashSet<>();
    private final Set<Integer> headers = new LinkedHashSet<>();
    private final Map<Integer, Set<Name>> names = new LinkedHashMap<>();
    private final Set<Long> transactions = new HashSet<>();
    private boolean tsig;
    private ZoneChange.OfEverything everything;
    private boolean clockSet;

    void add(List<ZoneChange> changes, Set<Long> numbers, Later later) {
      transactions.addAll(numbers);
      for (ZoneChange change : changes) {
        if (change instanceof ZoneChange.AtName at) {
          names.computeIfAbsent(at.zoneId(), id -> new HashSet<>()).add(at.owner());
        } else if (change instanceof ZoneChange.OfZone of) {
          whole.add(of.zoneId());
        } else if (change instanceof ZoneChange.OfManyNames of) {
          many.add(of.zoneId());
        } else if (change instanceof ZoneChange.OfSigning of) {
          signing.add(of.zoneId());
        } else if (change instanceof ZoneChange.OfRunway of) {
          later.add(of.zoneId());
        } else if (change instanceof ZoneChange.OfHeader of) {
          headers.add(of.zoneId());
        } else if (change instanceof ZoneChange.OfTsigKeys) {
          tsig = true;
        } else if (change instanceof ZoneChange.OfEverything of) {
          everything = of;
        }
      }
    }

    /** What takes long, and what has to wait for that. */
    private void handOver(LoadedZones zones, LargeChanges large) {
      whole.removeIf(
          id -> {
            boolean slow = many.contains(id) || large.has(id) || zones.updates().isLarge(id);
            if (slow) {
              large.whole(id);
            }
            return slow;
          });
      many.forEach(large::whole);
      many.clear();
      names
          .entrySet()
          .removeIf(
              zone -> {
                boolean slow =
                    zone.getValue().size() > LargeChanges.NAMES || large.has(zone.getKey());
                if (slow) {
                  large.names(zone.getKey(), zone.getValue());
                }
                return slow;
              });
      for (Set<Integer> ids : List.of(signing, headers)) {
        ids.removeIf(
            id -> {
              boolean slow = large.has(id);
              if (slow) {
                large.whole(id);
              }
              return slow;
            });
      }
    }

    void apply(LoadedZones zones, LargeChanges large) {
      if (everything != null) {
        log.warn("database: {}; all zones are read anew", everything.why());
        zones.loadAnew();
        return;
      }
      handOver(zones, large);
      ZoneUpdates updates = zones.updates();
      if (clockSet) {
        updates.clockSet();
      }
      whole.forEach(updates::zoneChanged);
      signing.removeAll(whole);
      updates.signingChanged(signing);
      headers.stream().filter(id -> !whole.contains(id)).forEach(updates::headerChanged);
      names.forEach(
          (zoneId, owners) -> {
            if (!whole.contains(zoneId)) {
              updates.namesChanged(zoneId, owners);
            }
          });
      if (tsig) {
        zones.tsigKeysChanged();
      }
    }
  }
}
