package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.audit.AuditFilter;
import org.keyward.audit.KeyHistory;
import org.keyward.audit.KeyHistory.State;

/** What the audit log says of keys is what the tables say, as long as these have them. */
@Tag("once")
class KeyHistoryTest {
  private static final String ACTIVE =
      "SELECT 'ksk ' || k.key_tag FROM keyward.ksk o JOIN keyward.key k ON k.id = o.key_id"
          + " WHERE o.signs_from IS NOT NULL AND o.signs_until IS NULL"
          + " UNION ALL SELECT 'zsk ' || key_tag FROM keyward.zsk"
          + " WHERE signs_from IS NOT NULL AND signs_until IS NULL";

  private static List<KeyHistory.Change> changes(RollWorld world) {
    KeyHistory history = new KeyHistory();
    new PostgresAudit(world.database).forEach(AuditFilter.ofZone("example.com"), history::add);
    return history.changes();
  }

  private static Map<String, State> states(RollWorld world) {
    Map<String, State> states = new LinkedHashMap<>();
    changes(world)
        .forEach(change -> states.put(change.role() + " " + change.tag(), change.state()));
    return states;
  }

  private static List<String> in(RollWorld world, State state) {
    return states(world).entrySet().stream()
        .filter(key -> key.getValue() == state)
        .map(Map.Entry::getKey)
        .toList();
  }

  private static void isAsInTheTables(RollWorld world) {
    assertThat(in(world, State.ACTIVE)).containsExactlyInAnyOrderElementsOf(world.texts(ACTIVE));
    assertThat(states(world).values()).isSubsetOf(State.ACTIVE, State.REMOVED, State.PURGED);
  }

  private static List<State> of(RollWorld world, String key) {
    return changes(world).stream()
        .filter(change -> key.equals(change.role() + " " + change.tag()))
        .map(KeyHistory.Change::state)
        .toList();
  }

  @Test
  void theLogAloneSaysWhatEachKeyOfAZoneDid() throws Exception {
    try (RollWorld world = new RollWorld()) {
      assertThat(states(world).values()).containsOnly(State.ACTIVE).hasSize(2);
      assertThat(in(world, State.ACTIVE)).containsExactlyInAnyOrderElementsOf(world.texts(ACTIVE));
      String firstZsk = in(world, State.ACTIVE).get(1);

      world.command("start-now");
      assertThat(in(world, State.NEW)).hasSize(1);
      String secondZsk = in(world, State.NEW).get(0);
      world.pass(120);
      assertThat(world.phase()).isEmpty();
      isAsInTheTables(world);
      assertThat(of(world, firstZsk))
          .startsWith(State.NEW, State.ACTIVE, State.RETIRED, State.LEAVING, State.REMOVED);
      assertThat(of(world, secondZsk)).containsExactly(State.NEW, State.PUBLISHED, State.ACTIVE);

      world.startKsk("start-now", "second");
      KeyHistory.Change named = changes(world).get(changes(world).size() - 1);
      assertThat(named.key()).endsWith("/second");
      assertThat(named.actor()).isEqualTo("os:alice");
      String second = "ksk " + named.tag();
      world.until("ksk", "submitted");
      assertThat(in(world, State.PUBLISHED)).containsExactly(second);
      world.parentShows(3600, "second");
      world.until("ksk", "");
      isAsInTheTables(world);
      assertThat(in(world, State.ACTIVE)).contains(second);

      world.startKsk("start-now", "ksk");
      world.until("ksk", "submitted");
      world.commandKsk("cancel");
      world.until("ksk", "");
      isAsInTheTables(world);
      assertThat(in(world, State.ACTIVE)).contains(second);

      world.database.useTransaction(
          handle -> {
            handle.execute("SET LOCAL keyward.insist = 'a test'");
            handle.execute("DELETE FROM public.domains");
          });
      assertThat(world.texts("SELECT zone FROM keyward.key_states")).isEmpty();
      assertThat(states(world).values()).isSubsetOf(State.REMOVED, State.PURGED);
    }
  }

  @Test
  void aKeyThatTheParentWentBackToIsBackInTheLog() throws Exception {
    try (RollWorld world = new RollWorld()) {
      String first = "ksk " + changes(world).get(0).tag();
      world.startKsk("start-now", "second");
      world.until("ksk", "submitted");
      world.parentShows(300, "second");
      world.until("ksk", "leaving");
      world.parentShows(300, "ksk");
      world.until("ksk", "submitted");
      assertThat(of(world, first)).contains(State.RETIRED, State.LEAVING).endsWith(State.PUBLISHED);
      world.parentShows(300, "second");
      world.until("ksk", "");
      isAsInTheTables(world);
    }
  }
}
