package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.store.EmbeddedDatabase;

/** docs/migrate.md: from gpgsql and from BIND to Keyward, and back, with the same keys. */
@Tag("once")
class MigrationIT {
  private static final Path SCHEMA =
      Path.of("/usr/share/pdns-backend-pgsql/schema/schema.pgsql.sql");
  private static final String ADOPTED = "adopted.test.";
  private static final String BIND = "bind.test.";
  private static final String TOKEN_ZONE = "token.test.";

  @Test
  void thereAndBackWithNothingLost(@TempDir Path dir) throws Exception {
    try (EmbeddedDatabase server = EmbeddedDatabase.open(dir.resolve("postgres"), true);
        Installation keyward = new Installation(dir, configuration(dir, server))) {
      keyward.write("seal-key", Base64.getEncoder().encodeToString(new byte[32]));
      psql(server, "-f", SCHEMA.toString());
      Path gpgsql = gpgsql(keyward, server);
      pdnsutil(keyward, gpgsql, "create-zone", "adopted.test", "ns1.adopted.test");
      pdnsutil(keyward, gpgsql, "add-record", "adopted.test", "ns1", "A", "192.0.2.1");
      pdnsutil(keyward, gpgsql, "add-record", "adopted.test", "a.b", "TXT", "\"adopted\"");
      pdnsutil(keyward, gpgsql, "secure-zone", "adopted.test");
      Map<String, String> before = rows(server);

      keyward.cli("migrate");
      assertThat(rows(server)).isEqualTo(before);
      keyward.start();
      keyward.startPowerDns("unix");
      keyward.trust(ADOPTED);
      validates(keyward, ADOPTED, "a.b." + ADOPTED, "TXT");

      Path remote = dir.resolve("pdns");
      importFromBind(keyward, dir, remote);
      validates(keyward, BIND, "www." + BIND, "A");
      validates(keyward, BIND, "none." + BIND, "A");
      assertThat(psql(server, "-c", "SELECT count(*) FROM keyward.sealed_key").strip())
          .isEqualTo("2");
      psql(
          server,
          "-c",
          "INSERT INTO records (domain_id, name, type, content, ttl)"
              + " SELECT id, 'deep.new.adopted.test', 'A', '192.0.2.7', 60 FROM domains"
              + " WHERE name = 'adopted.test'");
      keyWithTokenStandsInTheWay(keyward);

      String keys =
          keyward.dig("+short", BIND, "DNSKEY") + keyward.dig("+short", ADOPTED, "DNSKEY");
      List<String> records = records(keyward);
      Path script = dir.resolve("leave.sql");
      assertThat(keyward.cli("leave")).contains("sealed keys to open: 2");
      assertThat(keyward.cli("leave", "--apply", script.toString())).contains("2 private keys");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(script)))
          .isEqualTo("rw-------");
      assertThat(keyward.cli("audit", "list")).contains("CRYPTOKEY_UNSEALED");
      assertThat(keyward.cli("audit", "verify")).containsIgnoringCase("verified");
      keyward.stopPowerDns();
      keyward.stopService();
      psql(server, "-v", "ON_ERROR_STOP=1", "-f", script.toString());
      assertThat(psql(server, "-c", "SELECT count(*) FROM keyward.sealed_key").strip())
          .isEqualTo("0");

