package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.ZoneFollower;
import org.keyward.zone.ZoneMemory;
import org.keyward.zone.ZoneStorageException;
import org.xbill.DNS.Name;

@Tag("once")
@Timeout(120)
class ServerRequirementsTest {
  @TempDir private Path folder;

  @Test
  void anOlderPostgresIsNamedInOneLine() {
    assertThat(ServerRequirements.fault(12, "12.22 (Debian 12.22-1)"))
        .contains(
            "the database is PostgreSQL 12.22 (Debian 12.22-1); Keyward needs PostgreSQL 13 or newer,"
                + " nothing was changed");
    assertThat(ServerRequirements.fault(13, "13.0")).isEmpty();
    assertThat(ServerRequirements.fault(18, "18.1")).isEmpty();
  }

  /** A real PgBouncer. */
  private final class Pool implements AutoCloseable {
    private final int port;
    private final Process process;

    Pool(String mode) throws IOException, InterruptedException {
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = free.getLocalPort();
      }
      Map<String, String> login = TestDatabase.server().psqlEnvironment();
      Path file = folder.resolve("pgbouncer.ini");
      Files.writeString(
          file,
          """
          [databases]
          * = host=127.0.0.1 port=%s user=postgres password=%s
          [pgbouncer]
          listen_addr = 127.0.0.1
          listen_port = %d
          unix_socket_dir =
          auth_type = any
          pool_mode = %s
          ignore_startup_parameters = extra_float_digits
          """
              .formatted(login.get("PGPORT"), login.get("PGPASSWORD"), port, mode));
      boolean root = System.getProperty("user.name").equals("root");
      String program = "/usr/sbin/pgbouncer";
      process =
          new ProcessBuilder(
                  root
                      ? List.of("unshare", "--user", program, file.toString())
                      : List.of(program, file.toString()))
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("pgbouncer.log").toFile())
              .start();
      await("PgBouncer", this::answers);
    }

    private boolean answers() {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return socket.isConnected();
      } catch (IOException e) {
        return false;
      }
    }

    Database connect(String name) {
      return Database.connect(url(name), "postgres", Optional.empty());
    }

    /** As services start, which may have to wait for the database. */
    Database later(String name) {
      return Database.later(url(name), "postgres", Optional.empty());
    }

    private String url(String name) {
      return "jdbc:postgresql://127.0.0.1:" + port + "/" + name;
    }

    @Override
    public void close() {
      process.destroy();
      process.onExit().join();
    }
  }

  private static void await(String what, BooleanSupplier seen) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!seen.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting for " + what).isLessThan(end);
      Thread.sleep(20);
    }
  }

  private static String name(Database database) {
    return database
        .jdbi()
        .withHandle(h -> h.createQuery("SELECT current_database()").mapTo(String.class).one());
  }

  @ParameterizedTest
  @ValueSource(strings = {"transaction", "statement"})
  void aPoolOfTransactionsIsRefusedWithTheReason(String mode) throws Exception {
    try (Database direct = TestDatabase.create();
        Pool pool = new Pool(mode);
        Database later = pool.later(name(direct))) {
      assertThatThrownBy(() -> pool.connect(name(direct)))
          .isInstanceOf(ZoneStorageException.class)
          .hasMessageContaining("set pool_mode = session");
      assertThatThrownBy(() -> later.awaitThere(why -> {}))
          .isInstanceOf(ZoneStorageException.class)
          .hasMessageContaining("set pool_mode = session");
    }
  }

  @Test
  void aPoolOfSessionsIsAsGoodAsPostgresItself() throws Exception {
    try (Database direct = TestDatabase.createEmpty();
        Pool pool = new Pool("session");
        Database pooled = pool.connect(name(direct))) {
      assertThat(Migrations.migrate(pooled)).isPositive();
      PostgresZones source = new PostgresZones(pooled, SigningReader.NONE, Optional.empty());
      LoadedZones zones = new LoadedZones(source, source, Clock.systemUTC(), ZoneMemory.ofHeap());
      try (ZoneFollower follower =
          new ZoneFollower(
              new PostgresChangeFeed(pooled), zones, Clock.systemUTC(), new ServedChanges())) {
        follower.start();
        pooled.useTransaction(
            h -> h.execute("SELECT keyward.create_zone('example.com', ARRAY['ns.example.net.'])"));
        Name zone = Name.fromConstantString("example.com.");
        await("the zone", () -> zones.byOrigin(zone).flatMap(z -> z.lookup(zone)).isPresent());
      }
    }
  }
}
