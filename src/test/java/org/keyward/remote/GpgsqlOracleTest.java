package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.store.TestDatabase;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * PowerDNS's own PostgreSQL backend says what is right: random zones in one database, asked through
 * it and through Keyward; every answer is the same, signatures apart.
 */
@Tag("once")
class GpgsqlOracleTest {
  private static final int[] TYPES = {
    Type.A, Type.TXT, Type.MX, Type.NS, Type.DS, Type.CNAME, Type.ANY, Type.SOA
  };
  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final String KEY =
      """
      Private-key-format: v1.2
      Algorithm: 13 (ECDSAP256SHA256)
      PrivateKey: GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=
      """;

  private static Path folder;
  private static ServedDatabase keyward;
  private static PowerDns ours;
  private static PowerDns oracle;
  private static int marker;

  @BeforeAll
  static void start() throws IOException {
    folder = Files.createTempDirectory("kwo");
    keyward = new ServedDatabase(folder, new TransactionLimits(4, java.time.Duration.ofMinutes(1)));
    marker = keyward.zone("marker.test", "NATIVE", "marker.test SOA a b 1 2 3 4 5");
    List<String> both =
        List.of(
            "cache-ttl=0",
            "query-cache-ttl=0",
            "negquery-cache-ttl=0",
            "zone-cache-refresh-interval=0");
    ours =
        PowerDns.start(
            Files.createDirectory(folder.resolve("k")),
            lines(
                both,
                "launch=remote",
                "remote-dnssec=yes",
                "remote-connection-string=unix:path=" + keyward.servers.socket()));
    Map<String, String> psql = TestDatabase.server().psqlEnvironment();
    oracle =
        PowerDns.start(
            Files.createDirectory(folder.resolve("g")),
            lines(
                both,
                "launch=gpgsql",
                "gpgsql-dnssec=yes",
                "gpgsql-host=" + psql.get("PGHOST"),
                "gpgsql-port=" + psql.get("PGPORT"),
                "gpgsql-user=" + psql.get("PGUSER"),
                "gpgsql-password=" + psql.get("PGPASSWORD"),
                "gpgsql-dbname=" + keyward.texts("SELECT current_database()").get(0)));
  }

  private static List<String> lines(List<String> both, String... more) {
    List<String> all = new ArrayList<>(both);
    all.addAll(List.of(more));
    return all;
  }

