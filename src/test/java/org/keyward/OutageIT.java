package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Zones in memory are answered, and stay valid, without PostgreSQL. */
class OutageIT {
  private static final String ZONE = "example.com.";

  @Test
  void answersGoOnWhilePostgresIsStopped(@TempDir Path dir) throws Exception {
    try (Installation keyward = new Installation(dir)) {
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

      long postgres = keyward.postgres().pid();
      keyward.run("kill -STOP " + postgres);
      stopChildren(keyward, postgres, "STOP");
      try {
        keyward.stopPowerDns(); // its caches go with it
        keyward.startPowerDnsAgain();
        validates(keyward);
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

  private static void stopChildren(Installation keyward, long postgres, String signal) {
    ProcessHandle.of(postgres)
        .orElseThrow()
        .children()
        .forEach(child -> keyward.run("kill -" + signal + " " + child.pid()));
  }

  private static void validates(Installation keyward) {
    assertThat(keyward.delv(ZONE, ZONE, "SOA")).contains("; fully validated");
    assertThat(keyward.delv(ZONE, ZONE, "MX")).contains("; fully validated");
    assertThat(keyward.delv(ZONE, "nothing-at-all." + ZONE, "A")).contains("fully validated");
  }
}
