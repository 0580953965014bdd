package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two sessions of psql that touch the same zones in opposite order. */
@Tag("once")
class LockOrderTest {
  private final Database database = TestDatabase.create();

  @BeforeEach
  void makeZones() {
    database
        .jdbi()
        .useHandle(
            h -> {
              for (String zone : List.of("a.example", "b.example")) {
                h.execute("INSERT INTO domains (name, type) VALUES (?, 'NATIVE')", zone);
                h.execute(
                    "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, name,"
                        + " 'SOA', 'ns.x h.x 1 2 3 4 5', 60 FROM domains WHERE name = ?",
                    zone);
              }
              // Each session has the first zone while the other one gets to it.
              h.createScript(
                      """
                      CREATE FUNCTION slow() RETURNS TRIGGER LANGUAGE plpgsql AS
                        'BEGIN PERFORM pg_sleep(1); RETURN NEW; END';
                      CREATE TRIGGER slow BEFORE UPDATE ON records FOR EACH ROW
                        WHEN (NEW.type = 'SOA') EXECUTE FUNCTION slow();
                      CREATE TRIGGER slow BEFORE INSERT ON keyward.denial FOR EACH ROW
                        EXECUTE FUNCTION slow();
                      """)
                  .execute();
            });
  }

  @AfterEach
  void close() {
    database.close();
  }

  private static String record(String zone) {
    return "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, 'www.' || name,"
        + " 'A', '192.0.2.1', 60 FROM domains WHERE name = '"
        + zone
        + "';";
  }

  private static String metadata(String zone) {
    return "INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, 'NSEC3PARAM', '1 0 0"
        + " -' FROM domains WHERE name = '"
        + zone
        + "';";
  }

  private Process psql(String statements) throws IOException {
    String name =
        database
            .jdbi()
            .withHandle(h -> h.createQuery("SELECT current_database()").mapTo(String.class).one());
    ProcessBuilder builder =
        new ProcessBuilder("psql", "-v", "ON_ERROR_STOP=1", "-q", "-X", "-d", name)
            .redirectErrorStream(true);
    builder.environment().putAll(TestDatabase.server().psqlEnvironment());
    builder.environment().put("PGDATABASE", name);
    Process process = builder.start();
    try (var in = process.getOutputStream()) {
      in.write(("BEGIN;" + statements + "COMMIT;\n").getBytes(StandardCharsets.UTF_8));
    }
    return process;
  }

  private static void assertDone(Process process) throws Exception {
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  @Test
  void serialsMoveInOneOrder() throws Exception {
    Process one = psql(record("a.example") + record("b.example"));
    Process other = psql(record("b.example") + record("a.example"));
    assertDone(one);
    assertDone(other);
    List<Long> serials =
        database
            .jdbi()
            .withHandle(
                h ->
                    h.createQuery("SELECT keyward.serial_of(id) FROM domains")
                        .mapTo(Long.class)
                        .list());
    assertThat(serials).containsExactly(3L, 3L);
  }

  @Test
  void metadataLockZonesInOneOrder() throws Exception {
    Process one = psql(metadata("a.example") + metadata("b.example"));
    Process other = psql(metadata("b.example") + metadata("a.example"));
    assertDone(one);
    assertDone(other);
  }
}
