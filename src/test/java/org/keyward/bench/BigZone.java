package org.keyward.bench;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** The zone with many names of the part scale, beside one of ten. */
final class BigZone {
  private static final String BIG = "big.example";
  private static final String SMALL = "small.example";

  private BigZone() {}

  static void measure(Lab lab, BenchDatabase database, int names) throws Exception {
    lab.say("filling the database with a zone of " + Table.number(names) + " names");
    database.create("names");
    fill(database, names);
    Section report = lab.report();
    Series copy =
        report.measured("names: COPY by psql", "s", ScalePart.copySeconds(database, "names"));
    lab.say("loading the zone");
    try (KeywardServer keyward = ScalePart.start(lab, "n1", database, "names", "-Xmx8g")) {
      Series start = report.measured("names: Keyward ready after", "s", keyward.startSeconds());
      report.ratio("names: load / COPY", start, copy);
      ScalePart.memory(report, "names", keyward);
      Series small =
          ScalePart.changes(lab, "10 names: ", database, "names", keyward, "h5." + SMALL);
      Series big = ScalePart.changes(lab, "names: ", database, "names", keyward, "h5." + BIG);
      report.ratio(
          "change until served, p99: big zone / zone of 10 names", big, small, Target.atMost(2));
      transfers(lab, database, keyward, names);
      bulk(lab, database, keyward);
    }
  }

  private static void fill(BenchDatabase database, int names) throws SQLException {
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
      for (int round = 0; round < lab.rounds(3); round++) {
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
