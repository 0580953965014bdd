package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Panels ask {@code lastval()} for the id of the row that they have inserted. What Keyward's
 * triggers do in their sessions must not change its answer: a panel once deleted another zone by
 * it.
 */
@Tag("once")
class LastvalTest {
  /** One INSERT into each table that has ids, in an order in which they can be made. */
  private static final Map<String, String> INSERTS =
      new TreeMap<>(
          Map.of(
              "1 domains", "INSERT INTO domains (name, type) VALUES ('last.example', 'NATIVE')",
              "2 records",
                  "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, name,"
                      + " 'SOA', 'ns1.x.example. h.x.example. 1 2 3 4 5', 60 FROM domains",
              "3 records",
                  "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id,"
                      + " 'www.' || name, 'A', '192.0.2.1', 60 FROM domains",
              "4 domainmetadata",
                  "INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, 'NSEC3PARAM',"
                      + " '1 0 0 -' FROM domains",
              "5 comments",
                  "INSERT INTO comments (domain_id, name, type, modified_at, comment) SELECT id,"
                      + " name, 'A', 1, 'why' FROM domains",
              "6 tsigkeys",
                  "INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('k', 'hmac-sha256',"
                      + " 'AA==')"));

  @Test
  void isTheIdOfWhatAPanelHasInserted() {
    assertLastvals(
        "panel",
        "GRANT ALL ON domains, records, domainmetadata, cryptokeys, tsigkeys, comments TO panel",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO panel");
  }

  @Test
  void isTheIdOfWhatADbaHasInserted() {
    assertLastvals("dba", "GRANT keyward_dba TO dba");
  }

  /** At the end of the statement, and after the commit, when deferred triggers have run. */
  private static void assertLastvals(String login, String... rights) {
    try (Database database = TestDatabase.create()) {
      database
          .jdbi()
          .useHandle(
              handle -> {
                handle.execute("DROP ROLE IF EXISTS " + login);
                handle.execute("CREATE ROLE " + login);
                for (String right : rights) {
                  handle.execute(right);
                }
                handle.execute("SET SESSION AUTHORIZATION " + login);
                INSERTS.forEach((table, insert) -> assertLastval(handle, table, insert));
                handle.execute("SET SESSION AUTHORIZATION DEFAULT");
                handle.execute("DROP OWNED BY " + login);
                handle.execute("DROP ROLE " + login);
              });
    }
  }

  private static void assertLastval(Handle handle, String table, String insert) {
    handle.begin();
    long id = number(handle, insert + " RETURNING id");
    assertThat(number(handle, "SELECT lastval()"))
        .as("%s, in the transaction", table)
        .isEqualTo(id);
    handle.commit();
    assertThat(number(handle, "SELECT lastval()")).as("%s, after the commit", table).isEqualTo(id);
  }

  private static long number(Handle handle, String query) {
    return handle.createQuery(query).mapTo(Long.class).one();
  }
}
