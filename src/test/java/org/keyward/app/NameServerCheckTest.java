package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.remote.PowerDns;
import org.keyward.store.Database;
import org.keyward.store.TestDatabase;
import org.keyward.zone.RecordRow;
import org.keyward.zone.check.Finding;
import org.xbill.DNS.Name;

/** Against a real server that has one of the zones. */
class NameServerCheckTest {
  private static final Name SERVED = Name.fromConstantString("served.example.");
  private static final Name LAME = Name.fromConstantString("lame.example.");

  @Test
  void aServerThatDoesNotAnswerForTheZoneIsLame(@TempDir Path dir) {
    try (Database database = TestDatabase.create()) {
      TestDatabase.jdbi(database)
          .useHandle(
              h -> {
                h.execute("INSERT INTO domains (name, type) VALUES ('served.example', 'NATIVE')");
                h.execute(
                    "INSERT INTO records (domain_id, name, type, content, ttl, auth) SELECT id,"
                        + " name, 'SOA', 'ns.x h.x 1 2 3 4 5', 60, true FROM domains");
              });
      try (PowerDns server = PowerDns.start(dir, gpgsql(database))) {
        NameServerCheck check = new NameServerCheck(server.port());
        assertThat(check.lame(SERVED, zone(SERVED, "127.0.0.1"))).isEmpty();
        assertThat(check.lame(LAME, zone(LAME, "127.0.0.1")))
            .singleElement()
            .extracting(Finding::rule, Finding::owner, Finding::content, Finding::reason)
            .containsExactly(
                "ns-lame",
                "lame.example",
                "ns.lame.example",
                "ns.lame.example (127.0.0.1) does not answer for the zone (REFUSED); have the zone"
                    + " served there, or take the server out of its NS set");
        assertThat(check.lame(SERVED, zone(SERVED, "127.0.0.2")))
            .extracting(Finding::reason)
            .singleElement()
            .asString()
            .contains("does not answer at all");
      }
    }
  }

  @Test
  void aServerWithoutAnAddressIsLame() {
    RecordRow row = new RecordRow(0, SERVED, "NS", "ns.nothing.invalid", 60, 0);
    assertThat(new NameServerCheck(1).lame(SERVED, List.of(row)))
        .extracting(Finding::reason)
        .singleElement()
        .asString()
        .contains("no address that can be found");
  }

  private static List<RecordRow> zone(Name zone, String address) {
    Name server = Name.fromConstantString("ns." + zone);
    return List.of(
        new RecordRow(0, zone, "NS", server.toString(true), 60, 0),
        new RecordRow(0, server, "A", address, 60, 0));
  }

  private static List<String> gpgsql(Database database) {
    Map<String, String> psql = TestDatabase.server().psqlEnvironment();
    String name =
        TestDatabase.jdbi(database)
            .withHandle(h -> h.createQuery("SELECT current_database()").mapTo(String.class).one());
    return List.of(
        "launch=gpgsql",
        "gpgsql-host=" + psql.get("PGHOST"),
        "gpgsql-port=" + psql.get("PGPORT"),
        "gpgsql-user=" + psql.get("PGUSER"),
        "gpgsql-password=" + psql.get("PGPASSWORD"),
        "gpgsql-dbname=" + name);
  }
}