      pdnsutil(keyward, gpgsql, "rectify-all-zones");
      keyward.write(
          "pdns/pdns.conf", listening(keyward) + Files.readString(gpgsql.resolve("pdns.conf")));
      keyward.startPowerDnsAgain();
      assertThat(
              sorted(
                  keyward.dig("+short", BIND, "DNSKEY") + keyward.dig("+short", ADOPTED, "DNSKEY")))
          .isEqualTo(sorted(keys));
      assertThat(records(keyward)).isEqualTo(records);
      validates(keyward, ADOPTED, "deep.new." + ADOPTED, "A");
      validates(keyward, ADOPTED, "new." + ADOPTED, "A");
      validates(keyward, BIND, "www." + BIND, "A");
      String changes = psql(server, "-c", "SELECT count(*) FROM keyward.change");
      pdnsutil(keyward, gpgsql, "add-record", "bind.test", "x", "A", "192.0.2.1");
      assertThat(psql(server, "-c", "SELECT count(*) FROM keyward.change")).isEqualTo(changes);
      psql(server, "-c", "SELECT keyward.set_triggers(true)");
      pdnsutil(keyward, gpgsql, "add-record", "bind.test", "y", "A", "192.0.2.1");
      assertThat(psql(server, "-c", "SELECT count(*) FROM keyward.change")).isNotEqualTo(changes);
    }
  }

  private static String configuration(Path dir, EmbeddedDatabase server) {
    return """
        database: { url: "jdbc:postgresql://127.0.0.1:%d/postgres", user: postgres, password-file: %s }
        secrets: { key-file: %s }
        signing: { unassign-hold: 0s }
        """
        .formatted(
            server.port(), dir.resolve("postgres/postgres-password"), dir.resolve("seal-key"));
  }

  private static Path gpgsql(Installation keyward, EmbeddedDatabase server) throws IOException {
    Map<String, String> psql = server.psqlEnvironment();
    Path folder = Files.createDirectories(keyward.dir.resolve("gpgsql"));
    keyward.write(
        "gpgsql/pdns.conf",
        """
        launch=gpgsql
        gpgsql-host=%s
        gpgsql-port=%s
        gpgsql-user=%s
        gpgsql-password=%s
        gpgsql-dbname=%s
        gpgsql-dnssec=yes
        default-soa-content=ns1.@ hostmaster.@ 0 10800 3600 604800 3600
        """
            .formatted(
                psql.get("PGHOST"),
                psql.get("PGPORT"),
                psql.get("PGUSER"),
                psql.get("PGPASSWORD"),
                psql.get("PGDATABASE")));
    return folder;
  }

  /** What Keyward's configuration of PowerDNS has beside the backend. */
  private static String listening(Installation keyward) {
    return keyward
            .read("pdns/pdns.conf")
            .lines()
            .filter(line -> !line.startsWith("launch") && !line.startsWith("remote-"))
            .collect(java.util.stream.Collectors.joining("\n"))
        + "\n";
  }

  private static void importFromBind(Installation keyward, Path dir, Path remote) throws Exception {
    Path folder = Files.createDirectories(dir.resolve("bind"));
    keyward.write(
        "bind/bind.test.zone",
        """
        $TTL 3600
        @ IN SOA ns1 hostmaster 2026112501 10800 3600 1209600 3600
        @ IN NS ns1
        ns1 IN A 192.0.2.1
        www IN A 192.0.2.2
        """);
    String ksk = keygen(keyward, folder, "-f", "KSK");
    String zsk = keygen(keyward, folder);
    keyward.cli("zone", "import", BIND, folder.resolve("bind.test.zone").toString());
    pdnsutil(
        keyward, remote, "import-zone-key", "bind.test", folder + "/" + ksk + ".private", "ksk");
    pdnsutil(
        keyward, remote, "import-zone-key", "bind.test", folder + "/" + zsk + ".private", "zsk");
    String key = Files.readString(folder.resolve(ksk + ".key"));
    String published = key.lines().filter(line -> !line.startsWith(";")).findFirst().orElseThrow();
    Installation.await(
        "PowerDNS to sign with BIND's key",
        java.time.Duration.ofSeconds(90),
        () ->
            keyward
                .dig("+short", BIND, "DNSKEY")
                .replace(" ", "")
                .contains(published.replaceFirst(".*DNSKEY ", "").replace(" ", "")));
    keyward.trust(BIND);
  }

  private static String keygen(Installation keyward, Path folder, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-K", folder.toString()));
    command.addAll(List.of(more));
    command.add("bind.test");
    return keyward.run(command).strip();
  }

  /** Nobody but Keyward can use that key, so leaving is refused until the zone is unsigned. */
  private static void keyWithTokenStandsInTheWay(Installation keyward) {
    keyward.cli("zone", "create", TOKEN_ZONE, "--ns", "ns1." + TOKEN_ZONE);
    keyward.cli("assign", TOKEN_ZONE, "--token", Installation.TOKEN, "--label", Installation.KEY);
    for (String[] leave :
        new String[][] {
          {"leave"}, {"leave", "--apply", keyward.dir.resolve("refused.sql").toString()}
        }) {
      assertThatThrownBy(() -> keyward.cli(leave)).hasMessageContaining("Keyward signs token.test");
    }
    assertThat(keyward.dir.resolve("refused.sql")).doesNotExist();
    keyward.cli("unassign", TOKEN_ZONE);
    Installation.await(
        "the zone to be unsigned",
        java.time.Duration.ofSeconds(60),
        () -> keyward.cli("status", TOKEN_ZONE).contains("unsigned"));
    keyward.cli("zone", "delete", TOKEN_ZONE);
  }

  private static void validates(Installation keyward, String zone, String name, String type) {
    assertThat(keyward.delv(zone, name, type)).contains("fully validated");
  }

  /** What both zones hold beside what is made by signing. */
  private static List<String> records(Installation keyward) {
    List<String> records = new ArrayList<>();
    for (String zone : List.of(ADOPTED, BIND)) {
      keyward
          .dig("+noall", "+answer", "+onesoa", zone, "AXFR")
          .lines()
          .map(line -> line.replaceAll("\\s+", " "))
          .filter(line -> !line.matches(".* IN (RRSIG|NSEC|NSEC3) .*"))
          .forEach(records::add);
    }
    assertThat(records).hasSizeGreaterThan(10);
    return records.stream().sorted().toList();
  }

  private static List<String> sorted(String lines) {
    return lines.lines().sorted().toList();
  }

  private static Map<String, String> rows(EmbeddedDatabase server) throws Exception {
    Map<String, String> rows = new TreeMap<>();
    for (String table : List.of("domains", "records", "domainmetadata", "cryptokeys", "tsigkeys")) {
      rows.put(table, psql(server, "-c", "SELECT t::TEXT FROM public." + table + " t ORDER BY 1"));
    }
    return rows;
  }

  private static String pdnsutil(Installation keyward, Path config, String... arguments) {
    List<String> command = new ArrayList<>(List.of("pdnsutil", "--config-dir=" + config));
    command.addAll(Arrays.asList(arguments));
    return keyward.run(command);
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
