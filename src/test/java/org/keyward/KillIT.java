package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} at random moments: never a bogus zone, and the work goes on by itself. */
class KillIT {
  @Test
  void survivesKills(@TempDir Path dir) throws Exception {
    killAndCheck(dir, 5);
  }

  @Test
  @Tag("long")
  void survivesManyKills(@TempDir Path dir) throws Exception {
    killAndCheck(dir, 50);
  }

  private static void killAndCheck(Path dir, int rounds) throws Exception {
    Random random = new Random(7);
    try (Installation keyward = new Installation(dir)) {
      keyward.start();
      for (int round = 0; round < rounds; round++) {
        String zone = "z" + round + ".example.";
        keyward.cli("zone", "create", zone, "--ns", "ns." + zone);
        // Fails when the service is killed under it: that is the point.
        CompletableFuture<Void> assignment =
            CompletableFuture.runAsync(
                () ->
                    keyward.cli(
                        "assign",
                        zone,
                        "--token",
                        Installation.TOKEN,
                        "--label",
                        Installation.KEY,
                        "--reason",
                        "kill test"));
        Thread.sleep(500 + random.nextInt(1500));
        Installation.kill(keyward.service());
        assignment.exceptionally(failure -> null).join();

        keyward.start();
        if (round == 0) {
          keyward.startPowerDns("unix");
        }
        if (!keyward.cli("status", zone, "--json").contains("presigned")) {
          keyward.cli("assign", zone, "--token", Installation.TOKEN, "--label", Installation.KEY);
        }
        for (int earlier = 0; earlier <= round; earlier++) {
          validates(keyward, "z" + earlier + ".example.");
        }
      }
      assertThat(keyward.cli("audit", "verify")).containsIgnoringCase("verified");
    }
  }

  private static void validates(Installation keyward, String zone) {
    Installation.await(
        zone + " to be signed",
        Duration.ofSeconds(40),
        () -> keyward.dig("+short", zone, "DNSKEY").contains("257 "));
    keyward.trust(zone);
    assertThat(keyward.delv(zone, zone, "SOA")).contains("; fully validated");
    assertThat(keyward.delv(zone, "nothing." + zone, "A"))
        .contains("; negative response, fully validated");
  }
}
