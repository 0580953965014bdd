package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.MasterFile;
import org.keyward.zone.RecordRow;
import org.keyward.zone.ZoneChange;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.ZoneMemory;
import org.keyward.zone.ZoneSource;
import org.xbill.DNS.Name;

@Tag("once")
class PostgresZonesTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private Database database;
  private PostgresZones zones;
  private int zoneId;

  @BeforeEach
  void createZone() throws Exception {
    database = TestDatabase.create();
    zones = new PostgresZones(database, SigningReader.NONE);
    String text =
        "@ 60 IN SOA ns hostmaster 10 7200 3600 1209600 300\n@ 60 IN NS ns\n@ 60 IN MX 10 mail\n";
    new ZoneEditor(database)
        .replace(
            ZONE,
            MasterFile.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), ZONE),
            stored -> {});
    zoneId = new ZoneEditor(database).find(ZONE).orElseThrow();
  }

  @AfterEach
  void close() {
    database.close();
  }

  private void sql(String statement, Object... arguments) {
    database.jdbi().useHandle(handle -> handle.execute(statement, arguments));
  }

  private List<String> strings(String query) {
    return database.jdbi().withHandle(h -> h.createQuery(query).mapTo(String.class).list());
  }

  private long serial() {
    return zones.headers(Set.of(zoneId)).get(0).serial();
  }

  private void insert(String name) {
    sql(
        "INSERT INTO records (domain_id, name, type, content, ttl) VALUES (?, ?, 'A', '192.0.2.1',"
            + " 60)",
        zoneId,
        name);
  }

  @Test
  void rowsAreAsPowerDnsHasThem() {
    assertThat(
            strings("SELECT name || ' ' || prio || ' ' || content FROM records WHERE type = 'MX'")
                .get(0))
        .isEqualTo("example.com 10 mail.example.com");
    assertThat(zones.load(zoneId).orElseThrow().records()).hasSize(3);
  }

  /** Reading shares texts and names between rows. */
  @Test
  void eachRowIsReadAsItIsStored() {
    List<String> stored = new ArrayList<>();
    for (String content :
        List.of(
            "\"\u00c3\u00a9\"",
            "\"\u00e9\"",
            "\"\u00c3\u00a9\"",
            "\"abcdeXfghij\"",
            "\"abcdeYfghij\"")) {
      for (String type : List.of("TXT", "SPF", "TYPE65280")) {
        for (String name : List.of("a.example.com", "b.example.com")) {
          sql(
              "INSERT INTO records (domain_id, name, type, content, ttl) VALUES (?, ?, ?, ?, NULL)",
              zoneId,
              name,
              type,
              content);
          stored.add(name + ". " + type + " " + content);
        }
      }
    }
    assertThat(zones.load(zoneId).orElseThrow().records().stream().skip(3))
        .extracting(row -> row.owner() + " " + row.type() + " " + row.content())
        .isEqualTo(stored);
  }

  /** Of two rows that cannot both be served the first one is. */
  @Test
  void rowsComeInTheOrderOfTheirIds() {
    List<Long> ids = List.of(9_000_005L, 9_000_003L, 9_000_004L, 9_000_001L);
    for (long id : ids) {
      sql(
          "INSERT INTO records (id, domain_id, name, type, content, ttl)"
              + " VALUES (?, ?, ?, 'A', '192.0.2.1', 60)",
          id,
          zoneId,
          "n" + id + ".example.com");
    }
    assertThat(zones.load(zoneId).orElseThrow().records().stream().skip(3))
        .extracting(RecordRow::id)
        .containsExactlyElementsOf(ids.stream().sorted().toList());
  }

  @Test
  void allZonesAreReadAsEachByItself() {
    sql("INSERT INTO domains (name, type) VALUES ('empty.example', 'NATIVE')");
    List<ZoneHeader> headers = new ArrayList<>();
    List<ZoneData> data = new ArrayList<>();
    for (boolean records : List.of(true, false)) {
      zones.readAll(
          new ZoneSource.Reader() {
            @Override
            public void begins(long count) {
              assertThat(count).isEqualTo(2);
            }

            @Override
            public boolean wantsRecords() {
              return records;
            }

            @Override
            public void zone(ZoneHeader header, int count, Supplier<ZoneData> zone) {
              data.add(zone.get());
              assertThat(data.get(data.size() - 1).records()).hasSize(count);
            }

            @Override
            public void header(ZoneHeader header) {
              headers.add(header);
            }
          });
    }
    assertThat(headers).containsExactlyElementsOf(zones.headers(Set.of(zoneId, zoneId + 1)));
    assertThat(data.get(0).records()).isEqualTo(zones.recordsAt(zoneId, Set.of(ZONE)));
    assertThat(data.get(1).records()).isEmpty();
  }

  @Test
  void theSerialMovesOncePerTransaction() {
    assertThat(serial()).isEqualTo(10);
    database.useTransaction(
        h -> {
          for (String name : List.of("a", "b")) {
            h.execute(
                "INSERT INTO records (domain_id, name, type, content, ttl) VALUES (?, ?, 'A',"
                    + " '192.0.2.1', 60)",
                zoneId,
                name + ".example.com");
          }
        });
    assertThat(serial()).isEqualTo(11);
    sql("UPDATE records SET ordername = 'x', auth = true");
    assertThat(serial()).isEqualTo(11);
    sql("DELETE FROM records WHERE name = 'a.example.com'");
    assertThat(serial()).isEqualTo(12);
    sql("UPDATE records SET content = replace(content, ' 12 ', ' 2026112401 ') WHERE type = 'SOA'");
    assertThat(serial()).isEqualTo(2026112401L);
    sql("UPDATE domains SET type = 'SLAVE'");
    insert("c.example.com");
    assertThat(serial()).isEqualTo(2026112401L);
  }

  @Test
  void missesNoTransactionWhateverTheOrderOfCommits() throws Exception {
    try (PostgresChangeFeed feed = new PostgresChangeFeed(database);
        Connection slow = database.dedicatedConnection()) {
      feed.open();
      slow.setAutoCommit(false);
      try (var statement = slow.createStatement()) {
        statement.execute(
            "INSERT INTO records (domain_id, name, type, content, ttl) VALUES ("
                + zoneId
                + ", 'slow.example.com', 'A', '192.0.2.1', 60)");
      }
      // Another zone: the serial of one zone is one row, for which writers wait in turn.
      sql("INSERT INTO domains (name, type) VALUES ('other.org', 'NATIVE')");
      assertThat(feed.next(Duration.ofSeconds(2))).hasSize(1);
      slow.commit();
      assertThat(names(feed.next(Duration.ofSeconds(2)))).contains("slow.example.com.");
      assertThat(feed.next(Duration.ofMillis(100))).isEmpty();
    }
  }

  @Test
  void catchesUpAfterALostConnection() {
    try (PostgresChangeFeed feed = new PostgresChangeFeed(database)) {
      feed.open();
      sql(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
              + " current_database() AND query LIKE '%keyward.change%' AND pid <>"
              + " pg_backend_pid()");
      insert("missed.example.com");
      List<ZoneChange> changes = new ArrayList<>();
      for (int attempt = 0; attempt < 5 && changes.isEmpty(); attempt++) {
        try {
          changes.addAll(feed.next(Duration.ofMillis(500)));
        } catch (org.keyward.zone.ZoneStorageException e) {
          assertThat(e).hasMessageContaining("lost");
        }
      }
      assertThat(names(changes)).contains("missed.example.com.");
    }
  }

  @Test
  void aStatementThatChangesVeryManyNamesIsReportedOnce() {
    String names = " FROM records WHERE name LIKE 'many%'";
    try (PostgresChangeFeed feed = new PostgresChangeFeed(database)) {
      feed.open();
      for (String statement :
          List.of(
              "INSERT INTO records (domain_id, name, type, content, ttl) SELECT "
                  + zoneId
                  + ", 'many' || n || '.example.com', 'A', '192.0.2.1', 60"
                  + " FROM generate_series(1, 2001) n",
              "UPDATE records SET ttl = 61 WHERE name LIKE 'many%'",
              "DELETE" + names)) {
        sql(statement);
        List<ZoneChange> changes = new ArrayList<>();
        while (changes.isEmpty()) {
          changes.addAll(feed.next(Duration.ofMillis(500)));
        }
        assertThat(changes)
            .filteredOn(change -> !names(List.of(change)).contains("example.com."))
            .containsExactly(new ZoneChange.OfManyNames(zoneId));
      }
    }
  }

  @Test
  void manyWritersAndABulkInsertAreAllReported() throws Exception {
    int writers = 8;
    int each = 25;
    int bulk = 2_000; // with more, one row of the feed tells of all
    Set<String> expected = new HashSet<>();
    try (PostgresChangeFeed feed = new PostgresChangeFeed(database)) {
      feed.open();
      ExecutorService pool = Executors.newFixedThreadPool(writers + 1);
      List<Future<?>> running = new ArrayList<>();
      for (int w = 0; w < writers; w++) {
        String prefix = "w" + w + "-";
        for (int i = 0; i < each; i++) {
          expected.add(prefix + i + ".example.com.");
        }
        running.add(
            pool.submit(
                () -> {
                  for (int i = 0; i < each; i++) {
                    insert(prefix + i + ".example.com");
                  }
                }));
      }
      for (int i = 1; i <= bulk; i++) {
        expected.add("bulk" + i + ".example.com.");
      }
      running.add(
          pool.submit(
              () ->
                  sql(
                      "INSERT INTO records (domain_id, name, type, content, ttl)"
                          + " SELECT ?, 'bulk' || n || '.example.com', 'A', '192.0.2.1', 60"
                          + " FROM generate_series(1, ?) n",
                      zoneId,
                      bulk)));
      pool.shutdown();
      Set<String> reported = new HashSet<>();
      long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (!reported.containsAll(expected) && System.nanoTime() < end) {
        reported.addAll(names(feed.next(Duration.ofMillis(200))));
      }
      for (Future<?> writer : running) {
        writer.get();
      }
      expected.removeAll(reported);
      assertThat(expected).as("changes that were missed").isEmpty();
      assertThat(serial()).as("once per transaction").isEqualTo(10 + writers * each + 1);
    }
  }

  @Test
  void theSerialMovesAlthoughAnotherTransactionMovedItMeanwhile() throws Exception {
    try (Connection slow = database.dedicatedConnection();
        var statement = slow.createStatement()) {
      slow.setAutoCommit(false);
      statement.execute(
          "INSERT INTO records (domain_id, name, type, content, ttl) VALUES ("
              + zoneId
              + ", 'slow.example.com', 'A', '192.0.2.1', 60)");
      insert("fast.example.com");
      assertThat(serial()).isEqualTo(11);
      slow.commit();
      assertThat(serial()).isEqualTo(12);
    }
  }

  @Test
  void aSerialThatTheTransactionSetItselfStays() {
    database.useTransaction(
        h -> {
          h.execute("DELETE FROM records WHERE type = 'MX'");
          h.execute(
              "UPDATE records SET content = replace(content, ' 10 ', ' 70 ') WHERE type = 'SOA'");
        });
    assertThat(serial()).isEqualTo(70);
    sql("UPDATE records SET content = replace(content, ' 300', ' 301') WHERE type = 'SOA'");
    assertThat(serial()).isEqualTo(71);
    assertThat(strings("SELECT txid::TEXT FROM keyward.touched")).isEmpty();
  }

  private static List<String> names(List<ZoneChange> changes) {
    return changes.stream()
        .filter(ZoneChange.AtName.class::isInstance)
        .map(change -> ((ZoneChange.AtName) change).owner().toString())
        .toList();
  }

  /** It is NOTIFY that wakes the feed: it would ask anew after an hour. */
  @Test
  void aCommittedChangeIsToldAtOnce() throws Exception {
    try (PostgresChangeFeed feed = new PostgresChangeFeed(database)) {
      feed.open();
      for (int i = 0; i < 20; i++) {
        CompletableFuture<List<ZoneChange>> told =
            CompletableFuture.supplyAsync(() -> feed.next(Duration.ofHours(1)));
        Thread.sleep(20);
        insert("n" + i + ".example.com");
        assertThat(names(told.get(1, TimeUnit.MINUTES))).contains("n" + i + ".example.com.");
      }
    }
  }

  @Test
  void brokenRecordsAreReported() {
    LoadedZones loaded = new LoadedZones(zones, zones, Clock.systemUTC(), ZoneMemory.ofHeap());
    sql(
        "INSERT INTO records (domain_id, name, type, content, ttl) VALUES (?, 'bad.example.com',"
            + " 'DS', 'nonsense', 60)",
        zoneId);
    loaded.loadAll();
    assertThat(strings("SELECT name FROM keyward.problems")).containsExactly("bad.example.com");
    sql("DELETE FROM records WHERE type = 'DS'");
    new LoadedZones(zones, zones, Clock.systemUTC(), ZoneMemory.ofHeap()).loadAll();
    assertThat(strings("SELECT name FROM keyward.problems")).isEmpty();
  }
}
