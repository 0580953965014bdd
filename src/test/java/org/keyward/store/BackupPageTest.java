package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.config.Secret;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.ZoneFollower;
import org.keyward.zone.ZoneMemory;
import org.xbill.DNS.Name;

/** Runs the commands of docs/backup.md on servers of its own, beside a server that serves. */
@Tag("once")
@Tag("long")
@Timeout(600)
class BackupPageTest {
  private static final Path PROGRAMS = Path.of("/usr/lib/postgresql/15/bin");
  private static final int DUMP = 0;
  private static final int RESTORE = 1;
  private static final int ARCHIVE = 2;
  private static final int RECOVER = 3;
  private static final int SERIALS = 4;
  private static final int REPLICA = 5;
  private static final int PROMOTE = 6;
  private static final int UPGRADE = 7;

  @TempDir private Path folder;
  private final List<String> page;
  private int port;
  private int second;
  private String time = "";
  private ZoneFollower follower;
  private LoadedZones zones;
  private Database served;

  BackupPageTest() throws IOException {
    page =
        Pattern.compile("(?ms)^```sh\n(.*?)^```$")
            .matcher(Files.readString(Path.of("docs/backup.md")))
            .results()
            .map((MatchResult block) -> block.group(1))
            .toList();
    assertThat(page).hasSize(UPGRADE + 1);
  }

  @BeforeEach
  void startAndServe() throws Exception {
    port = freePort();
    second = freePort();
    Files.createDirectories(folder.resolve("wal"));
    cluster("data");
    run("createdb pdns");
    try (Database database = connect(port)) {
      Migrations.migrate(database);
      sql(database, "SELECT keyward.create_zone('example.com', ARRAY['ns.example.net.'])");
    }
    served =
        Database.connect(
            "jdbc:postgresql://127.0.0.1:%d,127.0.0.1:%d/pdns?targetServerType=primary"
                .formatted(port, second),
            "postgres",
            Optional.empty());
    PostgresZones source = new PostgresZones(served, SigningReader.NONE, Optional.empty());
    zones = new LoadedZones(source, source, Clock.systemUTC(), ZoneMemory.ofHeap());
    follower =
        new ZoneFollower(
            new PostgresChangeFeed(served, "one"), zones, Clock.systemUTC(), new ServedChanges());
    follower.start();
    change("first");
  }

  @AfterEach
  void stop() throws Exception {
    follower.close();
    served.close();
    run("for data in data replica; do pg_ctl stop --mode=immediate --pgdata=$data || true; done");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void cluster(String data) throws Exception {
    run(
        "initdb --username=postgres --auth=trust --encoding=UTF8 --pgdata="
            + data
            + " && printf \"listen_addresses = '127.0.0.1'\\nunix_socket_directories = ''\\n\" >> "
            + data
            + "/postgresql.conf && pg_ctl start --log=postgres.log --pgdata="
            + data);
  }

  /** As a user that PostgreSQL takes: it refuses root. */
  private void run(String commands) throws Exception {
    Path script = folder.resolve("script");
    Files.writeString(
        script,
        "set -euo pipefail\nexport PATH=%s:$PATH PGHOST=127.0.0.1 PGPORT=%d PGUSER=postgres PGDATA=%s/data\n"
                .formatted(PROGRAMS, port, folder)
            + "OLD=%1$s NEW=%1$s\n".formatted(PROGRAMS)
            + "WAL=%s/wal REPLICA=%s/replica TIME='%s'\nkeyward() { touch migrated; }\n"
                .formatted(folder, folder, time)
            + commands);
    boolean root = System.getProperty("user.name").equals("root");
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(
                root
                    ? List.of("unshare", "--user", "bash", script.toString())
                    : List.of("bash", script.toString()))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor()).as(commands + "\n" + Files.readString(output)).isZero();
  }

  private static Database connect(int port) {
    return Database.connect(
        "jdbc:postgresql://127.0.0.1:" + port + "/pdns", "postgres", Optional.<Secret>empty());
  }

