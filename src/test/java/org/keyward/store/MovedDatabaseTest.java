package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.dnssec.FormattedTime;
import org.keyward.signing.Findings;
import org.keyward.signing.ParentDs;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SoftwareTokens;
import org.keyward.zone.AnswerRow;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.ZoneFault;
import org.keyward.zone.ZoneFollower;
import org.keyward.zone.ZoneMemory;
import org.xbill.DNS.Name;

/** A server whose database goes back in time, or is another one all at once. */
@Tag("once")
@Timeout(120)
class MovedDatabaseTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");

  private final Seal seal = new Seal(Secret.of(new byte[32]));
  private final SoftwareTokens tokens = new SoftwareTokens(1000, "ksk", "other");
  private final String name;
  private Database database = TestDatabase.create();
  private PostgresChangeFeed feed;
  private LoadedZones zones;
  private ZoneFollower follower;

  MovedDatabaseTest() {
    name = text(database, "SELECT current_database()");
  }

  @BeforeEach
  void createZone() {
    sql(
        "SELECT keyward.create_zone('example.com', ARRAY['ns.example.com.'])",
        "INSERT INTO records (domain_id, name, type, content, ttl, prio)"
            + " SELECT id, 'ns.example.com', 'A', '192.0.2.1', 60, 0 FROM domains");
  }

  @AfterEach
  void stop() {
    if (follower != null) {
      follower.close();
    }
    database.close();
  }

  private void serve(Database from) {
    PostgresZones source =
        new PostgresZones(
            from, new SignedZoneReader(seal, Clock.systemUTC()), Optional.of(seal), TokenPins.NONE);
    zones = new LoadedZones(source, source, Clock.systemUTC(), ZoneMemory.ofHeap());
    feed = new PostgresChangeFeed(from, "one");
    follower = new ZoneFollower(feed, zones, Clock.systemUTC(), new ServedChanges());
    follower.start();
  }

  private void sql(String... statements) {
    sql(database, statements);
  }

  /** Not from the pool, whose connections break here. */
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

  private static String text(Database database, String query) {
    return database.jdbi().withHandle(h -> h.createQuery(query).mapTo(String.class).one());
  }

  private static void insert(Database database, String owner) {
    sql(
        database,
        "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, '"
            + owner
            + ".example.com', 'A', '192.0.2.2', 60 FROM domains WHERE name = 'example.com'");
  }

  private boolean isServed(String owner) {
    Name asked = Name.fromConstantString(owner + ".example.com.");
    return zones.enclosing(asked).flatMap(zone -> zone.lookup(asked)).isPresent();
  }

  private Optional<String> dnskeySignature() {
    return zones
        .byOrigin(ZONE)
        .flatMap(zone -> zone.lookup(ZONE))
        .flatMap(
            answer ->
                answer.rows().stream()
                    .filter(row -> row.type().equals("RRSIG"))
                    .map(AnswerRow::content)
                    .filter(content -> content.startsWith("DNSKEY "))
                    .findFirst());
  }

  private static void await(String what, BooleanSupplier seen) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!seen.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting for " + what).isLessThan(end);
      Thread.sleep(20);
    }
  }

  private static List<String> findings(Database database) {
    new Findings(new PostgresFindings(database), Duration.ofDays(1), Clock.systemUTC()).look();
    return new PostgresOverview(database)
        .findings().stream().map(row -> row.get("kind") + " " + row.get("message")).toList();
  }

  /** A backup, as PostgreSQL makes one within a server. */
  private void copy(String to) {
    database.close();
    try (Database admin = TestDatabase.server().connect()) {
      sql(admin, "CREATE DATABASE " + to + " TEMPLATE " + name);
    }
    database = TestDatabase.server().connect(name);
  }

  private static String kill(String of) {
    return "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '"
        + of
        + "'";
  }

  /** Puts another database in the place of this one, without any server's connections breaking. */
  private void replaceBy(String other) {
    try (Database admin = TestDatabase.server().connect()) {
      sql(
          admin,
          "ALTER DATABASE " + name + " ALLOW_CONNECTIONS false",
          kill(name),
          "ALTER DATABASE " + name + " RENAME TO " + name + "_lost",
          "ALTER DATABASE " + other + " RENAME TO " + name);
    }
  }

  @Test
  void whatIsLostIsServedNoMoreAndWhatComesIsFollowed() throws Exception {
    copy(name + "_then");
    serve(database);
    insert(database, "lost");
    await("a change", () -> isServed("lost"));

    replaceBy(name + "_then");
    await("the earlier state", () -> !isServed("lost"));
    assertThat(isServed("ns")).isTrue();
    insert(database, "new");
    await("a change of the earlier state", () -> isServed("new"));
    assertThat(findings(database))
        .anyMatch(
            finding ->
                finding.startsWith("database-moved server one read all zones anew at ")
                    && finding.contains("gone back to an earlier state"));
    assertThat(follower.failingSince()).isEmpty();
  }

  /** A change of the other history has the number of a transaction that is to come. */
  @Test
  void aConnectionThatIsLostIsNoMove() throws Exception {
    serve(database);
    insert(database, "first");
    await("a change", () -> isServed("first"));
    try (Database admin = TestDatabase.server().connect()) {
      sql(admin, kill(name));
    }
    insert(database, "second");
    await("the next one", () -> isServed("second"));
    assertThat(text(database, "SELECT count(*)::TEXT FROM keyward.database_move")).isEqualTo("0");
  }

  @Test
  void whatIsBeingRestoredIsNotReadBeforeItIsComplete() throws Exception {
    copy(name + "_then");
    try (Database half = TestDatabase.server().connect(name + "_then")) {
      sql(
          half,
          "TRUNCATE records",
          "DROP TRIGGER keyward_changed ON domainmetadata",
          "DELETE FROM keyward.change");
    }
    serve(database);
    insert(database, "there");
    await("a change", () -> isServed("there"));

    replaceBy(name + "_then");
    await("somebody to say so", () -> follower.failingSince().isPresent());
    assertThat(isServed("there")).isTrue();

    sql(
        "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, 'restored.example.com',"
            + " 'A', '192.0.2.3', 60 FROM domains",
        "CREATE TRIGGER keyward_changed AFTER INSERT OR UPDATE OR DELETE ON public.domainmetadata"
            + " FOR EACH ROW EXECUTE FUNCTION keyward.note_zone_rows()");
    await("the restored state", () -> isServed("restored") && !isServed("there"));
  }

  private void assignAndSign(Database in, String key) {
    assign(in, key);
    sign(in, Duration.ZERO);
  }

  private static void assign(Database in, String key) {
    new SigningDesk(in).assign(ZONE, "t", key, Optional.empty(), Optional.empty(), "", "os:a@one");
  }

  private void sign(Database in, Duration ago) {
    Signer signer =
        new Signer(
            new PostgresSigning(in, seal, "signer:test"),
            tokens,
            ParentDs.NOT_ASKED,
            SigningSettings.DEFAULT,
            new DatabaseClock(Clock.offset(Clock.systemUTC(), ago.negated()), System::nanoTime));
    while (signer.plan() > 0 || signer.sign("t") > 0) {
      // until nothing is left to do
    }
  }

  @Test
  void aZoneThatWasUnsignedThenIsServedSignedUntilItIsSignedAgain() throws Exception {
    copy(name + "_then");
    assignAndSign(database, "ksk");
    serve(database);
    String before = dnskeySignature().orElseThrow();
    insert(database, "lost");
    await("a change", () -> isServed("lost"));

    replaceBy(name + "_then");
    await("the fault", () -> !zones.faults().isEmpty());
    assertThat(zones.faults())
        .singleElement()
        .extracting(ZoneFault::toString)
        .asString()
        .contains("served as it was before")
        .contains("the database is one in which it is unsigned");
    insert(database, "more");
    insert(database, "evenmore");
    assertThat(dnskeySignature()).contains(before);
    await("the finding", () -> findings(database).toString().contains("zone-not-loaded"));

    assignAndSign(database, "ksk");
    await(
        "the signed zone",
        () -> zones.faults().isEmpty() && !dnskeySignature().equals(Optional.of(before)));
    assertThat(dnskeySignature()).isPresent();
    assertThat(isServed("more")).isTrue();
    assertThat(isServed("lost")).isFalse();
  }

  @Test
  void signaturesThatHaveExpiredDoNotReplaceThoseThatAreValid() throws Exception {
    assign(database, "ksk");
    sign(database, Duration.ofDays(90));
    copy(name + "_then");
    sign(database, Duration.ZERO);
    serve(database);
    insert(database, "lost");
    await("a change", () -> isServed("lost"));
    String before = dnskeySignature().orElseThrow();

    replaceBy(name + "_then");
    await("the fault", () -> !zones.faults().isEmpty());
    assertThat(dnskeySignature()).contains(before);

    sign(database, Duration.ZERO);
    await("the zone, signed anew", () -> zones.faults().isEmpty() && !isServed("lost"));
    assertThat(dnskeySignature().orElseThrow().split(" ")[4])
        .isGreaterThan(FormattedTime.format(Instant.now()));
  }

  /** The numbers of transactions go back too: the files of the data folder are those of then. */
  @Test
  void theFilesOfThenAreReadAnew(@TempDir Path temporary) throws Exception {
    Path folder = temporary.resolve("data");
    Path backup = temporary.resolve("backup");
    Path password = folder.resolve("postgres-password");
    shareProgramsWith(folder);
    TcpForward way;
    try (EmbeddedDatabase server = EmbeddedDatabase.open(folder, true, false);
        Database direct = server.connect()) {
      Migrations.migrate(direct);
      sql(direct, "SELECT keyward.create_zone('example.com', ARRAY['ns.example.net.'])");
    }
    copyFolder(folder.resolve("postgres"), backup);
    Database away;
    try (EmbeddedDatabase server = EmbeddedDatabase.open(folder, true, false);
        Database direct = server.connect()) {
      way = TcpForward.start(0, server.port());
      away =
          Database.connect(
              "jdbc:postgresql://127.0.0.1:" + way.port() + "/postgres",
              ServerProcess.USER,
              Optional.of(Secret.of(java.nio.file.Files.readString(password).strip())));
      serve(away);
      for (int i = 1; i <= 200; i++) {
        insert(direct, "lost" + i);
      }
      await("the last change", () -> isServed("lost200"));
    }
    int port = way.port();
    way.close();
    PrivateFolder.delete(folder.resolve("postgres"));
    copyFolder(backup, folder.resolve("postgres"));
    try (EmbeddedDatabase server = EmbeddedDatabase.open(folder, true, false);
        Database direct = server.connect();
        away) {
      insert(direct, "early");
      try (TcpForward again = TcpForward.start(port, server.port())) {
        assertThat(again.port()).isEqualTo(port);
        await("what is stored", () -> !isServed("lost200") && isServed("early"));
        insert(direct, "later");
        await("a change", () -> isServed("later"));
        follower.close();
      }
    }
  }

  /** Unpacking them takes longer than the rest. */
  static void shareProgramsWith(Path folder) throws IOException, InterruptedException {
    PrivateFolder.create(folder);
    assertThat(
            new ProcessBuilder(
                    "cp",
                    "-al",
                    TestDatabase.programs().toString(),
                    folder.resolve("server").toString())
                .start()
                .waitFor())
        .isZero();
  }

  private static void copyFolder(Path from, Path to) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder("cp", "-a", from.toString(), to.toString()).start().waitFor())
        .isZero();
  }

  /** As after a dump is restored into a fresh cluster, whose numbers begin anew. */
  @Test
  void rowsOfAnotherHistoryAreNotReadAgainWithEachChange() throws Exception {
    sql(
        "INSERT INTO keyward.change (txid, kind, domain_id, name)"
            + " SELECT (10000000000 + n)::TEXT::xid8, 'name', 1, 'n' || n || '.example.com'"
            + " FROM generate_series(1, 5000) n");
    try (PostgresChangeFeed reading = new PostgresChangeFeed(database)) {
      reading.open();
      insert(database, "first");
      assertThat(reading.next(Duration.ofSeconds(5))).hasSizeLessThan(5);
      insert(database, "second");
      assertThat(reading.next(Duration.ofSeconds(5))).isNotEmpty().hasSizeLessThan(5);
      assertThat(reading.remembered()).isLessThan(100);
    }
  }
}
