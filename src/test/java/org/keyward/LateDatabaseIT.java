package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.store.EmbeddedDatabase;
import org.keyward.store.TcpForward;

/** Both roles wait for a database that starts after them, and are ready then. */
@Tag("long")
class LateDatabaseIT {
  @Test
  void theServicesWaitForTheirDatabase(@TempDir Path dir) throws Exception {
    int port = Installation.freePort();
    try (EmbeddedDatabase server = EmbeddedDatabase.open(dir.resolve("postgres"), true);
        Installation keyward = new Installation(dir)) {
      keyward.write("seal-key", Base64.getEncoder().encodeToString(new byte[32]));
      Path late = keyward.configure("late.yaml", database(dir, port));
      Path now = keyward.configure("now.yaml", database(dir, server.port()));
      keyward.cliWith(now, "migrate");
      keyward.spawnRoles(late, late);
      for (String log : new String[] {"keyward.log", "signer.log"}) {
        Installation.await(
            log + " to say what is missing",
            Duration.ofSeconds(30),
            () -> keyward.read(log).contains("waiting for the database: cannot reach"));
      }
      try (TcpForward way = TcpForward.start(port, server.port())) {
        assertThat(way.port()).isEqualTo(port);
        keyward.awaitReady();
        keyward.cliWith(now, "zone", "create", "example.com", "--ns", "ns.example.com");
        assertThat(
                keyward.cliWith(
                    now,
                    "assign",
                    "example.com",
                    "--token",
                    Installation.TOKEN,
                    "--label",
                    Installation.KEY))
            .contains("is signed");
      }
    }
  }

  private static String database(Path dir, int port) {
    return """
        database: { url: "jdbc:postgresql://127.0.0.1:%d/postgres", user: postgres, password-file: %s }
        secrets: { key-file: %s }
        """
        .formatted(port, dir.resolve("postgres/postgres-password"), dir.resolve("seal-key"));
  }
}
