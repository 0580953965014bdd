package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a roll costs a token that signs six times a second. */
@Tag("once")
class RollCostTest {
  @Test
  void aRollOfTheZskCostsTheTokenNothing() throws Exception {
    int without = signatures("");
    assertThat(signatures("start")).isEqualTo(without);
    assertThat(signatures("start-now"))
        .as("where stored windows are signed anew")
        .isGreaterThan(without);
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
