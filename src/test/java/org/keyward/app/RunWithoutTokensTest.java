package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.store.Database;
import org.keyward.store.RequestDesk;
import org.keyward.store.TestDatabase;

/** What {@code keyward run} sees to itself where there is no token, and so no signer. */
@Tag("once")
@Timeout(180)
class RunWithoutTokensTest {
  @TempDir Path dir;

  @Test
  void twoPeopleAreNeededWhereTheConfigurationSaysSo() throws Exception {
    try (Database database = TestDatabase.create()) {
      RequestDesk requests = new RequestDesk(database);
      Process run = start(database);
      try {
        while (!requests.needsTwoPeople() && run.isAlive() && !printed().contains("is ready")) {
          Thread.sleep(100);
        }
        assertThat(requests.needsTwoPeople()).as(printed()).isTrue();
      } finally {
        run.destroy();
        if (!run.waitFor(30, TimeUnit.SECONDS)) {
          run.destroyForcibly().waitFor();
        }
      }
    }
  }

  private Process start(Database database) throws Exception {
    String name =
        TestDatabase.jdbi(database)
            .withHandle(h -> h.createQuery("SELECT current_database()").mapTo(String.class).one());
    Map<String, String> psql = TestDatabase.server().psqlEnvironment();
    Files.writeString(dir.resolve("password"), psql.get("PGPASSWORD"));
    Path file =
        Files.writeString(
            dir.resolve("keyward.yaml"),
            """
            data-dir: %1$s/data
            database: { url: "jdbc:postgresql://127.0.0.1:%2$s/%3$s", user: %4$s, password-file: %1$s/password }
            backend: { unix: %1$s/pdns.sock }
            admin: { http: "127.0.0.1:0", two-person: true }
            secrets: { key-file: %1$s/seal }
            """
                .formatted(dir, psql.get("PGPORT"), name, psql.get("PGUSER")));
    org.keyward.config.SealKey.readOrCreate(dir.resolve("seal"));
    List<String> command =
        List.of(
            ProcessHandle.current().info().command().orElseThrow(),
            "-cp",
            System.getProperty("java.class.path"),
            "org.keyward.Main",
            "run",
            "--config",
            file.toString());
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(dir.resolve("printed").toFile())
        .start();
  }

  private String printed() throws Exception {
    return Files.readString(dir.resolve("printed"));
  }
}
