package org.keyward.signing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PausesTest {
  private static final Duration MOMENT = Duration.ofSeconds(5);

  @Test
  void whatCostsMuchIsDoneRarelyAndNeverLaterThanAMinuteMore() {
    assertThat(SignerLoop.pauseAfter(Duration.ofMillis(10), MOMENT)).isEqualTo(MOMENT);
    assertThat(SignerLoop.pauseAfter(Duration.ofSeconds(1), MOMENT)).hasSeconds(20);
    assertThat(SignerLoop.pauseAfter(Duration.ofSeconds(30), MOMENT)).hasSeconds(65);
  }
}
