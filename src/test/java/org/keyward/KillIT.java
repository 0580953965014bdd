package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} at random moments, while a zone is being assigned and those before it are signed
 * anew every ten seconds: never a bogus zone, and the work goes on by itself.
 */
@Tag("once")
class KillIT {
  private static final String QUICK = "signing: { validity: 2m, step: 10s, runway: 2m }";

  /** Who is killed. */
  private enum Victim {
    SERVICE,
    SIGNER,
    BOTH
  }

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
    try (Installation keyward = new Installation(dir, QUICK)) {
      keyward.start();
      for (int round = 0; round < rounds; round++) {
        String zone = zone(round);
        keyward.cli("zone", "create", zone, "--ns", "ns." + zone);
        // Fails when the service is killed under it: that is the point.
        CompletableFuture<Void> assignment =
            CompletableFuture.runAsync(() -> assign(keyward, zone));
        Thread.sleep(500 + random.nextInt(1500));
        kill(keyward, Victim.values()[round % Victim.values().length]);
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
          assign(keyward, zone);
        }
        for (int earlier = 0; earlier <= round; earlier++) {
          validates(keyward, zone(earlier));
        }
      }
      isSignedAnew(keyward, zone(0));
      assertThat(keyward.cli("audit", "verify")).containsIgnoringCase("verified");
    }
  }

  private static String zone(int round) {
    return "z" + round + ".example.";
  }

  private static void assign(Installation keyward, String zone) {
    keyward.cli("assign", zone, "--token", Installation.TOKEN, "--label", Installation.KEY);
  }

  private static void kill(Installation keyward, Victim victim) {
    ProcessHandle signer = keyward.signerOfService().orElseThrow();
    if (victim != Victim.SERVICE) {
      signer.destroyForcibly();
    }
    if (victim != Victim.SIGNER) {
      Installation.kill(keyward.service());
      keyward.start();
    }
    Installation.await(
        "another signer",
        Duration.ofSeconds(60),
        () -> keyward.signerOfService().filter(other -> other.pid() != signer.pid()).isPresent());
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

  private static void isSignedAnew(Installation keyward, String zone) {
    String before = keyward.dig("+short", zone, "SOA");
    Installation.await(
        zone + " to be signed anew",
        Duration.ofSeconds(60),
        () -> !keyward.dig("+short", zone, "SOA").equals(before));
    validates(keyward, zone);
  }
}
