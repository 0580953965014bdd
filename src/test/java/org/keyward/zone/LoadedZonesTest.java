package org.keyward.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;

class LoadedZonesTest {
  private static final Name ORIGIN = Name.fromConstantString("example.com.");
  private static final Name WWW = Name.fromConstantString("www.example.com.");

  @Test
  void zonesInMemoryOutliveAnOutageInTheMiddleOfAFullReload() {
    OneZone source = new OneZone();
    LoadedZones zones =
        new LoadedZones(source, ProblemLog.NONE, Clock.systemUTC(), ZoneMemory.ofHeap());
    zones.loadAll();
    source.loadFails = true;

    assertThatThrownBy(zones::loadAll).isInstanceOf(ZoneStorageException.class);

    assertThat(zones.enclosing(WWW).orElseThrow().lookup(WWW)).isPresent();
  }

  @Test
  void aFullReloadServesWhatIsStoredNow() {
    OneZone source = new OneZone();
    LoadedZones zones =
        new LoadedZones(source, ProblemLog.NONE, Clock.systemUTC(), ZoneMemory.ofHeap());
    zones.loadAll();
    source.rows = List.of(OneZone.SOA);

    zones.loadAll();

    assertThat(zones.enclosing(WWW).orElseThrow().lookup(WWW)).isEmpty();
  }

  @Test
  void aChangeThatCommitsWhileAllZonesAreReadIsNotLost() {
    OneZone source = new OneZone();
    LoadedZones zones =
        new LoadedZones(source, ProblemLog.NONE, Clock.systemUTC(), ZoneMemory.ofHeap());
    source.whileRead = () -> source.rows = List.of(OneZone.SOA); // after the snapshot

    zones.loadAll();
    zones.namesChanged(1, Set.of(WWW)); // as the feed tells afterwards

    assertThat(zones.enclosing(WWW).orElseThrow().lookup(WWW)).isEmpty();
  }

  @Test
  void aZoneThatWasAskedForWhileAllAreReadStays() {
    OneZone source = new OneZone();
    LoadedZones zones =
        new LoadedZones(source, ProblemLog.NONE, Clock.systemUTC(), ZoneMemory.ofHeap());
    source.whileRead =
        () -> {
          source.rows = List.of(OneZone.SOA);
          zones.know(source.data().header());
          zones.byId(1);
        };

    zones.loadAll();

    assertThat(zones.enclosing(WWW).orElseThrow().lookup(WWW)).isEmpty();
  }

  @Test
  void aQuestionThatReadsAZoneWhileAChangeOfItIsReadSeesNothingThatGoesAway() {
    OneZone source = new OneZone();
    LoadedZones zones =
        new LoadedZones(source, ProblemLog.NONE, Clock.systemUTC(), ZoneMemory.ofHeap());
    List<Boolean> seen = new CopyOnWriteArrayList<>();
    Thread question =
        new Thread(() -> seen.add(zones.byId(1).orElseThrow().lookup(WWW).isPresent()));
    source.whileLoaded =
        () -> { // after the snapshot
          source.rows = List.of(OneZone.SOA);
          source.whileLoaded = () -> {};
          question.start();
          joined(question, 500);
        };

    zones.zoneChanged(1);

    joined(question, 10_000);
    assertThat(seen).containsExactly(zones.byId(1).orElseThrow().lookup(WWW).isPresent());
  }

