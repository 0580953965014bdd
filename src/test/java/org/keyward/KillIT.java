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
        keyward.start();
        boolean answered = assignment.handle((done, failure) -> failure == null).join();
        if (round == 0) {
          keyward.startPowerDns("unix");
        } else {
          // PowerDNS hears of new zones when it reads its list of zones anew, or when it starts.
          keyward.stopPowerDns();
          keyward.startPowerDnsAgain();
        }
        if (!answered && !isSignedSoon(keyward, zone)) {
          // The kill came before the request was in the database.
          keyward.cli("assign", zone, "--token", Installation.TOKEN, "--label", Installation.KEY);
        }
        for (int earlier = 0; earlier <= round; earlier++) {
          validates(keyward, "z" + earlier + ".example.");
        }
      }
      assertThat(keyward.cli("audit", "verify")).containsIgnoringCase("verified");
    }
  }

  /** Whether the work that the kill broke off goes on by itself. */
  private static boolean isSignedSoon(Installation keyward, String zone) {
    for (int attempt = 0; attempt < 5; attempt++) {
      if (keyward.cli("status", zone, "--json").contains("presigned")) {
        return true;
      }
    }
    return false;
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
