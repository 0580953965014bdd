package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.Zone;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneMemory;
import org.xbill.DNS.Name;

/** A database that PowerDNS's own tools made and filled goes on as it stands. */
@Tag("once")
class AdoptionTest {
  private static final Path SCHEMA =
      Path.of("/usr/share/pdns-backend-pgsql/schema/schema.pgsql.sql");
  private static final List<String> TABLES =
      List.of(
          "domains",
          "records",
          "supermasters",
          "comments",
          "domainmetadata",
          "cryptokeys",
          "tsigkeys");
  private static final Name ZONE = Name.fromConstantString("example.com.");

  @TempDir Path folder;
  private Database database;

  @BeforeEach
  void makeDatabaseAsPowerDnsDoes() throws Exception {
    database = TestDatabase.createEmpty();
    String schema = Files.readString(SCHEMA);
    database.jdbi().useHandle(handle -> handle.createScript(schema).execute());
    writeConfig();
    fill();
  }

  private void writeConfig() throws IOException {
    Map<String, String> psql = TestDatabase.server().psqlEnvironment();
    String name =
        database
            .jdbi()
            .withHandle(h -> h.createQuery("SELECT current_database()").mapTo(String.class).one());
    Files.writeString(
        folder.resolve("pdns.conf"),
        String.join(
            "\n",
            "launch=gpgsql",
            "gpgsql-host=" + psql.get("PGHOST"),
            "gpgsql-port=" + psql.get("PGPORT"),
            "gpgsql-user=" + psql.get("PGUSER"),
            "gpgsql-password=" + psql.get("PGPASSWORD"),
            "gpgsql-dbname=" + name,
            "gpgsql-dnssec=yes",
            "default-soa-content=ns1.@ hostmaster.@ 0 10800 3600 604800 3600",
            ""));
  }

  private void fill() throws Exception {
    pdnsutil("create-zone", "example.com", "ns1.example.com");
    pdnsutil("add-record", "example.com", "ns1", "A", "192.0.2.1");
    pdnsutil("add-record", "example.com", "ns1", "AAAA", "2001:db8::1");
    pdnsutil("add-record", "example.com", "@", "MX", "10 mail.example.com");
    pdnsutil("add-record", "example.com", "@", "TXT", "\"v=spf1 -all\"");
    pdnsutil("add-record", "example.com", "deep.below.nothing", "CNAME", "ns1.example.com");
    pdnsutil("add-record", "example.com", "_sip._tcp", "SRV", "5 10 5060 sip.example.com");
    pdnsutil("secure-zone", "example.com");
    pdnsutil("set-meta", "example.com", "ALLOW-AXFR-FROM", "192.0.2.53");
    pdnsutil("rectify-zone", "example.com");
    pdnsutil("create-zone", "plain.test", "ns1.example.com");
    pdnsutil("generate-tsig-key", "transfer", "hmac-sha256");
  }

  /** Runs PowerDNS's own tool on the database. */
  private String pdnsutil(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("pdnsutil", "--config-dir=" + folder));
    command.addAll(List.of(arguments));
    Path output = folder.resolve("pdnsutil.log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    String text = Files.readString(output);
    assertThat(ended && process.exitValue() == 0).as("%s: %s", command, text).isTrue();
    return text;
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void nothingInItChangesAndItIsServed() {
    Map<String, List<String>> before = rows();
    List<String> columns = columns();
    assertThat(before.get("records")).hasSizeGreaterThan(10);
    assertThat(before.get("cryptokeys")).isNotEmpty();

    assertThat(Migrations.migrate(database)).isPositive();

    assertThat(rows()).isEqualTo(before);
    assertThat(columns()).isEqualTo(columns);
    PostgresZones source = new PostgresZones(database, SigningReader.NONE);
    LoadedZones loaded = new LoadedZones(source, source, Clock.systemUTC(), ZoneMemory.ofHeap());
    loaded.loadAll();
    Zone zone = loaded.byOrigin(ZONE).orElseThrow();
    assertThat(zone.lookup(ZONE)).isPresent();
    assertThat(zone.lookup(Name.fromConstantString("below.nothing.example.com."))).isPresent();
    assertThat(loaded.byOrigin(Name.fromConstantString("plain.test."))).isPresent();
    assertThat(strings("SELECT reason FROM keyward.problems")).isEmpty();
    ZoneData data = source.load(source.headers().get(0).id()).orElseThrow();
    assertThat(data.cryptokeys()).hasSize(1);
    assertThat(data.metadata()).containsEntry("ALLOW-AXFR-FROM", List.of("192.0.2.53"));
    assertThat(source.tsigKeys()).hasSize(1);
  }

  @Test
  void powerDnsOwnToolsGoOnWorking() throws Exception {
    Migrations.migrate(database);
    fillMore();
    assertThat(
            strings(
                "SELECT name || ' ' || coalesce(prio, 0) || ' ' || content FROM records"
                    + " WHERE name = 'after.example.com' ORDER BY type"))
        .containsExactly("after.example.com 0 192.0.2.9", "after.example.com 20 mx.example.com");
    assertThat(pdnsutil("check-zone", "example.com")).contains("0 errors");
  }

  private void fillMore() throws Exception {
    pdnsutil("add-record", "example.com", "after", "A", "192.0.2.9");
    pdnsutil("add-record", "example.com", "after", "MX", "20 mx.example.com");
    pdnsutil("add-record", "example.com", "a.b.c.d", "A", "192.0.2.10");
    pdnsutil("replace-rrset", "example.com", "ns1", "A", "192.0.2.2");
    pdnsutil("delete-rrset", "example.com", "ns1", "AAAA");
    pdnsutil("increase-serial", "example.com");
    pdnsutil("rectify-zone", "example.com");
    pdnsutil("create-zone", "later.test", "ns1.example.com");
    Path master = folder.resolve("later.zone");
    Files.writeString(
        master,
        """
        $ORIGIN later.test.
        @ 60 IN SOA ns1 hostmaster 7 2 3 4 5
        @ 60 IN NS ns1
        ns1 60 IN A 192.0.2.1
        * 60 IN TXT "one" "two three"
        """);
    pdnsutil("load-zone", "later.test", master.toString());
    pdnsutil("secure-zone", "later.test");
    pdnsutil("delete-zone", "plain.test");
  }

  private Map<String, List<String>> rows() {
    Map<String, List<String>> rows = new LinkedHashMap<>();
    for (String table : TABLES) {
      rows.put(table, strings("SELECT t::TEXT FROM public." + table + " t ORDER BY 1"));
    }
    return rows;
  }

  private List<String> columns() {
    return strings(
        "SELECT table_name || '.' || column_name || ' ' || data_type || coalesce(column_default,"
            + " '') FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1");
  }

  private List<String> strings(String query) {
    return database.jdbi().withHandle(h -> h.createQuery(query).mapTo(String.class).list());
  }
}