  @AfterAll
  static void stop() throws IOException {
    oracle.close();
    ours.close();
    keyward.close();
    try (var files = Files.walk(folder)) {
      files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }

  @Test
  void answersAsGpgsqlDoes() throws Exception {
    compareZones(0, 50);
  }

  @Test
  @Tag("long")
  void answersAsGpgsqlDoesForManyZones() throws Exception {
    compareZones(50, 2_000);
  }

  private static void compareZones(long firstSeed, int count) throws Exception {
    for (long seed = firstSeed; seed < firstSeed + count; seed++) {
      compare(seed, RandomZone.of(seed));
    }
  }

  private static void compare(long seed, RandomZone zone) throws Exception {
    String origin = "z" + COUNT.incrementAndGet() + ".test";
    TestDatabase.jdbi(keyward.database).useTransaction(h -> insert(h, origin, zone));
    try {
      String rectified = oracle.pdnsutil("rectify-zone", origin);
      assertThat(rectified).doesNotContain("Error");
      awaitServed();
      List<Message> questions = questions(origin, zone);
      CompletableFuture<List<Message>> expected = ask(oracle, questions);
      List<Message> actual = ask(ours, clone(questions)).join();
      List<String> differences = new ArrayList<>();
      for (int i = 0; i < questions.size(); i++) {
        String right = text(expected.join().get(i));
        String got = text(actual.get(i));
        if (!right.equals(got)) {
          differences.add("gpgsql: " + right + "\nkeyward: " + got + "\n");
        }
      }
      assertThat(differences).as("seed %d: %s", seed, zone).isEmpty();
    } finally {
      TestDatabase.jdbi(keyward.database)
          .useTransaction(
              h -> {
                h.execute(
                    "DELETE FROM records WHERE domain_id = (SELECT id FROM domains WHERE name = ?)",
                    origin);
                h.execute("DELETE FROM domains WHERE name = ?", origin);
              });
    }
  }

  private static void insert(Handle handle, String origin, RandomZone zone) {
    int id =
        handle
            .createQuery("INSERT INTO domains (name, type) VALUES (?, 'NATIVE') RETURNING id")
            .bind(0, origin)
            .mapTo(Integer.class)
            .one();
    for (RandomZone.Row row : zone.rows()) {
      handle.execute(
          "INSERT INTO records (domain_id, name, type, content, ttl, prio) VALUES (?, ?, ?, ?, 60, ?)",
          id,
          row.name().isEmpty() ? origin : row.name() + "." + origin,
          row.type(),
          row.content().replace("ZONE", origin),
          row.priority());
    }
    if (zone.signing() == RandomZone.Signing.UNSIGNED) {
      return;
    }
    handle.execute(
        "INSERT INTO cryptokeys (domain_id, flags, active, published, content)"
            + " VALUES (?, 257, true, true, ?)",
        id,
        KEY);
    if (zone.signing().hashed()) {
      String flags = zone.signing() == RandomZone.Signing.NSEC3_OPT_OUT ? "1" : "0";
      metadata(handle, id, "NSEC3PARAM", "1 " + flags + " 1 ab");
    }
    if (zone.signing() == RandomZone.Signing.NSEC3_NARROW) {
      metadata(handle, id, "NSEC3NARROW", "1");
    }
  }

  private static void metadata(Handle handle, int id, String kind, String content) {
    handle.execute(
        "INSERT INTO domainmetadata (domain_id, kind, content) VALUES (?, ?, ?)",
        id,
        kind,
        content);
  }

  /** Changes are served in the order of their commits: this one's comes last. */
  private static void awaitServed() throws InterruptedException {
    String value = "m" + COUNT.get() + ".marker.test.";
    TestDatabase.jdbi(keyward.database)
        .useHandle(
            h ->
                h.execute(
                    "INSERT INTO records (domain_id, name, type, content, ttl)"
                        + " VALUES (?, ?, 'A', '192.0.2.1', 60)",
                    marker,
                    value.substring(0, value.length() - 1)));
    Name name = Name.fromConstantString(value);
    long end = System.nanoTime() + 10_000_000_000L;
    while (keyward.loaded.enclosing(name).flatMap(zone -> zone.lookup(name)).isEmpty()) {
      assertThat(System.nanoTime()).as("a change that is not served").isLessThan(end);
      Thread.sleep(5);
    }
  }

  private static CompletableFuture<List<Message>> ask(PowerDns server, List<Message> questions) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (BulkClient client = new BulkClient(server.port())) {
            return client.ask(questions);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static List<Message> clone(List<Message> questions) {
    return questions.stream().map(Message::clone).toList();
  }

  private static List<Message> questions(String origin, RandomZone zone) throws IOException {
    List<Message> questions = new ArrayList<>();
    for (String relative : zone.asked()) {
      Name name = name(relative, origin);
      for (int type : TYPES) {
        if (type == Type.DS && zone.isBelowCut(relative.toLowerCase(Locale.ROOT))) {
          continue; // gpgsql answers a DS that is not the zone's to answer; see docs/protocol.md
        }
        for (int flags : new int[] {0, Flags.DO}) {
          Message question = Message.newQuery(Record.newRecord(name, type, DClass.IN));
          question.addRecord(new OPTRecord(4_096, 0, 0, flags), Section.ADDITIONAL);
          questions.add(question);
        }
      }
    }
    return questions;
  }

  private static Name name(String relative, String origin) throws TextParseException {
    return Name.fromString((relative.isEmpty() ? "" : relative + ".") + origin + ".");
  }

  private static String text(Message message) {
    StringBuilder text = new StringBuilder();
    Record question = message.getQuestion();
    text.append(question.getName().toString().toLowerCase(Locale.ROOT))
        .append(' ')
        .append(Type.string(question.getType()))
        .append(' ')
        .append(message.getHeader().printFlags())
        .append(' ')
        .append(org.xbill.DNS.Rcode.string(message.getRcode()));
    for (int section = Section.ANSWER; section <= Section.ADDITIONAL; section++) {
      TreeSet<String> records = new TreeSet<>();
      for (Record record : message.getSection(section)) {
        records.add(text(record));
      }
      text.append("\n  ").append(Section.string(section)).append(' ').append(records);
    }
    return text.toString();
  }

  private static String text(Record record) {
    String owner = record.getName().toString().toLowerCase(Locale.ROOT);
    if (record instanceof RRSIGRecord signature) {
      return owner
          + " "
          + signature.getTTL()
          + " RRSIG "
          + Type.string(signature.getTypeCovered())
          + " "
          + signature.getLabels()
          + " "
          + signature.getOrigTTL();
    }
    return owner
        + " "
        + record.getTTL()
        + " "
        + Type.string(record.getType())
        + " "
        + record.rdataToString().toLowerCase(Locale.ROOT);
  }
}
