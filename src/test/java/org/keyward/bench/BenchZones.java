package org.keyward.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Zones {@code z0000001.example} and so on, all alike, and questions about them. */
final class BenchZones {
  /** Label, type, content (a star stands for the zone), prio; the SOA comes first. */
  private static final List<String[]> RECORDS =
      List.of(
          row("", "SOA", "ns1.* hostmaster.* 1 10800 3600 604800 3600", "NULL"),
          row("", "NS", "ns1.*", "NULL"),
          row("", "NS", "ns2.*", "NULL"),
          row("", "MX", "mail.*", "10"),
          row("ns1", "A", "192.0.2.1", "NULL"),
          row("ns2", "A", "192.0.2.2", "NULL"),
          row("www", "A", "192.0.2.80", "NULL"),
          row("www", "AAAA", "2001:db8::80", "NULL"),
          row("mail", "A", "192.0.2.25", "NULL"),
          row("api", "A", "192.0.2.81", "NULL"),
          row("mail", "AAAA", "2001:db8::25", "NULL"),
          row("ftp", "CNAME", "www.*", "NULL"),
          row("", "TXT", "\"v=spf1 mx -all\"", "NULL"));

  /** How many records a zone can have. */
  static final int RECORDS_MOST = RECORDS.size();

  private BenchZones() {}

  private static String[] row(String... fields) {
    return fields;
  }

  static String zone(int number) {
    return String.format("z%07d.example", number);
  }

  /**
   * Fills an empty database, past the change feed, with order and authority as gpgsql needs them.
   *
   * @param records how many in each zone, at most {@link #RECORDS_MOST}
   */
  static void fill(BenchDatabase database, String name, int zones, int records)
      throws SQLException {
    List<String> values = new ArrayList<>();
    for (String[] row : RECORDS.subList(0, records)) {
      values.add("('%s', '%s', '%s', %s)".formatted((Object[]) row));
    }
    database.execute(
        name,
        "SET session_replication_role = replica",
        "INSERT INTO domains (id, name, type) SELECT i, 'z' || lpad(i::text, 7, '0') || '.example',"
            + " 'NATIVE' FROM generate_series(1, "
            + zones
            + ") i",
        "SELECT setval('domains_id_seq', " + zones + ")",
        Indexes.DROP,
        """
        INSERT INTO records (domain_id, name, type, content, ttl, prio, ordername, auth)
        SELECT d.id, CASE r.label WHEN '' THEN d.name ELSE r.label || '.' || d.name END, r.type,
          replace(r.content, '*', d.name), 3600, r.prio, r.label, true
        FROM domains d, (VALUES %s) AS r (label, type, content, prio)
        """
            .formatted(String.join(", ", values)),
        Indexes.CREATE,
        "VACUUM ANALYZE records",
        "VACUUM ANALYZE domains");
  }

  /** Building them afterwards is several times as fast. */
  static final class Indexes {
    static final String DROP = "DROP INDEX rec_name_index, nametype_index, domain_id, recordorder";
    static final String CREATE =
        "CREATE INDEX rec_name_index ON records(name);"
            + "CREATE INDEX nametype_index ON records(name,type);"
            + "CREATE INDEX domain_id ON records(domain_id);"
            + "CREATE INDEX recordorder ON records (domain_id, ordername text_pattern_ops)";

    private Indexes() {}
  }

  /**
   * Questions of which 80 % hit, 10 % are for names that do not exist, 10 % for SOAs; the same ones
   * in each run.
   */
  static List<String> questions(int zones, int records, int count) {
    Random random = new Random(4711);
    List<String> questions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String zone = zone(1 + random.nextInt(zones));
      questions.add(
          switch (i % 10) {
            case 0 -> "nx" + random.nextInt(1_000) + "." + zone + " A";
            case 1 -> zone + " SOA";
            default -> hit(RECORDS.get(1 + random.nextInt(records - 1)), zone);
          });
    }
    Collections.shuffle(questions, random);
    return questions;
  }

  private static String hit(String[] row, String zone) {
    return (row[0].isEmpty() ? zone : row[0] + "." + zone) + " " + row[1];
  }

  /** Writes questions as dnsperf reads them. */
  static Path write(Path file, List<String> questions) throws IOException {
    return Files.write(file, questions);
  }
}
