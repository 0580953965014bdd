package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.remote.PowerDns;
import org.keyward.store.EmbeddedDatabase;

/**
 * docs/migrate.md: from PowerDNS's backends for SQLite, LMDB, MySQL and BIND's files, by PowerDNS's
 * own tools, with contents, keys, metadata, TSIG keys and comments as they were.
 */
@Tag("once")
class MigrationFromOthersIT {
  private static final Path SCHEMA =
      Path.of("/usr/share/pdns-backend-pgsql/schema/schema.pgsql.sql");
  private static final Path SQLITE_SCHEMA =
      Path.of("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql");
  private static final String SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0";

  private static final String COMMENT = "moved for Jörg";

  /** As it was before: what PowerDNS transferred, by zone. */
  private final Map<String, List<String>> before = new TreeMap<>();

  private MariaDb mariaDb;

  @Test
  void fromBindsFiles(@TempDir Path dir) throws Exception {
    allOfItComesAlong(dir, "bind");
  }

  @Tag("long")
  @Test
  void fromMariaDb(@TempDir Path dir) throws Exception {
    try (MariaDb server = MariaDb.start()) {
      mariaDb = server;
      allOfItComesAlong(dir, "gmysql");
    }
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"gsqlite3", "lmdb"})
  void fromADatabase(String backend, @TempDir Path dir) throws Exception {
    allOfItComesAlong(dir, backend);
  }

  private void allOfItComesAlong(Path dir, String backend) throws Exception {
    try (EmbeddedDatabase server = EmbeddedDatabase.open(dir.resolve("postgres"), true);
        Installation keyward = new Installation(dir, configuration(dir, server))) {
      keyward.write("seal-key", Base64.getEncoder().encodeToString(new byte[32]));
      psql(server, "-f", SCHEMA.toString());
      Path source = fill(keyward, backend);
      String dnskeys = served(source, backend);
      Path both = Files.createDirectories(dir.resolve("both"));
      Files.writeString(
          both.resolve("pdns.conf"),
          settings(source, backend).replace("launch=" + backend, "launch=" + backend + ",gpgsql")
              + gpgsql(server));
      pdnsutil(keyward, both, "b2b-migrate", backend, "gpgsql");
      fromMasterFiles(keyward, server, plain(backend));

      assertThat(keyward.cli("migrate", "--check"))
          .contains("zones: 3 ", "rows that cannot be served, each left out: none");
      assertThat(keyward.cli("migrate"))
          .contains("adopted PowerDNS's tables as they stand: 3 zones");
      keyward.start();
      keyward.startPowerDns("unix");
      before.forEach(
          (zone, records) ->
              assertThat(transferred(keyward.dig(zone, "AXFR"))).as(zone).isEqualTo(records));
      signedAsBefore(keyward, server, backend, dnskeys);
      for (String zone : List.of(plain(backend), plain("files"))) {
        assigned(keyward, zone);
      }
    }
  }

  private static void signedAsBefore(
      Installation keyward, EmbeddedDatabase server, String backend, String dnskeys)
      throws Exception {
    String zone = signed(backend);
    assertThat(keyward.dig("+short", zone, "DNSKEY")).isEqualTo(dnskeys);
    keyward.trust(zone);
    assertThat(keyward.delv(zone, "a.b." + zone, "CNAME")).contains("fully validated");
    assertThat(keyward.delv(zone, "none.ns1." + zone, "A")).contains("fully validated");
    assertThat(psql(server, "-c", metadata(zone)))
        .contains("TSIG-ALLOW-AXFR move-" + backend, "NSEC3PARAM 1 0 0 -");
    assertThat(psql(server, "-c", "SELECT name, algorithm, secret FROM tsigkeys"))
        .contains("move-" + backend + "|hmac-sha256|" + SECRET);
    if (isSql(backend)) {
      assertThat(psql(server, "-c", "SELECT name, type, account, comment FROM comments"))
          .isEqualTo("ns1.%s|A|admin|%s\n".formatted(zone, COMMENT));
      assertThat(psql(server, "-c", "SELECT name, content FROM records WHERE disabled"))
          .isEqualTo("off.%s|192.0.2.99\n".formatted(zone));
    }
  }

  private static void assigned(Installation keyward, String zone) {
    keyward.cli("assign", zone, "--token", Installation.TOKEN, "--label", Installation.KEY);
    Installation.await(
        "PowerDNS to serve the signed zone " + zone,
        Duration.ofSeconds(90),
        () -> keyward.dig("+short", zone, "DNSKEY").contains("257 3"));
    keyward.trust(zone);
    // PowerDNS has other answers of the unsigned zone in its caches.
    Installation.await(
        "answers of " + zone + " to be valid",
        Duration.ofSeconds(90),
        () -> keyward.delv(zone, "ns1." + zone, "A").contains("fully validated"));
  }

  private static String signed(String backend) {
    return "signed." + backend + ".test";
  }

  private static String plain(String backend) {
    return "plain." + backend + ".test";
  }

  private static String metadata(String zone) {
    return "SELECT m.kind || ' ' || m.content FROM domainmetadata m JOIN domains d ON d.id = m.domain_id"
        + " WHERE d.name = '"
        + zone
        + "' ORDER BY 1";
  }

  private static String configuration(Path dir, EmbeddedDatabase server) {
    return """
        database: { url: "jdbc:postgresql://127.0.0.1:%d/postgres", user: postgres, password-file: %s }
        secrets: { key-file: %s }
        """
        .formatted(
            server.port(), dir.resolve("postgres/postgres-password"), dir.resolve("seal-key"));
  }

  private String settings(Path folder, String backend) {
    return switch (backend) {
      case "gmysql" -> mariaDb.settings();
      case "gsqlite3" ->
          "launch=gsqlite3\ngsqlite3-database=%s/db\ngsqlite3-dnssec=yes\n".formatted(folder);
      case "lmdb" -> "launch=lmdb\nlmdb-filename=%s/db\n".formatted(folder);
      default ->
          "launch=bind\nbind-config=%1$s/named.conf\nbind-dnssec-db=%1$s/keys.db\n"
              .formatted(folder);
    };
  }

  private static String gpgsql(EmbeddedDatabase server) {
    Map<String, String> psql = server.psqlEnvironment();
    return """
        gpgsql-host=%s
        gpgsql-port=%s
        gpgsql-user=%s
        gpgsql-password=%s
        gpgsql-dbname=%s
        gpgsql-dnssec=yes
        """
        .formatted(
            psql.get("PGHOST"),
            psql.get("PGPORT"),
            psql.get("PGUSER"),
            psql.get("PGPASSWORD"),
            psql.get("PGDATABASE"));
  }

  /** Makes what the backend keeps: a zone that is signed, and one that is not. */
  private Path fill(Installation keyward, String backend) throws IOException {
    Path source = Files.createDirectories(keyward.dir.resolve(backend));
    Files.writeString(source.resolve("pdns.conf"), settings(source, backend));
    List<String> zones = List.of(signed(backend), plain(backend));
    StringBuilder named = new StringBuilder();
    for (String zone : zones) {
      Path file = Files.writeString(source.resolve(zone), masterFile(zone));
      named.append("zone \"%s\" { type master; file \"%s\"; };\n".formatted(zone, file));
    }
    if (backend.equals("bind")) {
      Files.writeString(source.resolve("named.conf"), named);
      pdnsutil(keyward, source, "create-bind-db", source.resolve("keys.db").toString());
    } else {
      if (backend.equals("gsqlite3")) {
        keyward.run(List.of("sqlite3", source.resolve("db").toString(), ".read " + SQLITE_SCHEMA));
      }
      for (String zone : zones) {
        pdnsutil(keyward, source, "load-zone", zone, source.resolve(zone).toString());
      }
    }
    pdnsutil(keyward, source, "secure-zone", signed(backend));
    pdnsutil(keyward, source, "set-nsec3", signed(backend), "1 0 0 -");
    pdnsutil(keyward, source, "import-tsig-key", "move-" + backend, "hmac-sha256", SECRET);
    pdnsutil(keyward, source, "set-meta", signed(backend), "TSIG-ALLOW-AXFR", "move-" + backend);
    pdnsutil(keyward, source, "rectify-all-zones");
    for (String sql : whatIsNotServed(backend)) {
      execute(keyward, source, backend, sql);
    }
    return source;
  }

  /** Which transfers do not show. */
  private static List<String> whatIsNotServed(String backend) {
    return List.of(
        "INSERT INTO comments (domain_id, name, type, modified_at, account, comment)"
            + " SELECT id, 'ns1.%1$s', 'A', 1790000000, 'admin', '%2$s' FROM domains WHERE name = '%1$s'"
                .formatted(signed(backend), COMMENT),
        "INSERT INTO records (domain_id, name, type, content, ttl, disabled, auth)"
            + " SELECT id, 'off.%1$s', 'A', '192.0.2.99', 60, 1, 1 FROM domains WHERE name = '%1$s'"
                .formatted(signed(backend)));
  }

  private void execute(Installation keyward, Path source, String backend, String sql) {
    if (backend.equals("gmysql")) {
      mariaDb.execute(sql);
    } else if (backend.equals("gsqlite3")) {
      keyward.run(List.of("sqlite3", source.resolve("db").toString(), sql));
    }
  }

  private static boolean isSql(String backend) {
    return backend.equals("gmysql") || backend.equals("gsqlite3");
  }

  private static String masterFile(String zone) {
    return """
        $ORIGIN %s.
        $TTL 3600
        @ IN SOA ns1 hostmaster 2026112501 10800 3600 1209600 3600
        @ IN NS ns1
        @ IN MX 10 mail
        @ IN TXT "v=spf1 -all" "a \\"quote\\""
        ns1 IN A 192.0.2.1
        ns1 IN AAAA 2001:db8::1
        a.b IN CNAME ns1
        *.wild IN A 192.0.2.9
        _sip._tcp IN SRV 5 10 5060 ns1
        below IN NS ns.below
        ns.below IN A 192.0.2.53
        """
        .formatted(zone);
  }

  /** Has PowerDNS transfer both zones; gives the DNSKEY set of the signed one. */
  private String served(Path source, String backend) {
    List<String> lines = new ArrayList<>(settings(source, backend).lines().toList());
    lines.addAll(List.of("allow-axfr-ips=127.0.0.0/8", "disable-axfr=no"));
    try (PowerDns powerDns = PowerDns.start(source, lines)) {
      for (String zone : List.of(signed(backend), plain(backend))) {
        before.put(zone, transferred(powerDns.dig(zone, "AXFR")));
      }
      return powerDns.dig("+short", signed(backend), "DNSKEY");
    }
  }

  /** What BIND itself serves has keys of another form: zone2sql takes the contents alone. */
  private void fromMasterFiles(Installation keyward, EmbeddedDatabase server, String like)
      throws Exception {
    String zone = plain("files");
    Path files = Files.createDirectories(keyward.dir.resolve("files"));
    Path file = Files.writeString(files.resolve(zone), masterFile(zone));
    Path named =
        Files.writeString(
            files.resolve("named.conf"),
            "zone \"%s\" { type master; file \"%s\"; };\n".formatted(zone, file));
    Path sql = files.resolve("zones.sql");
    ProcessBuilder builder =
        new ProcessBuilder("zone2sql", "--gpgsql", "--transactions", "--named-conf=" + named)
            .redirectOutput(sql.toFile())
            .redirectError(files.resolve("zone2sql.log").toFile());
    assertThat(builder.start().waitFor()).isZero();
    psql(server, "-v", "ON_ERROR_STOP=1", "-f", sql.toString());
    before.put(
        zone, before.get(like).stream().map(line -> line.replace(like, zone)).sorted().toList());
  }

  /** Without signatures, which another server makes anew. */
  private static List<String> transferred(String printed) {
    List<String> records =
        printed
            .lines()
            .filter(line -> !line.isBlank() && !line.startsWith(";"))
            .map(line -> line.replaceAll("\\s+", " "))
            .filter(line -> !line.matches("\\S+ \\d+ IN RRSIG .*"))
            .distinct()
            .sorted()
            .toList();
    assertThat(records).as(printed).hasSizeGreaterThan(10);
    return records;
  }

  private static void pdnsutil(Installation keyward, Path config, String... arguments) {
    List<String> command = new ArrayList<>(List.of("pdnsutil", "--config-dir=" + config));
    command.addAll(Arrays.asList(arguments));
    keyward.run(command);
  }

  private static String psql(EmbeddedDatabase server, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("psql", "-X", "-q", "-A", "-t"));
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(server.psqlEnvironment());
    Process process = builder.start();
    process.getOutputStream().close();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
    return printed;
  }
}
