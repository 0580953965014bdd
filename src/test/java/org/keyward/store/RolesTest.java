package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.config.Secret;

@Tag("once")
class RolesTest {
  private static Database database;

  @BeforeAll
  static void createZone() {
    database = TestDatabase.create();
    database.useTransaction(
        h -> {
          h.execute("INSERT INTO domains (name, type) VALUES ('example.com', 'NATIVE')");
          h.execute(
              "INSERT INTO records (domain_id, name, type, content, ttl)"
                  + " VALUES (1, 'example.com', 'SOA', 'ns.x hostmaster.x 10 2 3 4 5', 60)");
        });
  }

  @AfterAll
  static void close() {
    database.close();
  }

  /** Runs a statement with the rights of a role, up to the commit, and takes it back. */
  private static List<Long> serialsAfter(String role, String statement) {
    return database
        .jdbi()
        .withHandle(
            h -> {
              h.begin();
              try {
                h.execute("SET LOCAL ROLE " + role);
                h.execute(statement);
                h.execute("SET CONSTRAINTS ALL IMMEDIATE");
                h.execute("RESET ROLE");
                return h.createQuery("SELECT keyward.serial_of(id) FROM domains")
                    .mapTo(Long.class)
                    .list();
              } finally {
                h.rollback();
              }
            });
  }

  @Test
  void whoWritesRecordsMovesTheSerialWithoutRightsToTheRest() {
    String insert =
        "INSERT INTO records (domain_id, name, type, content, ttl)"
            + " VALUES (1, 'www.example.com', 'A', '192.0.2.1', 60)";
    assertThat(serialsAfter("keyward_dba", insert)).containsExactly(11L);
  }

  /** It is no lack of rights. */
  @Test
  void tablesOfAnotherVersionAreCalledThat() {
    try (Database other = TestDatabase.create()) {
      other.useTransaction(
          h -> {
            h.execute(
                "UPDATE keyward.flyway_schema_history SET checksum = 1 WHERE version = '003'");
            h.execute("DELETE FROM keyward.flyway_schema_history WHERE description = '80 roles'");
          });
      assertThatThrownBy(() -> Migrations.migrate(other))
          .hasMessageContaining("made by another version of Keyward")
          .hasMessageContaining("003")
          .hasMessageNotContaining("right to create");
    }
  }

  @Test
  void aPanelWithItsOwnLoginWritesAsBefore() {
    database
        .jdbi()
        .useHandle(
            h -> {
              h.begin();
              h.execute("CREATE ROLE panel_of_old");
              h.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON records, domains TO panel_of_old");
              h.execute("GRANT USAGE ON SEQUENCE records_id_seq, domains_id_seq TO panel_of_old");
              h.execute("SET LOCAL ROLE panel_of_old");
              h.execute("INSERT INTO domains (name, type) VALUES ('example.net', 'NATIVE')");
              h.execute(
                  "INSERT INTO records (domain_id, name, type, content, ttl)"
                      + " VALUES (1, 'www.example.com', 'A', '192.0.2.1', 60)");
              h.execute("UPDATE records SET ttl = 61 WHERE type = 'A'");
              h.execute("DELETE FROM records WHERE type = 'A'");
              h.execute("SET CONSTRAINTS ALL IMMEDIATE");
              h.rollback();
            });
  }

