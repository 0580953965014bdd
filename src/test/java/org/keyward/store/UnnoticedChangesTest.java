package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.signing.Findings;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.StoredComparison;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneFollower;
import org.keyward.zone.ZoneMemory;
import org.xbill.DNS.Name;

/** Changes past ordinary triggers: TRUNCATE, the role of a replica, logical replication. */
@Tag("once")
@Timeout(120)
class UnnoticedChangesTest {
  private final Database database = TestDatabase.create();
  private LoadedZones zones;
  private ZoneFollower follower;

  @BeforeEach
  void createZone() {
    sql(
        database,
        "SELECT keyward.create_zone('example.com', ARRAY['ns.example.net.'])",
        "SELECT keyward.create_zone('example.org', ARRAY['ns.example.net.'])",
        "INSERT INTO records (domain_id, name, type, content, ttl)"
            + " SELECT id, 'a.' || name, 'A', '192.0.2.1', 60 FROM domains",
        "INSERT INTO domainmetadata (domain_id, kind, content)"
            + " SELECT id, 'TSIG-ALLOW-AXFR', 'k' FROM domains",
        "INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('k', 'hmac-sha256', 'c2Vj')");
  }

  @AfterEach
  void stop() {
    if (follower != null) {
      follower.close();
    }
    database.close();
  }

  private void serve(Database from) {
    PostgresZones source = new PostgresZones(from, SigningReader.NONE, Optional.empty());
    zones = new LoadedZones(source, source, Clock.systemUTC(), ZoneMemory.ofHeap());
    follower =
        new ZoneFollower(
            new PostgresChangeFeed(from), zones, Clock.systemUTC(), new ServedChanges());
    follower.start();
  }

