package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.store.Database;
import org.keyward.store.TestDatabase;
import picocli.CommandLine;

/** What {@code migrate --check} finds in a database of PowerDNS, and what {@code migrate} says. */
@Tag("once")
class MigrateCheckTest {
  private static final Path SCHEMA =
      Path.of("/usr/share/pdns-backend-pgsql/schema/schema.pgsql.sql");
  private static final String PANEL = "panel_of_check";
  private static final String PASSWORD = "panel-secret-5d1";

  @TempDir Path dir;
  private final Database database = TestDatabase.createEmpty();
  private String name;

  @BeforeEach
  void fill() throws Exception {
    name = sql(h -> h.createQuery("SELECT current_database()").mapTo(String.class).one());
    write("keyward.yaml", "postgres", TestDatabase.server().psqlEnvironment().get("PGPASSWORD"));
    String schema = Files.readString(SCHEMA);
    sql(h -> h.createScript(schema).execute());
    pdnsutil("create-zone", "signed.test", "ns1.signed.test");
    pdnsutil("add-record", "signed.test", "ns1", "A", "192.0.2.1");
    pdnsutil("secure-zone", "signed.test");
    pdnsutil("create-zone", "plain.test", "ns1.signed.test");
    pdnsutil("create-secondary-zone", "copy.test", "192.0.2.53");
    pdnsutil("set-presigned", "copy.test");
    sql(
        h -> {
          h.execute(
              "INSERT INTO records (domain_id, name, type, content, ttl)"
                  + " SELECT id, 'www.plain.test', 'A', '192.0.2.999', 60 FROM domains WHERE name = 'plain.test'");
          h.execute(
              "INSERT INTO records (domain_id, name, type, content, ttl)"
                  + " SELECT id, 'a..b.plain.test', 'A', '192.0.2.1', 60 FROM domains WHERE name = 'plain.test'");
          h.execute(
              "INSERT INTO domainmetadata (domain_id, kind, content)"
                  + " SELECT id, 'ALSO-NOTIFY', 'ns2.plain.test' FROM domains WHERE name = 'plain.test'");
          h.execute(
              "INSERT INTO cryptokeys (domain_id, flags, active, content) SELECT id, 257, true,"
                  + " 'Private-key-format: v1.2\nAlgorithm: 13\nEngine: softhsm2\nSlot: Office\nPIN: 7391\nLabel: ksk\n'"
                  + " FROM domains WHERE name = 'plain.test'");
          h.execute(
              "INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('k', 'hmac-md5', '???')");
          h.execute("DROP ROLE IF EXISTS " + PANEL);
          h.execute("CREATE ROLE " + PANEL + " LOGIN PASSWORD '" + PASSWORD + "'");
          h.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON records, domains TO " + PANEL);
          h.execute(
              "CREATE FUNCTION other() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'");
          h.execute(
              "CREATE TRIGGER of_a_panel BEFORE INSERT ON records FOR EACH ROW EXECUTE FUNCTION other()");
          return null;
        });
  }

  @AfterEach
  void close() {
    sql(h -> h.execute("DROP OWNED BY " + PANEL + "; DROP ROLE " + PANEL));
    database.close();
  }

  private void write(String file, String user, String password) throws Exception {
    Files.writeString(dir.resolve(file + ".password"), password);
    Files.writeString(
        dir.resolve(file),
        """
        database: { url: "jdbc:postgresql://127.0.0.1:%d/%s", user: %s, password-file: %s }
        secrets: { key-file: %s }
        """
            .formatted(
                TestDatabase.server().port(),
                name,
                user,
                dir.resolve(file + ".password"),
                dir.resolve("seal-key")));
    Files.writeString(dir.resolve("seal-key"), Base64.getEncoder().encodeToString(new byte[32]));
  }