  @Test
  void anOwnerWhoMayNotCreateRolesMigratesWithoutThem(@TempDir Path folder) {
    try (EmbeddedDatabase server = EmbeddedDatabase.open(folder, true)) {
      try (Database admin = server.connect()) {
        admin
            .jdbi()
            .useHandle(
                h -> {
                  h.execute("CREATE USER plain PASSWORD 'plain'");
                  h.execute("CREATE DATABASE pdns OWNER plain");
                });
      }
      String url = "jdbc:postgresql://127.0.0.1:" + server.port() + "/pdns";
      try (Database owned = Database.connect(url, "plain", Optional.of(Secret.of("plain")))) {
        assertThat(Migrations.migrate(owned)).isPositive();
        List<String> roles =
            owned
                .jdbi()
                .withHandle(
                    h ->
                        h.createQuery("SELECT rolname FROM pg_roles WHERE rolname LIKE 'keyward%'")
                            .mapTo(String.class)
                            .list());
        assertThat(roles).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "keyward_serve,SELECT content FROM records",
    "keyward_serve,SELECT sealed FROM keyward.zsk",
    "keyward_serve,DELETE FROM keyward.problem",
    "keyward_writer,DELETE FROM records",
    "keyward_writer,UPDATE domains SET last_check = 1",
    "keyward_writer,DELETE FROM cryptokeys",
    "keyward_tools,DELETE FROM records",
    "keyward_tools,UPDATE domains SET last_check = 1",
    "keyward_sign,SELECT keyward.bump_serial(1)",
    "keyward_sign,SELECT keyward.touch_zone(1)",
    "keyward_sign,'SELECT keyward.bump_serials(ARRAY[1]), keyward.touch_zones(ARRAY[1])'",
    "keyward_dba,SELECT zone FROM keyward.problems",
    "keyward_dba,DELETE FROM domains",
    "keyward_admin,DELETE FROM domains",
    "keyward_admin,SELECT hash FROM keyward.api_token",
    "keyward_admin,UPDATE keyward.request SET state = 'queued'",
    "keyward_serve,SELECT kind FROM keyward.findings",
    "keyward_dba,SELECT kind FROM keyward.findings",
    "keyward_auditor,SELECT name FROM keyward.api_token",
    "keyward_auditor,SELECT hash FROM keyward.audit"
  })
  void mayDoItsWork(String role, String statement) {
    assertThatCode(() -> serialsAfter(role, statement)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "keyward_serve,DELETE FROM records",
    "keyward_serve,SELECT keyward.bump_serial(1)",
    "keyward_sign,DELETE FROM records",
    "keyward_sign,DELETE FROM keyward.audit",
    "keyward_dba,SELECT content FROM cryptokeys",
    "keyward_dba,SELECT sealed FROM keyward.zsk",
    "keyward_dba,SELECT keyward.bump_serial(1)",
    "keyward_tools,SELECT sealed FROM keyward.zsk",
    "keyward_tools,SELECT zone FROM keyward.assignment",
    "keyward_tools,DELETE FROM keyward.audit",
    "keyward_tools,SELECT keyward.bump_serial(1)",
    "keyward_writer,SELECT sealed FROM keyward.zsk",
    "keyward_writer,DELETE FROM keyward.audit",
    "keyward_admin,SELECT sealed FROM keyward.zsk",
    "keyward_admin,SELECT content FROM cryptokeys",
    "keyward_admin,DELETE FROM keyward.audit",
    "keyward_admin,DELETE FROM keyward.api_token",
    "keyward_serve,SELECT hash FROM keyward.api_token",
    "keyward_auditor,SELECT hash FROM keyward.api_token",
    "keyward_dba,DELETE FROM keyward.finding",
    "keyward_auditor,SELECT sealed FROM keyward.zsk",
    "keyward_auditor,DELETE FROM keyward.request"
  })
  void mayDoNothingElse(String role, String statement) {
    assertThatThrownBy(() -> serialsAfter(role, statement))
        .hasMessageContaining("permission denied");
  }

  /** The rights in a database itself are not in the copies that other tests use. */
  @Test
  void onlyWhoNeedsTemporaryTablesMayMakeThemAndNobodyObjectsInPublic() {
    try (Database fresh = TestDatabase.createEmpty()) {
      Migrations.migrate(fresh);
      assertThat(
              one(
                  fresh,
                  "SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolname LIKE 'keyward\\_%'"
                      + " AND (has_schema_privilege(oid, 'public', 'CREATE') OR"
                      + " has_database_privilege(oid, current_database(), 'TEMPORARY'))"))
          .isEqualTo("keyward_dba");
    }
  }

  @Test
  void onceTheRolesAreThereTheOwnerNeedsNoRightToCreateAny() {
    try (Database fresh = TestDatabase.createEmpty()) {
      String owner = "owner_of_" + one(fresh, "SELECT current_database()");
      fresh
          .jdbi()
          .useHandle(
              h -> {
                h.execute("CREATE ROLE " + owner + " LOGIN PASSWORD 'lesser'");
                h.execute("ALTER DATABASE " + owner.substring(9) + " OWNER TO " + owner);
              });
      String url =
          one(
              fresh,
              "SELECT 'jdbc:postgresql://127.0.0.1:' || current_setting('port') || '/'"
                  + " || current_database()");
      try (Database owned = Database.connect(url, owner, Optional.of(Secret.of("lesser")))) {
        assertThat(Migrations.migrate(owned)).isPositive();
        assertThat(Migrations.migrate(owned, "other")).isPositive();
        String may = "SELECT has_table_privilege('keyward_sign', 'keyward.zsk', 'SELECT')::TEXT";
        assertThat(one(owned, may)).isEqualTo("true");
      }
    }
  }

  /** As after a dump is restored into a fresh cluster, which has no role of Keyward's. */
  @Test
  void migrateMakesRolesThatAreMissing(@TempDir Path folder) {
    try (EmbeddedDatabase server = EmbeddedDatabase.open(folder, true, false);
        Database fresh = server.connect()) {
      Migrations.migrate(fresh);
      assertThat(Migrations.migrate(fresh)).isZero();
      fresh
          .jdbi()
          .useHandle(
              h -> {
                for (String role : List.of("serve", "writer", "admin", "dba", "auditor", "sign")) {
                  h.execute("DROP OWNED BY keyward_" + role + "; DROP ROLE keyward_" + role);
                }
              });
      assertThat(Migrations.migrate(fresh)).isEqualTo(1);
      assertThat(
              one(fresh, "SELECT has_table_privilege('keyward_serve', 'records', 'SELECT')::TEXT"))
          .isEqualTo("true");
      fresh.jdbi().useHandle(h -> h.execute("REVOKE USAGE ON SCHEMA keyward FROM keyward_sign"));
      assertThat(Migrations.migrate(fresh)).isEqualTo(1);
      assertThat(Migrations.migrate(fresh)).isZero();
    }
  }

  private static String one(Database of, String query) {
    return of.jdbi().withHandle(h -> h.createQuery(query).mapTo(String.class).one());
  }
}
