package org.keyward.zone;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ZoneFollowerTest {
  private static final Duration NO_HURRY = Duration.ofMillis(1_500);

  private final Feed feed = new Feed();
  private final Source source = new Source();
  private final ZoneFollower follower =
      new ZoneFollower(
          feed,
          new LoadedZones(source, ProblemLog.NONE, Clock.systemUTC(), ZoneMemory.ofHeap()),
          Clock.systemUTC(),
          new ServedChanges(),
          NO_HURRY);

  private static final class Feed implements ChangeFeed {
    private final BlockingQueue<List<ZoneChange>> told = new LinkedBlockingQueue<>();

    @Override
    public void open() {}

    @Override
    public List<ZoneChange> next(Duration timeout) {
      try {
        List<ZoneChange> changes = told.poll(20, TimeUnit.MILLISECONDS);
        return changes == null ? List.of() : changes;
      } catch (InterruptedException e) {
        throw new ZoneStorageException("interrupted", e);
      }
    }

    @Override
    public Set<Long> transactions() {
      return Set.of();
    }

    @Override
    public void close() {}
  }

  /** Notes for which zones it was asked what they are signed with. */
  private static final class Source extends LoadedZonesTest.ManyZones {
    private final BlockingQueue<Set<Integer>> asked = new LinkedBlockingQueue<>();
    private volatile boolean fails;

    Source() {
      super(9);
    }

    @Override
    public Map<Integer, Supplier<ZoneSigning>> signing(Set<Integer> zoneIds) {
      asked.add(Set.copyOf(zoneIds));
      if (fails) {
        fails = false;
        throw new ZoneStorageException("database: connection refused", null);
      }
      return Map.of();
    }
  }

  @AfterEach
  void stop() {
    follower.close();
  }

  @Test
  void zonesWithSignaturesThatAreUsedNowAreReadAtOnceAndTogether() throws Exception {
    follower.start();

    feed.told.add(List.of(new ZoneChange.OfSigning(1), new ZoneChange.OfSigning(2)));

    assertThat(source.asked.take()).containsExactlyInAnyOrder(1, 2);
  }

  @Test
  void zonesWithSignaturesForLaterAreReadTogetherAWhileAfterTheFirst() throws Exception {
    follower.start();

    long start = System.nanoTime();
    feed.told.add(List.of(new ZoneChange.OfRunway(1)));
    feed.told.add(List.of(new ZoneChange.OfRunway(2)));
    feed.told.add(List.of(new ZoneChange.OfRunway(1), new ZoneChange.OfRunway(3)));

    assertThat(source.asked.take()).containsExactlyInAnyOrder(1, 2, 3);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(NO_HURRY);
    assertThat(source.asked.poll(NO_HURRY.toMillis() * 2, TimeUnit.MILLISECONDS)).isNull();
  }

  @Test
  void manyZonesAreReadInSteps() throws Exception {
    follower.start();

    feed.told.add(
        IntStream.rangeClosed(1, 9).<ZoneChange>mapToObj(ZoneChange.OfRunway::new).toList());

    assertThat(source.asked.take()).containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(source.asked.take()).containsExactly(9);
    assertThat(source.asked.poll(NO_HURRY.toMillis() * 2, TimeUnit.MILLISECONDS)).isNull();
  }

  @Test
  void aZoneWhoseSignaturesAreReadMeanwhileIsNotReadAgain() throws Exception {
    follower.start();

    feed.told.add(List.of(new ZoneChange.OfRunway(1), new ZoneChange.OfRunway(2)));
    feed.told.add(List.of(new ZoneChange.OfSigning(1)));

    assertThat(source.asked.take()).containsExactly(1);
    assertThat(source.asked.take()).containsExactly(2);
  }

  @Test
  void aZoneThatIsReadAsAWholeMeanwhileIsNotReadForItsSignaturesAgain() throws Exception {
    follower.start();

    feed.told.add(List.of(new ZoneChange.OfRunway(1), new ZoneChange.OfRunway(2)));
    feed.told.add(List.of(new ZoneChange.OfZone(1)));

    assertThat(source.asked.take()).containsExactly(2);
  }

  @Test
  void signaturesForLaterAreNotLostInAnOutage() throws Exception {
    follower.start();
    source.fails = true;

    feed.told.add(List.of(new ZoneChange.OfRunway(4)));

    assertThat(source.asked.take()).containsExactly(4);
    assertThat(source.asked.take()).containsExactly(4);
  }
}
