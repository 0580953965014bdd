package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.keyward.remote.ServedDatabase.await;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.zone.ServedListener;
import org.keyward.zone.ZoneHeader;
import org.xbill.DNS.Name;

/**
 * A large change of one zone: all zones are answered meanwhile, and changes of others are served.
 */
@Timeout(300)
class LargeChangeTest {
  private static final Name LARGE = Name.fromConstantString("large.example.");
  private static final Name FIRST = Name.fromConstantString("h1.large.example.");
  private static final Name MOVED = Name.fromConstantString("h1.x.large.example.");
  private static final Name OTHER = Name.fromConstantString("other.example.");
  private static final String SOA =
      """
      @ 300 SOA ns.example.net. hostmaster.example.net. 1 10800 3600 604800 300
      @ 300 NS ns.example.net.
      www 300 A 192.0.2.1
      """;
  private static final int NAMES = Boolean.getBoolean("keyward.test.thorough") ? 150_000 : 5_000;

  @TempDir private Path directory;
  private ServedDatabase served;

  /**
   * Whether a change of the large zone is told of; then the thread that tells waits for a permit.
   */
  private final Gate gate = new Gate();

  private static final class Gate implements ServedListener {
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicInteger arrived = new AtomicInteger();

    @Override
    public void changed(ZoneHeader zone, Set<Name> owners, boolean serialMoved) {
      if (zone.origin().equals(LARGE) && closed.get()) {
        arrived.incrementAndGet();
        await(() -> !closed.get());
      }
    }

    @Override
    public void everythingChanged() {}
  }

  @BeforeEach
  void makeZones() throws IOException {
    served = new ServedDatabase(directory, gate);
    for (Name zone : List.of(LARGE, OTHER)) {
      served.load(zone.toString(), SOA);
      await(() -> served.loaded.isOrigin(zone));
      served.sign(zone.toString());
    }
    served.sql(
        "INSERT INTO records (domain_id, name, type, content, ttl) SELECT d.id,"
            + " 'h' || n || '.large.example', 'A', '192.0.2.1', 300 FROM domains d,"
            + " generate_series(1, "
            + NAMES
            + ") n WHERE d.name = 'large.example'");
    await(() -> has(LARGE, FIRST));
  }

  @AfterEach
  void stop() {
    gate.closed.set(false);
    served.close();
  }

  private boolean has(Name zone, Name owner) {
    return served.loaded.byOrigin(zone).orElseThrow().lookup(owner).isPresent();
  }

  /** The change is held where it would have kept the thread that follows the feed. */
  @Test
  void theFeedOfOtherZonesGoesOnWhileALargeChangeIsApplied() {
    gate.closed.set(true);
    rename();
    await(() -> gate.arrived.get() > 0);

    served.sql(
        "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, 'new.other.example',"
            + " 'A', '192.0.2.7', 60 FROM domains WHERE name = 'other.example'");

    await(() -> has(OTHER, Name.fromConstantString("new.other.example.")));
    assertThat(has(OTHER, OTHER)).isTrue();
  }

  @Test
  void allZonesAreAnsweredWhileALargeChangeIsReadAndTheSmallOnesAfterItFollow() {
    AtomicInteger answers = new AtomicInteger();
    AtomicInteger answersOfTheZone = new AtomicInteger();
    rename();
    served.sql(
        "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, 'later.large.example',"
            + " 'A', '192.0.2.7', 60 FROM domains WHERE name = 'large.example'");
    await(
        () -> {
          for (int i = 0; i < 50; i++) {
            answers.addAndGet(has(OTHER, OTHER) ? 1 : 0);
            answersOfTheZone.addAndGet(has(LARGE, LARGE) ? 1 : 0);
          }
          return has(LARGE, MOVED);
        });

    assertThat(answers.get()).isPositive().isEqualTo(answersOfTheZone.get());
    assertThat(has(LARGE, FIRST)).isFalse();
    await(() -> has(LARGE, Name.fromConstantString("later.large.example.")));
    assertThat(served.texts("SELECT kind FROM keyward.change WHERE kind = 'many'"))
        .as("one row for each statement that changed very many names")
        .hasSize(2);
  }

  private void rename() {
    served.sql(
        "UPDATE records SET name = replace(name, '.large.', '.x.large.')"
            + " WHERE name LIKE 'h%.large.example'");
  }
}
