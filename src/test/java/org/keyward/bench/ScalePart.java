package org.keyward.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeoutException;

/** A million small zones, and one zone with a million names. */
final class ScalePart implements Part {
  private static final Duration START = Duration.ofMinutes(20);
  private static final int RECORDS = 10;
  private static final String BIG = "big.example";
  private static final String SMALL = "small.example";

  /** Only the unix socket's client pays for large replies; this many zones are too much for it. */
  private static final List<String> NO_ZONE_CACHE = List.of("zone-cache-refresh-interval=0");

  @Override
  public String name() {
    return "scale";
  }

  @Override
  public String title() {
    return "a million zones with 10 records each, and a zone with a million names";
  }

  @Override
  public List<Requirement> needs() {
    return List.of(
        Requirement.DNSPERF,
        Requirement.POWERDNS,
        Requirement.REMOTE,
        Requirement.GPGSQL,
        Requirement.PSQL,
        Requirement.DIG,
        Requirement.JAR);
  }

  @Override
  public void run(Lab lab) throws Exception {
    int size = lab.quick() ? Math.min(2_000, lab.scale()) : lab.scale();
    if (size != 1_000_000) {
      lab.report().note("with " + Table.number(size) + " zones, and as many names");
    }
    try (BenchDatabase database =
        BenchDatabase.start(Files.createDirectory(lab.folder().resolve("pg")))) {
      manyZones(lab, database, size);
      database.drop("zones");
      manyNames(lab, database, size);
    }
  }

  private static void manyZones(Lab lab, BenchDatabase database, int zones) throws Exception {
    lab.say("filling the database with " + Table.number(zones) + " zones");
    database.create("zones");
    BenchZones.fill(database, "zones", zones, RECORDS);
    Section report = lab.report();
    Series copy = report.measured("zones: COPY by psql", "s", copySeconds(database, "zones"));
    lab.say("loading all zones");
    try (KeywardServer keyward = start(lab, "z1", database, "zones", "-Xmx8g")) {
      loaded(report, "zones", keyward, copy);
      allDomains(report, keyward);
      changes(lab, "zones: ", database, "zones", keyward, "www." + BenchZones.zone(zones / 2));
      queries(lab, "zones: ", database, "zones", keyward, zones);
    }
    lab.say("loading zones on demand, with a heap of 2 GB");
    try (KeywardServer keyward = start(lab, "z2", database, "zones", "-Xmx2g")) {
      report.measured("zones, heap of 2 GB: ready after", "s", keyward.startSeconds());
      coldZones(lab, keyward, zones);
      report.measured(
          "zones, heap of 2 GB: memory of the process", "MiB", Programs.residentMiB(keyward.pid()));
    }
  }

  private static void manyNames(Lab lab, BenchDatabase database, int names) throws Exception {
    lab.say("filling the database with a zone of " + Table.number(names) + " names");
    database.create("names");
    bigZone(database, names);
    Section report = lab.report();
    Series copy = report.measured("names: COPY by psql", "s", copySeconds(database, "names"));
    lab.say("loading the zone");
    try (KeywardServer keyward = start(lab, "n1", database, "names", "-Xmx8g")) {
      loaded(report, "names", keyward, copy);
      Series small = changes(lab, "10 names: ", database, "names", keyward, "h5." + SMALL);
      Series big = changes(lab, "names: ", database, "names", keyward, "h5." + BIG);
      report.ratio(
          "change until served, p99: big zone / zone of 10 names", big, small, Target.atMost(2));
      transfers(lab, database, keyward, names);
      bulk(lab, database, keyward);
    }
  }

  private static KeywardServer start(
      Lab lab, String folder, BenchDatabase database, String name, String heap)
      throws IOException, InterruptedException, TimeoutException {
    return KeywardServer.start(lab.folder().resolve(folder), database, name, heap, START);
  }

  /** The rows that Keyward needs, as fast as PostgreSQL gives them away; the second time counts. */
  private static double copySeconds(BenchDatabase database, String name)
      throws IOException, InterruptedException {
    ProcessBuilder psql =
        new ProcessBuilder(
            "psql",
            "-q",
            "-h",
            database.sockets().toString(),
            "-p",
            String.valueOf(database.port()),
            "-U",
            BenchDatabase.USER,
            "-d",
            name,
            "-c",
            "COPY records TO STDOUT",
            "-c",
            "COPY domains TO STDOUT",
            "-o",
            "/dev/null");
    psql.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    double seconds = 0;
    for (int i = 0; i < 2; i++) {
      long start = System.nanoTime();
      if (psql.start().waitFor() != 0) {
        throw new IllegalStateException("psql could not copy the rows of " + name);
      }
      seconds = (System.nanoTime() - start) / 1e9;
    }
    return seconds;
  }

