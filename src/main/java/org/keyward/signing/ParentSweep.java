package org.keyward.signing;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;

/** Asks about one zone after the other what its parent and the world show of it. Thread-safe. */
public final class ParentSweep {
  /** A zone is asked about once in this time, or as often as the resolver lets us. */
  private static final Duration AGE = Duration.ofHours(1);

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
   * Asks about some zones.
   *
   * @return how many
   * @throws ParentDs.UnansweredException when nobody answers
   */
  public int step() {
    List<FindingStore.Asked> due = store.toAsk(clock.instant().minus(AGE), SLICE);
    for (FindingStore.Asked zone : due) {
      ParentVerdict verdict =
          ParentVerdict.of(parents.of(zone.zone()), zone.keys(), served.seen(zone.zone()));
      store.parentSeen(zone.zoneId(), verdict, clock.instant());
    }
    return due.size() + askAboutRemoved();
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