  @Test
  void saysWhatIsThereAndChangesNothing() throws Exception {
    String before = dump();
    JsonNode found;
    String text;
    try (Connection panel =
        DriverManager.getConnection(
            "jdbc:postgresql://127.0.0.1:%d/%s?ApplicationName=poweradmin"
                .formatted(TestDatabase.server().port(), name),
            PANEL,
            PASSWORD)) {
      assertThat(panel.isValid(5)).isTrue();
      text = run(0, "migrate --check");
      found = new ObjectMapper().readTree(run(0, "migrate --check --json"));
    }
    assertThat(dump()).isEqualTo(before);

    assertThat(found.get("tables").asText()).isEqualTo("of PowerDNS 4.7 or newer");
    assertThat(found.get("schema").asText()).contains("not there");
    assertThat(found.get("zones").get("NATIVE").asInt()).isEqualTo(2);
    assertThat(found.get("zones").get("SLAVE").asInt()).isEqualTo(1);
    assertThat(lines(found.get("signed"), "zone", "signed_by", "role", "algorithm", "place"))
        .containsExactlyInAnyOrder(
            "signed.test powerdns CSK ecdsap256sha256 software",
            "plain.test powerdns CSK ecdsap256sha256 on the token Office as ksk, with its PIN in the database",
            "copy.test another server null null null");
    assertThat(tag(found))
        .isEqualTo(pdnsutil("show-zone", "signed.test").replaceAll("(?s).*tag = (\\d+).*", "$1"));
    assertThat(lines(found.get("rows_left_out"), "zone", "owner", "type"))
        .containsExactlyInAnyOrder(
            "plain.test www.plain.test A",
            "plain.test a..b.plain.test A",
            "plain.test plain.test ALSO-NOTIFY",
            "null k TSIG",
            "copy.test null null"); // it has no SOA: nothing has come from its primary yet
    found.get("rows_left_out").forEach(row -> assertThat(row.get("reason").asText()).isNotBlank());
    assertThat(lines(found.get("logins"), "login", "connections", "programs"))
        .contains(PANEL + " 1 [\"poweradmin at 127.0.0.1\"]");
    assertThat(lines(found.get("logins"), "login", "rights"))
        .anyMatch(line -> line.startsWith("postgres ") && line.contains("owns tables"))
        .anyMatch(line -> line.startsWith(PANEL) && line.contains("writes tables"));
    assertThat(found.get("obstacles")).isEmpty();
    assertThat(found.get("remarks").toString()).contains("of_a_panel", "temporary tables");
    assertThat(text)
        .contains("zones: 3 (2 NATIVE, 1 SLAVE)", "www.plain.test", "poweradmin")
        .endsWith("nothing was changed\n");
    assertThat(text + found).doesNotContain("7391", PASSWORD, "PrivateKey");
  }

