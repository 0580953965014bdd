package org.keyward.signing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;

/** Asks about one zone after the other what its parent and the world show of it. Thread-safe. */
public final class ParentSweep {
  /** A zone is asked about once in this time at least, if the resolver lets us. */
  private static final Duration AGE = Duration.ofHours(1);

  /** So long a round takes for each zone, which spares the resolver. */
  private static final Duration PER_ZONE = Duration.ofMillis(250);

  /** Of zones that did not fit, and of all where they are few. */
  private static final Duration SOONER = Duration.ofMinutes(5);

  private static final int MOST_FAILURES = 3;

  private static final Duration AGE_OF_REMOVED = Duration.ofMinutes(5);

  private static final int SLICE = 50;

  private final FindingStore store;
  private final ParentDs parents;
  private final ServedKeys served;
  private final Clock clock;

  public ParentSweep(FindingStore store, ParentDs parents, ServedKeys served, Clock clock) {
    this.store = store;
    this.parents = parents;
    this.served = served;
    this.clock = clock;
  }

  /** Port to what the world sees of a zone's keys. */
  @FunctionalInterface
  public interface ServedKeys {
    ServedKeys NOT_ASKED = zone -> Optional.empty();

    /** The DNSKEY set that resolvers see; empty when nobody can say. */
    Optional<List<DNSKEYRecord>> seen(Name zone);
  }

  /**
   * Asks about some zones. One that nobody answers for does not keep the others from being asked.
   *
   * @return how many
   * @throws ParentDs.UnansweredException when nobody answers for several in a row
   */
  public int step() {
    List<FindingStore.Asked> due = store.toAsk(clock.instant(), age(), SOONER, SLICE);
    int failed = 0;
    for (FindingStore.Asked zone : due) {
      Instant now = clock.instant();
      try {
        store.parentSeen(zone.zoneId(), verdict(zone), now);
        failed = 0;
      } catch (ParentDs.UnansweredException e) {
        store.parentUnanswered(zone.zoneId(), e.getMessage(), clock.instant());
        if (++failed == MOST_FAILURES) {
          throw e;
        }
      }
    }
    return due.size() + askAboutRemoved();
  }

  private ParentVerdict verdict(FindingStore.Asked zone) {
    return ParentVerdict.of(
        parents.of(zone.zone()),
        zone.keys(),
        zone.settled() ? served.seen(zone.zone()) : Optional.empty());
  }

  /** The fewer zones there are, the more often each is asked about. */
  private Duration age() {
    Duration round = PER_ZONE.multipliedBy(store.zonesToAsk());
    return round.compareTo(SOONER) < 0 ? SOONER : round.compareTo(AGE) > 0 ? AGE : round;
  }

  /** Until their DS is gone, resolvers find nothing but bogus answers. */
  private int askAboutRemoved() {
    List<Name> removed = store.removedToAsk(clock.instant().minus(AGE_OF_REMOVED), SLICE);
    for (Name zone : removed) {
      List<DSRecord> ds = parents.of(zone);
      store.removedSeen(zone, ds.isEmpty() ? "" : ParentVerdict.tags(ds), clock.instant());
    }
    return removed.size();
  }
}
