package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.token.TestToken;

/** Zones in memory are answered, and stay valid, without PostgreSQL and without the token. */
@Tag("once")
class OutageIT {
  private static final String ZONE = "example.com.";

  @Test
  void answersGoOnWhilePostgresIsStopped(@TempDir Path dir) throws Exception {
    try (Installation keyward = new Installation(dir)) {
      serveSigned(keyward);

      long postgres = keyward.postgres().pid();
      keyward.run("kill -STOP " + postgres);
      stopChildren(keyward, postgres, "STOP");
      try {
        validatesWithoutCaches(keyward);
        // A connection to a server that is frozen does not fail by itself.
        Installation.await(
            "Keyward to say that PostgreSQL is silent",
            Duration.ofSeconds(60),
            () -> keyward.status("/readyz") == 503);
      } finally {
        keyward.run("kill -CONT " + postgres);
        stopChildren(keyward, postgres, "CONT");
      }
      Installation.await(
          "Keyward to be ready again",
          Duration.ofSeconds(60),
          () -> keyward.status("/readyz") == 200);
      validates(keyward);
    }
  }

  @Test
  void answersGoOnWhileTheTokenHangs(@TempDir Path dir) throws Exception {
    TestToken token = TestToken.in(Files.createDirectory(dir.resolve("token")));
    try (Installation keyward = new Installation(dir, token)) {
      serveSigned(keyward);
      keyward.cli("zone", "create", "second.example", "--ns", "ns.second.example");
      token.hang();
      CompletableFuture<String> assignment =
          CompletableFuture.supplyAsync(
              () ->
                  keyward.cli(
                      "assign",
                      "second.example",
                      "--token",
                      Installation.TOKEN,
                      "--label",
                      Installation.KEY));
      long service = keyward.service().pid();
      Installation.await(
          "the watchdog to end the signer twice",
          Duration.ofSeconds(90),
          () -> {
            validatesWithoutCaches(keyward);
            return keyward.read("keyward.log").split("The signer ended", -1).length > 2;
          });
      assertThat(assignment).isNotDone();
      assertThat(keyward.service().pid()).isEqualTo(service);
      assertThat(keyward.service().isAlive()).isTrue();

      token.endHang();
      assertThat(assignment.get(90, TimeUnit.SECONDS)).contains("is signed");
      assertThat(token.counters().overlaps()).as(token.overlaps()).isZero();
    }
  }

  private static void serveSigned(Installation keyward) {
    keyward.start();
    keyward.cli(
        "zone",
        "import",
        "example.com",
        Path.of("src/main/resources/demo/example.com.zone").toAbsolutePath().toString());
    keyward.cli(
        "assign", "example.com", "--token", Installation.TOKEN, "--label", Installation.KEY);
    keyward.startPowerDns("unix");
    keyward.trust(ZONE);
    validates(keyward);
  }

  private static void validatesWithoutCaches(Installation keyward) {
    keyward.stopPowerDns(); // its caches go with it
    keyward.startPowerDnsAgain();
    validates(keyward);
  }

  private static void stopChildren(Installation keyward, long postgres, String signal) {
    ProcessHandle.of(postgres)
        .orElseThrow()
        .children()
        .forEach(
            child ->
                // One may end meanwhile, whose client has given up.
                keyward.run(
                    List.of("sh", "-c", "kill -" + signal + " " + child.pid() + " || true")));
  }

  private static void validates(Installation keyward) {
    assertThat(keyward.delv(ZONE, ZONE, "SOA")).contains("; fully validated");
    assertThat(keyward.delv(ZONE, ZONE, "MX")).contains("; fully validated");
    assertThat(keyward.delv(ZONE, "nothing-at-all." + ZONE, "A")).contains("fully validated");
  }
}