  @Test
  void saysWhyMigrateWouldBeRefused() throws Exception {
    write("panel.yaml", PANEL, PASSWORD);
    sql(h -> h.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO " + PANEL));
    assertThat(run(1, "migrate --check --config " + dir.resolve("panel.yaml")))
        .contains("may not change", "migrate as postgres", "GRANT CREATE ON DATABASE");
    sql(h -> h.execute("ALTER TABLE cryptokeys DROP published"));
    String before = dump();
    assertThat(run(1, "migrate --check")).contains("ALTER TABLE cryptokeys ADD published");
    assertThat(dump()).isEqualTo(before);
  }

  @Test
  void migrateSaysWhatItDid() throws Exception {
    String first = run(0, "migrate");
    assertThat(first)
        .contains("adopted PowerDNS's tables as they stand: 3 zones, ", "no row was changed")
        .containsPattern("the schema keyward has \\d\\d new tables")
        .containsPattern("\\d\\d new triggers");
    assertThat(run(0, "migrate"))
        .isEqualTo("there is nothing to do: the schema is of this version\n");
    String before = dump();
    assertThat(run(0, "migrate --check")).contains("of this version", "nothing was changed");
    assertThat(dump()).isEqualTo(before);
    sql(
        h ->
            h.execute(
                "UPDATE keyward.flyway_schema_history SET checksum = 1 WHERE script LIKE 'R__70%'"));
    assertThat(run(0, "migrate --check")).contains("of another version: migrate upgrades it");
    assertThat(run(0, "migrate")).contains("brought functions, views, triggers and rights up to");
    assertThat(run(0, "migrate")).contains("there is nothing to do");
  }

  private static String tag(JsonNode found) {
    for (JsonNode key : found.get("signed")) {
      if (key.get("zone").asText().equals("signed.test")) {
        return key.get("tag").asText();
      }
    }
    return "";
  }

  private static List<String> lines(JsonNode rows, String... columns) {
    List<String> lines = new ArrayList<>();
    rows.forEach(
        row ->
            lines.add(
                Arrays.stream(columns)
                    .map(
                        column ->
                            row.get(column).isArray()
                                ? row.get(column).toString()
                                : row.get(column).asText())
                    .collect(Collectors.joining(" "))));
    return lines;
  }

  private String run(int expected, String words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = KeywardCommand.commandLine();
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    List<String> whole = new ArrayList<>(Arrays.asList(words.split(" ")));
    if (!whole.contains("--config")) {
      whole.addAll(List.of("--config", dir.resolve("keyward.yaml").toString()));
    }
    assertThat(line.execute(whole.toArray(String[]::new))).as(out + " " + err).isEqualTo(expected);
    assertThat(err.toString()).doesNotContain(PASSWORD, "7391");
    return out.toString();
  }

  /** Every row with the transaction that wrote it, every object, right and role, each sequence. */
  private String dump() {
    return sql(
        h -> {
          List<String> dump = new ArrayList<>();
          for (String table : relations(h, "r")) {
            dump.addAll(
                h.createQuery(
                        "SELECT t.xmin || ' ' || md5(t::TEXT) FROM " + table + " t ORDER BY 1")
                    .mapTo(String.class)
                    .map(row -> table + " " + row)
                    .list());
          }
          for (String sequence : relations(h, "S")) {
            dump.add(h.createQuery("SELECT * FROM " + sequence).mapToMap().one().toString());
          }
          for (String catalog :
              List.of(
                  "pg_attribute",
                  "pg_proc",
                  "pg_trigger",
                  "pg_constraint",
                  "pg_namespace",
                  "pg_authid",
                  "pg_auth_members",
                  "pg_db_role_setting",
                  "pg_shdescription")) {
            dump.addAll(
                h.createQuery(
                        "SELECT md5(string_agg(t::TEXT, ' ' ORDER BY t::TEXT)) FROM "
                            + catalog
                            + " t")
                    .mapTo(String.class)
                    .list());
          }
          dump.addAll(
              h.createQuery(
                      "SELECT oid || relname || relowner || coalesce(relacl::TEXT, '') FROM pg_class ORDER BY 1")
                  .mapTo(String.class)
                  .list());
          dump.addAll(
              h.createQuery(
                      "SELECT datname || datdba || coalesce(datacl::TEXT, '') FROM pg_database WHERE datname = current_database()")
                  .mapTo(String.class)
                  .list());
          assertThat(dump).hasSizeGreaterThan(100);
          return String.join("\n", dump);
        });
  }

  private static List<String> relations(Handle handle, String kind) {
    return handle
        .createQuery(
            "SELECT c.oid::REGCLASS::TEXT FROM pg_class c WHERE c.relkind = :kind"
                + " AND c.relnamespace::REGNAMESPACE::TEXT IN ('public', 'keyward') ORDER BY 1")
        .bind("kind", kind)
        .mapTo(String.class)
        .list();
  }

  private String pdnsutil(String... arguments) throws Exception {
    Map<String, String> psql = TestDatabase.server().psqlEnvironment();
    Files.writeString(
        dir.resolve("pdns.conf"),
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
                name));
    List<String> command = new ArrayList<>(List.of("pdnsutil", "--config-dir=" + dir));
    command.addAll(List.of(arguments));
    return program(command);
  }

  private static String program(List<String> command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(TestDatabase.server().psqlEnvironment());
    Process process = builder.start();
    process.getOutputStream().close();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, printed).isZero();
    return printed;
  }

  private <T> T sql(org.jdbi.v3.core.HandleCallback<T, RuntimeException> work) {
    return TestDatabase.jdbi(database).withHandle(work);
  }
}
