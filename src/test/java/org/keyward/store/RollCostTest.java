package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a roll costs a token that signs six times a second. */
@Tag("once")
class RollCostTest {
  /** How many sets have both ZSKs, and whether they are in use. */
  private static final String NEW_SETS =
      "SELECT count(*) || ' ' || bool_and(active_from <= (SELECT extract(epoch FROM began_at) FROM keyward.roll))"
          + " FROM keyward.signed_set WHERE cardinality(zsks) = 2";

  @Test
  void aRollOfTheZskCostsTheTokenNothing() throws Exception {
    int without = signatures("");
    assertThat(signatures("start")).isEqualTo(without);
    assertThat(signatures("start-now"))
        .as("where stored windows are signed anew")
        .isGreaterThan(without);
  }

  @Test
  void whatIsSignedAnewIsSpreadOverTheTimeThatIsSaidThePresentSetFirst() throws Exception {
    try (RollWorld world = new RollWorld()) {
      world.tick();
      int before = world.tokens.signed();
      int windows = Integer.parseInt(world.text("SELECT count(*) FROM keyward.signed_set"));
      assertThat(world.command("start-20d")).startsWith("done");
      assertThat(world.tokens.signed() - before).isEqualTo(1);
      assertThat(world.text(NEW_SETS)).isEqualTo("1 true");
      for (int i = 0; i < 10 && world.phase().equals("entering"); i++) {
        assertThat(world.tokens.signed() - before).isLessThan(windows + 1 + i * 2);
        world.pass(Duration.ofHours(47));
      }
      assertThat(world.phase()).isNotEqualTo("entering");
      world.pass(120);
      assertThat(world.phase()).isEmpty();
    }
  }

  private static int signatures(String command) throws Exception {
    try (RollWorld world = new RollWorld()) {
      if (!command.isEmpty()) {
        world.command(command);
      }
      world.pass(120);
      assertThat(world.phase()).isEmpty();
      assertThat(world.steps().isEmpty()).isEqualTo(command.isEmpty());
      return world.tokens.signed();
    }
  }
}
