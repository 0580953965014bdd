package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.zone.ZoneStorageException;

/** Of the embedded server, what another user of the machine, and a crash, can make of it. */
@Tag("once")
class EmbeddedDatabaseTest {
  @TempDir Path folder;

  private final AtomicBoolean done = new AtomicBoolean();

  @AfterEach
  void end() {
    done.set(true);
  }

  @Test
  void fromItsFirstMomentOnItAsksForThePassword() throws Exception {
    List<String> open = new CopyOnWriteArrayList<>();
    Thread intruder = new Thread(() -> tryWithoutPassword(open), "intruder");
    intruder.start();
    try (EmbeddedDatabase database = EmbeddedDatabase.open(folder, true, false);
        Database connected = database.connect()) {
      assertThat(one(connected, "SHOW password_encryption")).isEqualTo("scram-sha-256");
      assertThat(
              one(connected, "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules"))
          .isEqualTo("scram-sha-256");
      done.set(true);
      intruder.join();
      assertThat(open).isEmpty();
    }
  }

  /** Connects to each server that appears. */
  private void tryWithoutPassword(List<String> open) {
    while (!done.get()) {
      for (String name : List.of("postgres", "postgres.new")) {
        Path data = folder.resolve(name);
        try {
          List<String> lines = Files.readAllLines(data.resolve("postmaster.pid"));
          if (lines.size() > 3) {
            connect(lines.get(3).strip()).close();
            open.add("connection");
          }
        } catch (IOException | SQLException e) {
          // not there, or closed
        }
      }
    }
  }

  private static Connection connect(String port) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/postgres", "postgres", "");
  }

  @Test
  void aFolderThatAKilledStartHasLeftHalfMadeIsMadeAnew() throws Exception {
    Files.createDirectories(folder.resolve("postgres.new/base"));
    Files.writeString(folder.resolve("postgres.new/PG_VERSION"), "17\n");
    try (EmbeddedDatabase database = EmbeddedDatabase.open(folder, true, false);
        Database connected = database.connect()) {
      assertThat(one(connected, "SELECT 1")).isEqualTo("1");
    }
    assertThat(folder.resolve("postgres.new")).doesNotExist();
  }

  /** Numbers of processes are used again: that program is not to be killed, nor asked. */
  @Test
  void aStaleProcessNumberHarmsNobody() throws Exception {
    EmbeddedDatabase.open(folder, true, false).close();
    Process other = new ProcessBuilder("sleep", "600").start();
    try {
      Files.writeString(
          folder.resolve("postgres/postmaster.pid"),
          other.pid() + "\n" + folder.resolve("postgres") + "\n1\n1\n\n127.0.0.1\n");
      assertThat(EmbeddedDatabase.running(folder)).isEmpty();
      try (EmbeddedDatabase database = EmbeddedDatabase.open(folder, true, false);
          Database connected = database.connect()) {
        assertThat(one(connected, "SELECT 1")).isEqualTo("1");
      }
      Files.writeString(
          folder.resolve("postgres/postmaster.pid"),
          other.pid() + "\n" + folder.resolve("postgres") + "\n1\n1\n\n127.0.0.1\n");
      EmbeddedDatabase.open(folder, true, false).close();
      assertThat(other.isAlive()).isTrue();
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void aServerThatDiesIsStartedAgainOnTheSamePort() throws Exception {
    try (EmbeddedDatabase database = EmbeddedDatabase.open(folder, true, true);
        Database connected = database.connect()) {
      connected.useTransaction(h -> h.execute("CREATE TABLE kept (x INT)"));
      for (int round = 0; round < 2; round++) {
        ProcessHandle server = server().orElseThrow();
        server.destroyForcibly();
        server.onExit().join();
        while (server().isEmpty()) {
          Thread.sleep(50);
        }
        assertThat(eventually(connected, "SELECT count(*) FROM kept")).isEqualTo("0");
      }
    }
    assertThat(EmbeddedDatabase.running(folder)).isEmpty();
  }

  private Optional<ProcessHandle> server() {
    try {
      return Files.readAllLines(folder.resolve("postgres/postmaster.pid")).stream()
          .findFirst()
          .flatMap(line -> ProcessHandle.of(Long.parseLong(line)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String eventually(Database database, String query) throws InterruptedException {
    for (int attempt = 0; true; attempt++) {
      try {
        return one(database, query);
      } catch (ZoneStorageException e) {
        if (attempt == 30) {
          throw e;
        }
        Thread.sleep(500);
      }
    }
  }

  @Test
  void theLogStaysShortAndGoesOn() throws Exception {
    try (EmbeddedDatabase database = EmbeddedDatabase.open(folder, true, false);
        Database connected = database.connect()) {
      log(connected, "first");
      ServerLog.trim(folder, 10_000);
      assertThat(folder.resolve("postgres.log.1")).content().contains("first");
      log(connected, "second");
      assertThat(folder.resolve("postgres.log"))
          .content()
          .contains("second")
          .doesNotContain("first");
      assertThat(Files.readAllBytes(folder.resolve("postgres.log"))[0]).isNotZero();
      ServerLog.trim(folder, 10_000);
      assertThat(folder.resolve("postgres.log.1")).content().contains("second");
    }
  }

  private static void log(Database database, String word) {
    database.useTransaction(
        h ->
            h.execute(
                "DO $$ BEGIN FOR i IN 1..500 LOOP RAISE LOG '"
                    + word
                    + " message'; END LOOP; END $$"));
  }

  @Test
  void nobodyElseCanPutProgramsInItsPlace() throws Exception {
    EmbeddedDatabase.open(folder, true, false).close();
    Set<PosixFilePermission> others = PosixFilePermissions.fromString("---rwxrwx");
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.filter(file -> !file.equals(folder) && !Files.isSymbolicLink(file)))
          .filteredOn(file -> !file.getFileName().toString().startsWith("postgres.log"))
          .allSatisfy(
              file ->
                  assertThat(Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS))
                      .as(file.toString())
                      .doesNotContainAnyElementsOf(
                          file.startsWith(folder.resolve("server"))
                              ? Set.of(
                                  PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE)
                              : others));
    }
    for (Path open : List.of(folder, folder.resolve("server"))) {
      Set<PosixFilePermission> before = Files.getPosixFilePermissions(open);
      Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
      assertThatThrownBy(() -> EmbeddedDatabase.open(folder, true, false))
          .hasMessageContaining("others may write to " + open.toRealPath());
      Files.setPosixFilePermissions(open, before);
    }
  }

  private static String one(Database database, String query) {
    return Optional.ofNullable(
            database.inTransaction(h -> h.createQuery(query).mapTo(String.class).one()))
        .orElse("");
  }
}
