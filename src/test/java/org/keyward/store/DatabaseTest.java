package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.config.Secret;
import org.keyward.zone.ZoneStorageException;

class DatabaseTest {
  @Test
  void embeddedDataSurviveARestart(@TempDir Path folder) {
    try (EmbeddedDatabase embedded = EmbeddedDatabase.open(folder, true);
        Database database = embedded.connect()) {
      assertThat(Migrations.migrate(database)).isPositive();
      database
          .jdbi()
          .useHandle(h -> h.execute("INSERT INTO domains (name, type) VALUES ('a', 'NATIVE')"));
    }
    try (EmbeddedDatabase embedded = EmbeddedDatabase.open(folder, true);
        EmbeddedDatabase second = EmbeddedDatabase.open(folder, false);
        Database database = second.connect()) {
      assertThat(second.port()).isEqualTo(embedded.port());
      assertThat(Migrations.migrate(database)).isZero();
      int zones =
          database
              .jdbi()
              .withHandle(
                  h -> h.createQuery("SELECT count(*) FROM domains").mapTo(int.class).one());
      assertThat(zones).isEqualTo(1);
      for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
        String value =
            database.inTransaction(h -> h.select("SHOW " + setting).mapTo(String.class).one());
        assertThat(value).as(setting).isEqualTo("on");
      }
    }
  }

  @Test
  void aServerThatIsNotThereYetIsWaitedFor() throws Exception {
    List<String> told = new CopyOnWriteArrayList<>();
    int port = freePort();
    Secret password = Secret.of(TestDatabase.server().psqlEnvironment().get("PGPASSWORD"));
    CompletableFuture<Database> connected =
        CompletableFuture.supplyAsync(() -> connectWhenThere(port, password, told));
    while (told.isEmpty()) {
      Thread.sleep(20);
    }
    assertThat(connected).isNotDone();
    assertThat(told.get(0)).contains("cannot reach the database", "that PostgreSQL runs");
    try (TcpForward forward = TcpForward.start(port, TestDatabase.server().port());
        Database database = connected.get(20, TimeUnit.SECONDS)) {
      assertThat(forward.port()).isEqualTo(port);
      int one = database.inTransaction(h -> h.select("SELECT 1").mapTo(int.class).one());
      assertThat(one).isEqualTo(1);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket place = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return place.getLocalPort();
    }
  }

  private static Database connectWhenThere(int port, Secret password, List<String> told) {
    try {
      Database database =
          Database.later(
              "jdbc:postgresql://127.0.0.1:" + port + "/postgres",
              "postgres",
              Optional.of(password));
      database.awaitThere(told::add);
      return database;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @CsvSource({"postgres,guess", "nobody,x"})
  void whatWaitingDoesNotMendIsToldAtOnce(String user, String password) {
    String url = "jdbc:postgresql://127.0.0.1:" + TestDatabase.server().port() + "/postgres";
    try (Database database = Database.later(url, user, Optional.of(Secret.of(password)))) {
      assertThatThrownBy(() -> database.awaitThere(why -> fail("waits: " + why)))
          .isInstanceOf(ZoneStorageException.class)
          .hasMessageContaining("check database.url, database.user and the password");
    }
  }

  @Test
  void embeddedDatabaseAsksForThePassword() {
    String url = "jdbc:postgresql://127.0.0.1:" + TestDatabase.server().port() + "/postgres";
    assertThatThrownBy(() -> Database.connect(url, "postgres", Optional.of(Secret.of("guess"))))
        .isInstanceOf(ZoneStorageException.class)
        .hasMessageContaining("cannot reach the database")
        .hasMessageNotContaining("guess");
  }
}
