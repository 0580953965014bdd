package org.keyward.signing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;

/** Asks about one zone after the other what its parent and the world show of it. Thread-safe. */
public final class ParentSweep {
  private static final Logger log = LoggerFactory.getLogger(ParentSweep.class);

  /** A zone is asked about once in this time at least, if the resolver lets us. */
  private static final Duration AGE = Duration.ofHours(1);

  /** So long a round takes for each zone, which spares the resolver. */
  private static final Duration PER_ZONE = Duration.ofMillis(250);

  /** Of zones that did not fit, and of all where they are few. */
  private static final Duration SOONER = Duration.ofMinutes(5);

  private static final int MOST_FAILURES = 3;

  private static final Duration AGE_OF_REMOVED = Duration.ofMinutes(5);

  private static final int SLICE = 50;

  /** Somebody may wait for an answer about another zone. */
  private static final Duration SLICE_TIME = Duration.ofSeconds(5);

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
    Instant end = clock.instant().plus(SLICE_TIME);
    int failed = 0;
    int done = 0;
    for (FindingStore.Asked zone : due) {
      Instant now = clock.instant();
      if (now.isAfter(end)) {
        return done;
      }
      done++;
      try {
        ask(zone, now);
        failed = 0;
      } catch (ParentDs.UnansweredException e) {
        store.parentUnanswered(zone.zoneId(), e.getMessage(), clock.instant());
        if (++failed == MOST_FAILURES) {
          throw e;
        }
      }
    }
    return done + askAboutRemoved();
  }

  private void ask(FindingStore.Asked zone, Instant now) {
    ParentAnswers answers = parents.ask(zone.zone());
    store.parentShown(zone, answers, now);
    if (answers.answered().isEmpty() && !answers.all().isEmpty()) {
      throw answers.unanswered(zone.zone());
    }
    Optional<List<DNSKEYRecord>> seen =
        zone.settled() ? served.seen(zone.zone()) : Optional.empty();
    store.parentSeen(zone.zoneId(), ParentVerdict.of(answers, zone.keys(), seen), now);
  }

  /** The fewer zones there are, the more often each is asked about. */
  private Duration age() {
    Duration round = PER_ZONE.multipliedBy(store.zonesToAsk());
    return round.compareTo(SOONER) < 0 ? SOONER : round.compareTo(AGE) > 0 ? AGE : round;
  }

  /** Until their DS is gone, resolvers find nothing but bogus answers. */
  private int askAboutRemoved() {
    int asked = 0;
    for (Name zone : store.removedToAsk(clock.instant().minus(AGE_OF_REMOVED), SLICE)) {
      try {
        List<DSRecord> ds = parents.of(zone);
        store.removedSeen(zone, ds.isEmpty() ? "" : ParentVerdict.tags(ds), clock.instant());
        asked++;
      } catch (ParentDs.UnansweredException e) {
        log.debug("{}", e.getMessage());
      }
    }
    return asked;
  }
}
