package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.RecordRow;
import org.keyward.zone.ZoneMemory;
import org.keyward.zone.ZoneStorageException;
import org.xbill.DNS.Name;

/** Databases that were made for earlier versions of PowerDNS. */
@Tag("once")
class OldSchemasTest {
  private static final String FROM_4_1 =
      "ALTER TABLE cryptokeys DROP published;"
          + "ALTER TABLE domains DROP options, DROP catalog, ALTER type TYPE VARCHAR(8),"
          + " ALTER notified_serial TYPE INT;"
          + "ALTER TABLE records ADD change_date INT DEFAULT NULL;";
  private static final String FROM_3_1 =
      FROM_4_1
          + "DROP TABLE comments; ALTER TABLE records DROP disabled; ALTER TABLE records ALTER id TYPE INT;"
          + "ALTER TABLE records DROP auth; ALTER TABLE records DROP ordername;"
          + "ALTER TABLE supermasters DROP CONSTRAINT supermasters_pkey, ALTER account DROP NOT NULL,"
          + " ALTER ip TYPE VARCHAR(25);";
  private static final String DATA =
      "INSERT INTO domains (name, type) VALUES ('old.example', 'NATIVE'), ('old2.example', 'MASTER');"
          + "INSERT INTO records (domain_id, name, type, content, ttl, prio) SELECT id, name, 'SOA',"
          + " 'ns1.' || name || ' hostmaster.' || name || ' 2019010100 10800 3600 604800 3600', 3600, 0"
          + " FROM domains;"
          + "INSERT INTO cryptokeys (domain_id, flags, active, content) VALUES (2, 257, true, 'Private-key-format: v1.2');"
          + "INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('k.example', 'hmac-sha256', 'c2Vj');";

  /** A setting of databases from before PostgreSQL 9.1, which dumps take along. */
  @Test
  void aDatabaseThatReadsBackslashesAsEscapesIsAdopted() throws Exception {
    try (Database database = TestDatabase.createEmpty()) {
      run(
          database,
          "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings = off',"
              + " current_database()); END $$");
      try (Database again = TestDatabase.again(database)) {
        Migrations.migrate(again);
        run(
            again,
            "INSERT INTO domains (name, type) VALUES ('a.example', 'MASTER');"
                + "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, name, 'SOA',"
                + " 'ns.x h.x 10 2 3 4 5', 60 FROM domains");
        run(
            again,
            "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, 'w.a.example', 'A',"
                + " '192.0.2.1', 60 FROM domains");
        PostgresZones source = new PostgresZones(again, SigningReader.NONE, Optional.empty());
        assertThat(source.load(1).orElseThrow().records())
            .extracting(RecordRow::content)
            .contains("ns.x h.x 11 2 3 4 5", "192.0.2.1");
        assertThat(
                text(
                    again,
                    "SELECT count(*)::TEXT FROM pg_trigger WHERE pg_get_triggerdef(oid) LIKE '%TYPE%(59|60)%'"))
            .isEqualTo("1");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"3.1", "4.1", "4.2", "4.7"})
  void areRefusedUntouchedOrAdopted(String version) throws Exception {
    try (Database database = TestDatabase.createEmpty()) {
      String schema = Files.readString(Path.of("sql/V001__powerdns_tables.sql"));
      run(
          database,
          schema.substring(schema.indexOf("DO $adopt$"))
              + switch (version) {
                case "3.1" -> FROM_3_1;
                case "4.1" -> FROM_4_1;
                case "4.2" -> "ALTER TABLE cryptokeys DROP published;";
                default -> "";
              }
              + DATA);
      if (!version.equals("4.7")) {
        ZoneStorageException refusal =
            catchThrowableOfType(ZoneStorageException.class, () -> Migrations.migrate(database));
        assertThat(refusal)
            .hasMessageContaining("nothing was changed")
            .hasMessageContaining("ALTER TABLE cryptokeys ADD published BOOL DEFAULT true")
            .hasMessageNotContaining("\n");
        assertThat(
                text(database, "SELECT count(*)::TEXT FROM pg_namespace WHERE nspname = 'keyward'"))
            .isEqualTo("0");
        String said = refusal.getMessage();
        if (said.contains("CREATE TABLE comments")) {
          int from = schema.indexOf("CREATE TABLE comments");
          run(database, schema.substring(from, schema.indexOf(";", from) + 1));
          said = said.replaceAll("CREATE TABLE [^;]*;", "");
        }
        run(database, said.substring(said.indexOf(": ") + 2));
      }
      assertThat(Migrations.migrate(database)).isPositive();
      PostgresZones source = new PostgresZones(database, SigningReader.NONE, Optional.empty());
      LoadedZones zones = new LoadedZones(source, source, Clock.systemUTC(), ZoneMemory.ofHeap());
      zones.loadAll();
      Name zone = Name.fromConstantString("old.example.");
      assertThat(zones.byOrigin(zone).orElseThrow().lookup(zone)).isPresent();
      run(database, "UPDATE domains SET notified_serial = 4000000000");
      assertThat(source.headers()).hasSize(2);
    }
  }

  private static void run(Database database, String statements) throws Exception {
    try (var connection = database.dedicatedConnection();
        var statement = connection.createStatement()) {
      statement.execute("SET search_path TO public");
      statement.execute(statements);
    }
  }

  private static String text(Database database, String query) {
    return database.jdbi().withHandle(h -> h.createQuery(query).mapTo(String.class).one());
  }
}