  private static void loaded(Section report, String what, KeywardServer keyward, Series copy)
      throws IOException, InterruptedException {
    Series start = report.measured(what + ": Keyward ready after", "s", keyward.startSeconds());
    report.ratio(what + ": load / COPY", start, copy, Target.atMost(4));
    report.measured(what + ": heap", "MiB", Target.atMost(8_192), keyward.heapMiB());
    report.measured(what + ": memory of the process", "MiB", Programs.residentMiB(keyward.pid()));
  }

  /** As PowerDNS asks for it, over HTTP. */
  private static void allDomains(Section report, KeywardServer keyward) throws IOException {
    long start = System.nanoTime();
    HttpURLConnection connection = (HttpURLConnection) keyward.http().toURL().openConnection();
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", "text/javascript; charset=utf-8");
    connection
        .getOutputStream()
        .write(
            "{\"method\":\"getAllDomains\",\"parameters\":{\"include_disabled\":true}}"
                .getBytes(StandardCharsets.UTF_8));
    long bytes = 0;
    try (InputStream body = connection.getInputStream()) {
      byte[] buffer = new byte[1 << 16];
      for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
        bytes += read;
      }
    }
    report.measured("zones: getAllDomains", "s", (System.nanoTime() - start) / 1e9);
    report.measured("zones: getAllDomains, size", "MiB", bytes / 1024.0 / 1024);
  }

  private static Series changes(
      Lab lab,
      String what,
      BenchDatabase database,
      String name,
      KeywardServer keyward,
      String record)
      throws SQLException, IOException, InterruptedException {
    List<Double> waited =
        new Visibility(database, name, keyward).ofChanges(record, lab.either(200, 20));
    lab.report().measured(what + "change until served, p50", "ms", Percentile.of(0.5, waited));
    return lab.report()
        .measured(
            what + "change until served, p99",
            "ms",
            Target.atMost(50),
            Percentile.of(0.99, waited));
  }

  private static void queries(
      Lab lab, String what, BenchDatabase database, String name, KeywardServer keyward, int zones)
      throws IOException, InterruptedException {
    Path file =
        BenchZones.write(
            lab.folder().resolve("questions"), BenchZones.questions(zones, RECORDS, 100_000));
    List<String> lines = new ArrayList<>(Front.CACHES_OFF);
    int threads = Front.threads(keyward.powerDnsConfig("4.7", "unix"));
    List<String> ours = new ArrayList<>(lines);
    ours.addAll(NO_ZONE_CACHE);
    String keywards = what + "queries, keyward, unix socket";
    String theirs = what + "queries, gpgsql";
    try (Front unix = Front.keyward(keywards, keyward, "unix", lab.folder().resolve("q1"), ours);
        Front gpgsql =
            Front.gpgsql(
                theirs, database, name, true, threads, lab.folder().resolve("q2"), lines)) {
      Map<String, Series> found =
          new Contest(lab, List.of(unix, gpgsql), new Dnsperf(file, false))
              .warmUp(lab.either(4, 1))
              .flatOut();
      lab.report()
          .ratio(what + "queries, keyward / gpgsql", found.get(keywards), found.get(theirs));
    }
  }

  /** Zones that nobody has asked for yet. */
  private static void coldZones(Lab lab, KeywardServer keyward, int zones) throws IOException {
    Random random = new Random(815);
    List<Double> waited = new ArrayList<>();
    try (BackendSocket socket = new BackendSocket(keyward.socket())) {
      for (int i = 0; i < lab.either(500, 50); i++) {
        String name = "www." + BenchZones.zone(1 + random.nextInt(zones));
        long start = System.nanoTime();
        String reply = socket.lookup(name);
        waited.add((System.nanoTime() - start) / 1e6);
        if (!reply.contains("192.0.2.80")) {
          throw new IllegalStateException(name + " is answered with " + reply);
        }
      }
    }
    lab.report()
        .measured("zones, heap of 2 GB: first answer, p50", "ms", Percentile.of(0.5, waited));
    lab.report()
        .measured("zones, heap of 2 GB: first answer, p99", "ms", Percentile.of(0.99, waited));
  }

  private static void bigZone(BenchDatabase database, int names) throws SQLException {
    database.execute(
        "names",
        "SET session_replication_role = replica",
        "INSERT INTO domains (id, name, type) VALUES (1, '%s', 'NATIVE'), (2, '%s', 'NATIVE')"
            .formatted(BIG, SMALL),
        "SELECT setval('domains_id_seq', 2)",
        BenchZones.Indexes.DROP,
        """
        INSERT INTO records (domain_id, name, type, content, ttl, ordername, auth)
        SELECT d.id, d.name, r.type, r.content || d.name || r.rest, 3600, '', true
        FROM domains d, (VALUES
          ('SOA', 'ns.', ' hostmaster.example 1 10800 3600 604800 3600'),
          ('NS', 'ns.', '')) AS r (type, content, rest)
        """,
        """
        INSERT INTO records (domain_id, name, type, content, ttl, ordername, auth)
        SELECT d.id, 'h' || i || '.' || d.name, 'A', '192.0.2.1', 3600, 'h' || i, true
        FROM domains d, generate_series(1, %d) i WHERE d.id = 1 OR i <= 10
        """
            .formatted(names),
        BenchZones.Indexes.CREATE,
        "VACUUM ANALYZE records",
        "VACUUM ANALYZE domains");
  }

  /** Over HTTP, which is what is recommended for large zones. */
  private static void transfers(Lab lab, BenchDatabase database, KeywardServer keyward, int names)
      throws IOException, InterruptedException {
    lab.say("transferring the zone");
    try (Front http =
            Front.keyward("keyward", keyward, "http", lab.folder().resolve("x1"), List.of());
        Front gpgsql =
            Front.gpgsql(
                "gpgsql", database, "names", true, 3, lab.folder().resolve("x2"), List.of())) {
      List<Double> ours = new ArrayList<>();
      List<Double> theirs = new ArrayList<>();
      for (int round = 0; round < lab.either(3, 1); round++) {
        ours.add(transferSeconds(http, names));
        theirs.add(transferSeconds(gpgsql, names));
      }
      Series keywards = lab.report().measured("names: AXFR, keyward over HTTP", "s", ours);
      Series gpgsqls = lab.report().measured("names: AXFR, gpgsql", "s", theirs);
      lab.report().ratio("names: AXFR, keyward / gpgsql", keywards, gpgsqls);
    }
  }

  private static double transferSeconds(Front front, int names)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    String said =
        Programs.run(
            List.of(
                "dig",
                "@127.0.0.1",
                "-p",
                String.valueOf(front.port()),
                BIG,
                "AXFR",
                "+noall",
                "+stats",
                "+time=120",
                "+tries=1"));
    double seconds = (System.nanoTime() - start) / 1e9;
    int expected = names + 3;
    if (!said.contains("XFR size: " + expected + " records")) {
      throw new IllegalStateException(
          front.name()
              + " does not transfer "
              + expected
              + " records:\n"
              + said
              + front.powerDns().log());
    }
    return seconds;
  }

  private static void bulk(Lab lab, BenchDatabase database, KeywardServer keyward)
      throws SQLException, IOException {
    int rows = lab.either(100_000, 1_000);
    lab.say("a transaction of " + Table.number(rows) + " rows");
    long start = System.nanoTime();
    try (Connection connection = database.connect("names");
        Statement statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO records (domain_id, name, type, content, ttl)"
              + " SELECT 1, 'b' || i || '.big.example', 'A', '192.0.2.2', 3600"
              + " FROM generate_series(1, "
              + rows
              + ") i");
    }
    lab.report()
        .measured(
            "names: transaction of " + Table.number(rows) + " rows, in PostgreSQL",
            "s",
            (System.nanoTime() - start) / 1e9);
    double waited =
        new Visibility(database, "names", keyward).await("b" + rows + "." + BIG, "192.0.2.2");
    lab.report()
        .measured(
            "names: transaction of " + Table.number(rows) + " rows, until served",
            "s",
            waited / 1_000);
  }
}
