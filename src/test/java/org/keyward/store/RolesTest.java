package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RolesTest {
  private Database database;

  @BeforeEach
  void createZone() {
    database = TestDatabase.create();
    database.useTransaction(
        h -> {
          h.execute("INSERT INTO domains (name, type) VALUES ('example.com', 'NATIVE')");
          h.execute(
              "INSERT INTO records (domain_id, name, type, content, ttl)"
                  + " VALUES (1, 'example.com', 'SOA', 'ns.x hostmaster.x 10 2 3 4 5', 60)");
        });
  }

  @AfterEach
  void close() {
    database.close();
  }

  private void as(String role, String statement) {
    database.useTransaction(
        h -> {
          h.execute("SET LOCAL ROLE " + role);
          h.execute(statement);
        });
  }

  @Test
  void whoWritesRecordsMovesTheSerialWithoutRightsToTheRest() {
    as(
        "keyward_dba",
        "INSERT INTO records (domain_id, name, type, content, ttl)"
            + " VALUES (1, 'www.example.com', 'A', '192.0.2.1', 60)");
    assertThat(new PostgresZones(database, SigningReader.NONE).headers().get(0).serial())
        .isEqualTo(11);
  }

  @ParameterizedTest
  @CsvSource({
    "keyward_serve,SELECT content FROM records",
    "keyward_serve,SELECT sealed FROM keyward.zsk",
    "keyward_serve,DELETE FROM keyward.problem",
    "keyward_sign,SELECT keyward.bump_serial(1)",
    "keyward_sign,SELECT keyward.touch_zone(1)",
    "keyward_dba,SELECT zone FROM keyward.problems",
    "keyward_dba,DELETE FROM domains",
    "keyward_auditor,SELECT hash FROM keyward.audit"
  })
  void mayDoItsWork(String role, String statement) {
    assertThatCode(() -> as(role, statement)).doesNotThrowAnyException();
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
    "keyward_auditor,SELECT sealed FROM keyward.zsk",
    "keyward_auditor,DELETE FROM keyward.request"
  })
  void mayDoNothingElse(String role, String statement) {
    assertThatThrownBy(() -> as(role, statement)).hasMessageContaining("permission denied");
  }
}
