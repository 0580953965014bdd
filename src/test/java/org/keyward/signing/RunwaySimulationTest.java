package org.keyward.signing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.signing.RunwaySimulation.Result;
import org.keyward.signing.RunwaySimulation.Settings;

/** The simulation of a million zones, with fewer zones on a token that is as much slower. */
@Tag("once")
class RunwaySimulationTest {
  private static final int ZONES = 20_000;

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 25})
  void noZoneIsWithoutASignatureWhenTheTokenIsAwayForTenDays(int fromDay) {
    Settings settings = Settings.million(Duration.ofDays(fromDay)).scaledTo(ZONES);
    Result result = RunwaySimulation.run(settings);
    assertThat(result.withoutSignature()).isZero();
    assertThat(result.unsigned()).isZero();
    // New zones are served with their first signature; the rest of a million runways takes ten
    // days.
    assertThat(result.leastMargin()).isGreaterThan(Duration.ofDays(1));
    assertThat(result.longestWait()).isBetween(Duration.ofDays(3), Duration.ofDays(21));
    assertThat(result.allSigned()).isLessThan(Duration.ofDays(fromDay == 0 ? 13 : 3));
    assertThat(result.caughtUp()).isBetween(Duration.ofDays(1), Duration.ofDays(14));
    // Five for each zone at once, then one for each of eight or nine weeks.
    assertThat(result.signatures()).isBetween(ZONES * 11L, ZONES * 14L);
    assertThat(result.busyShare()).isGreaterThan(0.99);
  }

  @Test
  void itSeesZonesWithoutASignature() {
    Settings tooSlow =
        new Settings(2_000, 0.0003, Duration.ofDays(60), Duration.ofDays(20), Duration.ofDays(5));
    assertThat(RunwaySimulation.run(tooSlow).unsigned()).isPositive();
    Settings tooLong =
        new Settings(2_000, 0.02, Duration.ofDays(80), Duration.ofDays(10), Duration.ofDays(40));
    assertThat(RunwaySimulation.run(tooLong).withoutSignature()).isPositive();
  }
}