  private static void joined(Thread thread, long millis) {
    try {
      thread.join(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void zonesThatDoNotFitAreReadWhenTheyAreAskedFor() {
    ManyZones source = new ManyZones(200);
    LoadedZones zones =
        new LoadedZones(source, ProblemLog.NONE, Clock.systemUTC(), new ZoneMemory(100_000));

    zones.loadAll();

    assertThat(source.parsed.get()).isLessThan(100);
    assertThat(zones.headers()).hasSize(200);
    for (int id = 1; id <= 200; id++) {
      assertThat(zones.byId(id).orElseThrow().lookup(ManyZones.origin(id))).isPresent();
    }
    assertThat(zones.weightInMemory()).isLessThanOrEqualTo(20_000);
  }

  /** Zones of one record each. */
  static class ManyZones extends OneZone {
    final AtomicInteger parsed = new AtomicInteger();
    private final int count;

    ManyZones(int count) {
      this.count = count;
    }

    static Name origin(int id) {
      return Name.fromConstantString("zone" + id + ".example.");
    }

    private ZoneData zone(int id) {
      return new ZoneData(
          header(id),
          List.of(
              new RecordRow(
                  id, origin(id), "SOA", "ns.example.com h.example.com 1 2 3 4 5", 300, 0)),
          Map.of(),
          List.of(),
          Optional.empty(),
          List.of());
    }

    private static ZoneHeader header(int id) {
      return new ZoneHeader(
          id,
          origin(id),
          ZoneHeader.Kind.NATIVE,
          List.of(),
          1,
          Optional.empty(),
          Optional.empty(),
          "");
    }

    @Override
    public Optional<ZoneData> load(int zoneId) {
      return Optional.of(zone(zoneId));
    }

    @Override
    public void readAll(Reader reader) {
      reader.begins(count);
      for (int id = 1; id <= count; id++) {
        int zoneId = id;
        if (reader.wantsRecords()) {
          reader.zone(
              1,
              () -> {
                parsed.incrementAndGet();
                return zone(zoneId);
              });
        } else {
          reader.header(header(zoneId));
        }
      }
    }
  }

  /** A zone whose signatures are read, and read again when the clock is set to another time. */
  @Test
  void theClockIsSetToAnotherTime() {
    Instant[] now = {Instant.parse("2026-03-01T10:00:00Z")};
    Clock clock = clock(() -> now[0]);
    ZoneSigning signing = SignedZones.signing(ORIGIN, clock, 3);
    AtomicInteger loads = new AtomicInteger();
    AtomicInteger signings = new AtomicInteger();
    OneZone source =
        new OneZone() {
          @Override
          ZoneData data() {
            return SignedZones.with(
                SignedZones.zone(ORIGIN, rows, Optional.of(signing)),
                Map.of(),
                new DenialChange(Optional.of("1 0 0 -"), now[0].minusSeconds(90), Duration.ZERO),
                new DenialChange(Optional.empty(), now[0].minusSeconds(30), Duration.ZERO));
          }

          @Override
          public Optional<ZoneData> load(int zoneId) {
            loads.incrementAndGet();
            return super.load(zoneId);
          }

          @Override
          public Map<Integer, ZoneSigning> signing(Set<Integer> zoneIds) {
            signings.incrementAndGet();
            return Map.of(1, signing);
          }
        };
    LoadedZones zones = new LoadedZones(source, ProblemLog.NONE, clock, ZoneMemory.ofHeap());
    zones.loadAll();
    loads.set(0);

    now[0] = now[0].plusSeconds(3_600);
    zones.clockSet();
    assertThat(signings).hasValue(1);
    assertThat(loads).as("what is in memory is of all later times").hasValue(0);

    now[0] = now[0].minusSeconds(3_660);
    zones.clockSet();
    assertThat(loads).as("the chain of before is not in memory").hasValue(1);
  }

  private static Clock clock(Supplier<Instant> now) {
    return new Clock() {
      @Override
      public Instant instant() {
        return now.get();
      }

      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId other) {
        return this;
      }
    };
  }

  static class OneZone implements ZoneSource {
    static final RecordRow SOA =
        new RecordRow(1, ORIGIN, "SOA", "ns.example.com h.example.com 1 2 3 4 5", 300, 0);

    List<RecordRow> rows = List.of(SOA, new RecordRow(2, WWW, "A", "192.0.2.1", 300, 0));
    boolean loadFails;
    Runnable whileRead = () -> {};
    Runnable whileLoaded = () -> {};

    ZoneData data() {
      return SignedZones.zone(ORIGIN, rows, Optional.empty());
    }

    @Override
    public List<ZoneHeader> headers() {
      return List.of(data().header());
    }

    @Override
    public List<ZoneHeader> headers(Set<Integer> ids) {
      return headers();
    }

    @Override
    public void readAll(Reader reader) {
      reader.begins(1);
      if (reader.wantsRecords()) {
        ZoneData snapshot = load(1).orElseThrow();
        whileRead.run();
        reader.zone(snapshot.records().size(), () -> snapshot);
      } else {
        reader.header(data().header());
      }
    }

    @Override
    public Optional<ZoneData> load(int zoneId) {
      if (loadFails) {
        throw new ZoneStorageException("database: connection refused", null);
      }
      ZoneData snapshot = data();
      whileLoaded.run();
      return Optional.of(snapshot);
    }

    @Override
    public Map<Integer, ZoneSigning> signing(Set<Integer> zoneIds) {
      return Map.of();
    }

    @Override
    public List<RecordRow> recordsAt(int zoneId, Set<Name> owners) {
      return rows.stream().filter(row -> owners.contains(row.owner())).toList();
    }

    @Override
    public List<TsigKey> tsigKeys() {
      return List.of();
    }

    @Override
    public List<FoundRecord> search(String pattern, int limit) {
      return List.of();
    }
  }
}