  private static void sql(Database database, String... statements) {
    try (Connection connection = database.dedicatedConnection();
        Statement statement = connection.createStatement()) {
      for (String one : statements) {
        statement.execute(one);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean isServed(String owner) {
    Name asked = Name.fromConstantString(owner);
    return zones.enclosing(asked).flatMap(zone -> zone.lookup(asked)).isPresent();
  }

  private Map<String, ?> metadata() {
    return zones
        .byOrigin(Name.fromConstantString("example.com."))
        .<Map<String, ?>>map(zone -> zone.metadata())
        .orElse(Map.of());
  }

  private static void await(String what, BooleanSupplier seen) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!seen.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting for " + what).isLessThan(end);
      Thread.sleep(20);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"origin", "replica"})
  void anEmptiedTableIsServedEmpty(String role) throws Exception {
    serve(database);
    assertThat(isServed("a.example.com.")).isTrue();
    String as = "SET session_replication_role = " + role;
    assertThat(metadata()).isNotEmpty();
    sql(database, as, "TRUNCATE domainmetadata");
    await("no metadata", () -> metadata().isEmpty());
    sql(database, as, "TRUNCATE tsigkeys");
    await("no TSIG keys", () -> zones.tsigKeys().isEmpty());
    sql(database, as, "TRUNCATE records");
    await("no records", () -> !isServed("a.example.com."));
    sql(database, as, "TRUNCATE domains CASCADE");
    await("no zones", () -> zones.headers().isEmpty());
  }

  @Test
  void whatASessionInTheRoleOfAReplicaWritesIsServed() throws Exception {
    serve(database);
    String as = "SET session_replication_role = replica";
    sql(
        database,
        as,
        "INSERT INTO records (domain_id, name, type, content, ttl)"
            + " SELECT id, 'b.' || name, 'A', '192.0.2.1', 60 FROM domains");
    await("what was inserted", () -> isServed("b.example.com.") && isServed("b.example.org."));
    sql(database, as, "UPDATE records SET name = 'c.example.com' WHERE name = 'b.example.com'");
    await("what was renamed", () -> isServed("c.example.com.") && !isServed("b.example.com."));
    sql(database, as, "DELETE FROM records WHERE name LIKE 'a.%'");
    await("what was deleted", () -> !isServed("a.example.com.") && !isServed("a.example.org."));
    sql(
        database,
        as,
        "INSERT INTO domains (name, type) VALUES ('new.example', 'NATIVE')",
        "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, name, 'SOA',"
            + " 'ns.x hm.x 1 2 3 4 5', 60 FROM domains WHERE name = 'new.example'",
        "DELETE FROM tsigkeys");
    await("the zone", () -> isServed("new.example."));
    await("no TSIG keys", () -> zones.tsigKeys().isEmpty());
    sql(
        database,
        as,
        "INSERT INTO records (domain_id, name, type, content, ttl) SELECT d.id, 'n' || n || '.' ||"
            + " d.name, 'A', '192.0.2.1', 60 FROM generate_series(1, 3000) n, domains d");
    await("very much", () -> isServed("n1.example.com.") && isServed("n3000.new.example."));
    assertThat(count("SELECT count(*) FROM keyward.change WHERE kind = 'name'")).isLessThan(4_000);
  }

  /** Rows that come, go and change while triggers are off, and the same in what is around them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO records (domain_id, name, type, content, ttl)"
            + " SELECT id, 'b.' || name, 'A', '192.0.2.1', 60 FROM domains",
        "UPDATE records SET content = '192.0.2.7' WHERE name = 'a.example.com'",
        "UPDATE records SET ttl = 7 WHERE name = 'a.example.com'",
        "UPDATE records SET disabled = true WHERE name = 'a.example.com'",
        "DELETE FROM records WHERE name = 'a.example.com'",
        "DELETE FROM domainmetadata",
        "UPDATE domains SET type = 'SLAVE', master = '192.0.2.9' WHERE name = 'example.com'",
        "INSERT INTO domains (name, type) VALUES ('new.example', 'NATIVE')",
        "DELETE FROM domains WHERE name = 'example.com'"
      })
  void whatIsWrittenWhileTriggersAreOffIsFoundByComparing(String write) throws Exception {
    serve(database);
    PostgresVersions versions =
        new PostgresVersions(
            database, new PostgresZones(database, SigningReader.NONE, Optional.empty()), "ns1");
    StoredComparison comparison =
        new StoredComparison(versions, zones, follower, Duration.ofSeconds(1));
    sql(
        database,
        "INSERT INTO records (domain_id, name, type, content, ttl)"
            + " SELECT id, 'noticed.' || name, 'A', '192.0.2.1', 60 FROM domains");
    comparison.lookAtAll();
    assertThat(texts("SELECT what FROM keyward.unnoticed_change")).isEmpty();

    sql(
        database,
        "ALTER TABLE records DISABLE TRIGGER ALL",
        "ALTER TABLE domains DISABLE TRIGGER ALL",
        "ALTER TABLE domainmetadata DISABLE TRIGGER ALL",
        write);
    comparison.lookAtAll();

    assertThat(texts("SELECT host || cause FROM keyward.unnoticed_change"))
        .isNotEmpty()
        .allMatch(text -> text.startsWith("ns1triggers are switched off: domainmetadata."));
    assertThat(comparison.unnoticed()).isPositive();
    String zone = write.contains("new.example") ? "new.example" : "example.com";
    assertThat(texts("SELECT zone FROM keyward.unnoticed_change")).contains(zone);
    new Findings(new PostgresFindings(database), Duration.ofDays(14), Clock.systemUTC()).look();
    assertThat(texts("SELECT subject FROM keyward.findings WHERE kind = 'change-unnoticed'"))
        .contains(zone);
    await("what is stored", () -> isServedAsStored(versions));

    long told = comparison.unnoticed();
    comparison.lookAtAll();
    assertThat(comparison.unnoticed()).isEqualTo(told);
  }

  private boolean isServedAsStored(PostgresVersions versions) {
    StoredComparison anew = new StoredComparison(versions, zones, follower, Duration.ofSeconds(1));
    anew.lookAtAll();
    return anew.unnoticed() == 0;
  }

  /** What is stored as it was is not read again, nor is what others write all the time. */
  @Test
  void comparingReadsNoZoneThatIsStoredAsItWas() {
    serve(database);
    List<Set<Integer>> read = new ArrayList<>();
    PostgresVersions versions =
        new PostgresVersions(
            database, new PostgresZones(database, SigningReader.NONE, Optional.empty()), "ns1") {
          @Override
          public void read(Set<Integer> zoneIds, Consumer<ZoneData> to) {
            read.add(Set.copyOf(zoneIds));
            super.read(zoneIds, to);
          }
        };
    StoredComparison comparison =
        new StoredComparison(versions, zones, follower, Duration.ofSeconds(1));
    comparison.lookAtAll();
    comparison.lookAtAll();
    assertThat(read).containsExactly(Set.of(1, 2));

    sql(database, "UPDATE records SET content = '192.0.2.7' WHERE name = 'a.example.com'");
    comparison.lookAtAll();
    comparison.lookAtAll();
    assertThat(read.subList(1, read.size())).isNotEmpty().allMatch(Set.of(1)::equals);
    assertThat(comparison.unnoticed()).isZero();
  }

  private List<String> texts(String query) {
    return database.jdbi().withHandle(h -> h.createQuery(query).mapTo(String.class).list());
  }

  private long count(String query) {
    return database.jdbi().withHandle(h -> h.createQuery(query).mapTo(Long.class).one());
  }

  /** Between two databases of one server, as between two servers. */
  @Test
  void whatComesByLogicalReplicationIsServed(@TempDir Path folder) throws Exception {
    MovedDatabaseTest.shareProgramsWith(folder);
    try (EmbeddedDatabase server = EmbeddedDatabase.open(folder, true, false)) {
      try (Database admin = server.connect()) {
        sql(admin, "ALTER SYSTEM SET wal_level = logical", "CREATE DATABASE subscriber");
      }
    }
    try (EmbeddedDatabase server = EmbeddedDatabase.open(folder, true, false);
        Database publisher = server.connect();
        Database subscriber = server.connect("subscriber")) {
      Migrations.migrate(publisher);
      Migrations.migrate(subscriber);
      sql(
          publisher,
          "SELECT keyward.create_zone('example.com', ARRAY['ns.example.net.'])",
          "CREATE PUBLICATION zones FOR TABLE domains, records, domainmetadata, tsigkeys",
          "SELECT pg_create_logical_replication_slot('zones', 'pgoutput')");
      serve(subscriber);
      String password = Files.readString(folder.resolve("postgres-password")).strip();
      sql(
          subscriber,
          "CREATE SUBSCRIPTION zones CONNECTION 'host=127.0.0.1 port="
              + server.port()
              + " user=postgres password="
              + password
              + " dbname=postgres' PUBLICATION zones WITH (create_slot = false)");
      await("the first copy", () -> isServed("example.com."));
      sql(
          publisher,
          "INSERT INTO records (domain_id, name, type, content, ttl)"
              + " SELECT id, 'a.' || name, 'A', '192.0.2.1', 60 FROM domains");
      await("what was inserted", () -> isServed("a.example.com."));
      sql(publisher, "DELETE FROM records WHERE type = 'A'");
      await("what was deleted", () -> !isServed("a.example.com."));
      sql(
          publisher,
          "INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('k', 'hmac-sha256', 'c2Vj')");
      await("the TSIG key", () -> !zones.tsigKeys().isEmpty());
      sql(publisher, "TRUNCATE records");
      await("no records", () -> !isServed("example.com."));
      sql(
          subscriber,
          "ALTER SUBSCRIPTION zones DISABLE",
          "ALTER SUBSCRIPTION zones SET (slot_name = NONE)",
          "DROP SUBSCRIPTION zones");
    }
  }

  @Test
  void migrateLeavesTriggersOffAfterLeavingAndSetTriggersBringsThemBackAsTheyWere() {
    String modes =
        "SELECT string_agg(tgrelid::REGCLASS || tgname || tgenabled::TEXT, ' ' ORDER BY tgrelid, tgname)"
            + " FROM pg_trigger WHERE tgname LIKE 'keyward\\_%'";
    String before = text(modes);
    assertThat(before).contains("recordskeyward_replicatedR").contains("keyward_changedA");
    sql(database, "SELECT keyward.set_triggers(false)");
    String off = text(modes);
    assertThat(off).isNotEqualTo(before);
    assertThat(Migrations.migrate(database, "other")).isPositive();
    assertThat(text(modes)).isEqualTo(off);
    sql(database, "SELECT keyward.set_triggers(true)");
    assertThat(text(modes)).isEqualTo(before);
    Migrations.migrate(database, "another");
    assertThat(text(modes)).isEqualTo(before);
  }

  private String text(String query) {
    return database.jdbi().withHandle(h -> h.createQuery(query).mapTo(String.class).one());
  }
}
