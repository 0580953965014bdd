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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
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
    zones.updates().namesChanged(1, Set.of(WWW)); // as the feed tells afterwards

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

    zones.updates().zoneChanged(1);

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

  /** What may come out of a zone that is stored in a way that nobody thought of. */
  private static Stream<Throwable> anything() {
    return Stream.of(
        new ZoneFaultException("its key cannot be opened"),
        new IllegalArgumentException("window out of order"),
        new NullPointerException(),
        new StoredDataException("the database refused: integer out of range", null),
        new StackOverflowError());
  }

  @ParameterizedTest
  @MethodSource("anything")
  void aZoneThatCannotBeLoadedIsLeftOutAndNamedAndTheOthersAreServed(Throwable failure) {
    Faulty source = new Faulty(200);
    Problems problems = new Problems();
    LoadedZones zones = new LoadedZones(source, problems, Clock.systemUTC(), ZoneMemory.ofHeap());
    source.fault = failure;

    zones.loadAll();

    assertThat(zones.headers()).hasSize(199);
    assertThat(zones.byOrigin(ManyZones.origin(7))).isEmpty();
    assertThat(zones.byOrigin(ManyZones.origin(8))).isPresent();
    assertThat(zones.faults())
        .singleElement()
        .satisfies(
            fault -> {
              assertThat(fault.zone()).isEqualTo(ManyZones.origin(7));
              assertThat(fault.served()).isFalse();
            });
    assertThat(problems.of(7)).contains("zone zone7.example is not served");

    source.fault = null;
    zones.updates().retryFaults();

    assertThat(zones.byOrigin(ManyZones.origin(7))).isPresent();
    assertThat(zones.faults()).isEmpty();
    assertThat(problems.of(7)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("anything")
  void aZoneThatCannotBeLoadedAnyMoreStaysAsItWas(Throwable failure) {
    Faulty source = new Faulty(20);
    Problems problems = new Problems();
    LoadedZones zones = new LoadedZones(source, problems, Clock.systemUTC(), ZoneMemory.ofHeap());
    zones.loadAll();
    source.fault = failure;

    zones.updates().zoneChanged(7);
    zones.updates().namesChanged(7, Set.of(ManyZones.origin(7)));
    zones.updates().signingChanged(Set.of(6, 7));
    zones.updates().headerChanged(7);
    zones.loadAll();

    assertThat(zones.byOrigin(ManyZones.origin(7)).orElseThrow().lookup(ManyZones.origin(7)))
        .isPresent();
    assertThat(zones.headers()).hasSize(20);
    assertThat(zones.faults()).extracting(ZoneFault::served).containsExactly(true);
    assertThat(problems.of(7)).contains("is served as it was before");
  }

  /** Keeps what is reported. */
  private static final class Problems implements ProblemLog {
    private final Map<Integer, List<RecordProblem>> reported = new ConcurrentHashMap<>();

    @Override
    public void replace(Map<Integer, List<RecordProblem>> byZone) {
      reported.putAll(byZone);
    }

    String of(int zoneId) {
      return reported.getOrDefault(zoneId, List.of()).stream()
          .map(RecordProblem::reason)
          .collect(Collectors.joining());
    }
  }

  /** One of the zones cannot be read while there is a fault. */
  private static final class Faulty extends ManyZones {
    private volatile Throwable fault;

    Faulty(int count) {
      super(count);
    }

    private void fail(int zoneId) {
      if (zoneId == 7 && fault instanceof Error error) {
        throw error;
      }
      if (zoneId == 7 && fault != null) {
        throw (RuntimeException) fault;
      }
    }

    @Override
    public Optional<ZoneData> load(int zoneId) {
      fail(zoneId);
      return super.load(zoneId);
    }

    @Override
    ZoneData zone(int id) {
      fail(id);
      return super.zone(id);
    }

    @Override
    public List<ZoneHeader> headers(Set<Integer> ids) {
      return ids.stream().map(ManyZones::header).toList();
    }

    @Override
    public List<RecordRow> recordsAt(int zoneId, Set<Name> owners) {
      fail(zoneId);
      return super.zone(zoneId).records();
    }

    @Override
    public Map<Integer, Supplier<ZoneSigning>> signing(Set<Integer> zoneIds) {
      zoneIds.forEach(this::fail);
      return Map.of();
    }
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

    ZoneData zone(int id) {
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
              header(zoneId),
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
          public Map<Integer, Supplier<ZoneSigning>> signing(Set<Integer> zoneIds) {
            signings.incrementAndGet();
            return Map.of(1, () -> signing);
          }
        };
    LoadedZones zones = new LoadedZones(source, ProblemLog.NONE, clock, ZoneMemory.ofHeap());
    zones.loadAll();
    loads.set(0);

    now[0] = now[0].plusSeconds(3_600);
    zones.updates().clockSet();
    assertThat(signings).hasValue(1);
    assertThat(loads).as("what is in memory is of all later times").hasValue(0);

    now[0] = now[0].minusSeconds(3_660);
    zones.updates().clockSet();
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
        reader.zone(snapshot.header(), snapshot.records().size(), () -> snapshot);
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
    public Map<Integer, Supplier<ZoneSigning>> signing(Set<Integer> zoneIds) {
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
