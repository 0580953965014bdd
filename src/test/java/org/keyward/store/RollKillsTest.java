package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.zone.ZoneStorageException;

/**
 * The connection to PostgreSQL breaks at each statement of each step of a roll, and the signer is
 * another one afterwards: nothing is half done, the roll goes on, and no mix of what was served is
 * bogus.
 */
@Tag("once")
class RollKillsTest {
  private static final Duration STEP = Duration.ofHours(44);

  @ParameterizedTest
  @ValueSource(strings = {"zsk", "ksk"})
  void nothingIsHalfDoneWhereverAStepBreaksOff(String role) throws Exception {
    try (RollWorld world = new RollWorld();
        BrokenConnections connections = new BrokenConnections(world.database)) {
      Kills kills = new Kills(world, connections, role);
      request(world, role);
      kills.at("INSERT INTO keyward.roll_event", world::step);
      assertThat(world.phase()).isEqualTo("entering");
      for (int i = 0; i < 300 && !world.phase().isEmpty(); i++) {
        world.goOn(STEP);
        if (world.phase().equals("submitted")) {
          world.parentShows(3600, "second");
        }
        world.askParents();
        if (world.phase().matches("entering|leaving")) {
          kills.at("INSERT INTO keyward.signed_set", world::settle);
        }
        kills.at("INSERT INTO keyward.roll_event", world::step);
        world.step();
      }
      assertThat(world.steps())
          .containsExactly(
              "- entering",
              "entering published",
              "published " + (role.equals("zsk") ? "switching" : "submitted"),
              (role.equals("zsk") ? "switching" : "submitted") + " retiring",
              "retiring leaving",
              "leaving forgotten",
              "forgotten -");
      assertThat(world.bogus()).isEmpty();
      assertThat(new PostgresAudit(world.database).verify().fault()).isEmpty();
      assertThat(kills.swept)
          .as("rounds with a break at each statement: %s", kills.done)
          .isEqualTo(9);
      assertThat(kills.broken).isGreaterThan(200);
    }
  }

  private static void request(RollWorld world, String role) {
    if (role.equals("zsk")) {
      world.request("start");
      return;
    }
    world.database.useTransaction(
        handle ->
            handle.execute(
                "INSERT INTO keyward.request (kind, zone, label, mode, token, key_label, reason, actor)"
                    + " VALUES ('roll', 'example.com', 'ksk', 'start', 't', 'second', 'a test', 'os:alice')"));
  }

  /** What is due at one moment, broken off at one statement after the other. */
  private static final class Kills {
    private final RollWorld world;
    private final BrokenConnections connections;
    private final String role;
    private final List<String> done = new ArrayList<>();
    private int broken;
    private int swept;

    Kills(RollWorld world, BrokenConnections connections, String role) {
      this.world = world;
      this.connections = connections;
      this.role = role;
    }

    /** Breaks at each statement in turn, when this one is among them. */
    void at(String important, Runnable work) {
      connections.breakAt(important);
      attempt(work);
      if (!connections.wasBroken() || !isFirstOfItsKind(important)) {
        return;
      }
      swept++;
      int before = 0;
      boolean more = true;
      while (more) {
        connections.breakAfter(before++);
        attempt(work);
        more = connections.wasBroken();
        broken += more ? 1 : 0;
        isWhole();
        world.restart();
      }
    }

    /** Each step once, and what is signed in each phase once. */
    private boolean isFirstOfItsKind(String important) {
      String kind = important + " " + world.phase();
      boolean first = !done.contains(kind);
      done.add(kind);
      return first;
    }

    private void attempt(Runnable work) {
      try {
        work.run();
      } catch (ZoneStorageException e) {
        // As a process that lost its database, or was killed.
      }
    }

    /** Keys, roll, history and audit log tell of the same step, and what is stored is served. */
    private void isWhole() {
      assertThat(
              world.text(
                  """
                  SELECT concat_ws(' ',
                    (SELECT count(*) FROM keyward.roll_event),
                    (SELECT coalesce((SELECT next_phase FROM keyward.roll_event
                      ORDER BY id DESC LIMIT 1), '-')))
                  """))
          .as("after the statement that broke")
          .isEqualTo(
              world.text(
                  """
                  SELECT concat_ws(' ',
                    (SELECT count(*) FROM keyward.audit WHERE action IN ('ROLL_STEP', 'ROLL_COMMAND')),
                    (SELECT coalesce((SELECT phase FROM keyward.roll), '-')))
                  """));
      assertThat(world.text("SELECT count(*) FROM keyward." + role))
          .isEqualTo(world.steps().isEmpty() ? "1" : "2");
      assertThat(world.read().unusable()).isEmpty();
    }
  }
}