  private static void sql(Database database, String... statements) throws Exception {
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

  private boolean isServed(String owner) {
    Name asked = Name.fromConstantString(owner + ".example.com.");
    return zones.enclosing(asked).flatMap(zone -> zone.lookup(asked)).isPresent();
  }

  private void change(String owner) throws Exception {
    change(owner, port);
  }

  private void change(String owner, int at) throws Exception {
    try (Database database = connect(at)) {
      sql(
          database,
          "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, '"
              + owner
              + ".example.com', 'A', '192.0.2.2', 60 FROM domains");
    }
    await(owner, () -> isServed(owner));
  }

  private static void await(String what, BooleanSupplier seen) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!seen.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting for " + what).isLessThan(end);
      Thread.sleep(50);
    }
  }

  @Test
  void aDumpIsRestoredIntoAFreshServer() throws Exception {
    run(page.get(DUMP));
    change("lost");
    run("pg_ctl stop --mode=fast && mv data former");
    cluster("data");
    run(page.get(RESTORE));
    assertThat(folder.resolve("migrated")).exists();
    try (Database restored = connect(port)) {
      assertThat(Migrations.migrate(restored)).isEqualTo(1);
      assertThat(
              text(
                  restored,
                  "SELECT has_table_privilege('keyward_serve', 'records', 'SELECT')::TEXT"))
          .isEqualTo("true");
      await("the restored state", () -> !isServed("lost"));
      assertThat(isServed("first")).isTrue();
      change("later");
      assertThat(text(restored, "SELECT what FROM keyward.database_move"))
          .contains("another PostgreSQL server");
    }
  }

  @Test
  void aMomentIsRecovered() throws Exception {
    run(page.get(ARCHIVE));
    change("kept");
    try (Database database = connect(port)) {
      time = text(database, "SELECT clock_timestamp()::TEXT");
    }
    change("lost");
    run(page.get(RECOVER));
    await("the moment", () -> !isServed("lost"));
    assertThat(isServed("kept")).isTrue();
    try (Database database = connect(port)) {
      await("its end", () -> text(database, "SELECT pg_is_in_recovery()::TEXT").equals("false"));
      long before =
          Long.parseLong(text(database, "SELECT keyward.serial_of(id)::TEXT FROM domains"));
      run(page.get(SERIALS));
      assertThat(text(database, "SELECT keyward.serial_of(id)::TEXT FROM domains"))
          .isEqualTo(String.valueOf(before + 10_000));
    }
    change("later");
  }

  @Test
  void aReplicaThatIsBehindIsPromoted() throws Exception {
    run(page.get(REPLICA));
    run("printf 'port = " + second + "\\n' >> replica/postgresql.auto.conf");
    run("pg_ctl start --log=replica.log --pgdata=replica && pg_ctl stop --pgdata=replica");
    change("lost");
    run("pg_ctl stop --mode=immediate");
    run("pg_ctl start --log=replica.log --pgdata=replica");
    run(page.get(PROMOTE));
    await("the replica's state", () -> !isServed("lost"));
    assertThat(isServed("first")).isTrue();
    change("later", second);
  }

  /** Rows, roles, triggers and their modes are as before, and servers follow the new cluster. */
  @Test
  void aClusterIsUpgradedInPlace() throws Exception {
    change("kept");
    String before;
    try (Database database = connect(port)) {
      sql(database, "CREATE ROLE panel LOGIN", "GRANT keyward_dba TO panel");
      before = text(database, EVERYTHING);
    }
    run(page.get(UPGRADE));
    try (Database upgraded = connect(port)) {
      await(
          "the other cluster",
          () -> text(upgraded, "SELECT count(*)::TEXT FROM keyward.database_move").equals("1"));
      assertThat(text(upgraded, "SELECT what FROM keyward.database_move"))
          .contains("another PostgreSQL server");
      assertThat(text(upgraded, EVERYTHING)).isEqualTo(before);
      assertThat(text(upgraded, "SELECT pg_has_role('panel', 'keyward_dba', 'MEMBER')::TEXT"))
          .isEqualTo("true");
      assertThat(isServed("kept")).isTrue();
      change("later");
      assertThat(text(upgraded, "SELECT count(*)::TEXT FROM keyward.database_move")).isEqualTo("1");
      assertThat(Migrations.migrate(upgraded, "other")).isPositive();
      change("last");
    }
  }

  private static final String EVERYTHING =
      """
      SELECT (SELECT string_agg(r::TEXT, ' ' ORDER BY id) FROM records r)
        || (SELECT string_agg(d::TEXT, ' ' ORDER BY id) FROM domains d)
        || (SELECT coalesce(string_agg(a::TEXT, ' ' ORDER BY id), '') FROM keyward.audit a)
        || (SELECT string_agg(t.tgrelid::REGCLASS || tgname || tgenabled::TEXT, ' ' ORDER BY
            t.tgrelid::REGCLASS::TEXT, tgname)
          FROM pg_trigger t WHERE NOT tgisinternal)
      """;
}
