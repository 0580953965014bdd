package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ServerReportsTest {
  private final Database database = TestDatabase.create();

  @AfterEach
  void close() {
    database.close();
  }

  private List<String> names() {
    return TestDatabase.jdbi(database)
        .withHandle(
            h ->
                h.createQuery("SELECT name FROM keyward.server ORDER BY name")
                    .mapTo(String.class)
                    .list());
  }

  /** After the clock was set each of two servers takes the other for one that is gone. */
  @Test
  void aServerThatReportsDoesNotWaitForAnother() {
    try (Handle other = TestDatabase.jdbi(database).open()) {
      other.execute(
          "INSERT INTO keyward.server (name, seen_at) VALUES ('b', now() - INTERVAL '2 d')");
      other.begin();
      other.execute("UPDATE keyward.server SET seen_at = seen_at WHERE name = 'b'");
      database.useTransaction(
          handle -> {
            handle.execute("SET LOCAL lock_timeout = '10s'");
            ServerTable.report(handle, "a", Map.of());
          });
      assertThat(names()).containsExactly("a", "b");
      other.commit();
    }
    database.useTransaction(handle -> ServerTable.report(handle, "a", Map.of()));
    assertThat(names()).containsExactly("a");
  }

  @Test
  void endsWhileTheDatabaseDoesNotAnswer() {
    try (Handle other = TestDatabase.jdbi(database).open()) {
      other.execute("INSERT INTO keyward.server (name, seen_at) VALUES ('a', now())");
      other.begin();
      other.execute("UPDATE keyward.server SET seen_at = seen_at WHERE name = 'a'");
      ServerReports reports =
          new ServerReports(database, "a", new TokenPins(Map.of())).start(false);
      while (waiting() == 0 && !Thread.currentThread().isInterrupted()) {
        LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
      }
      reports.close();
      assertThat(waiting()).isEqualTo(1);
      other.rollback();
    }
  }

  /** Statements that wait for a lock; a transaction would see the same number for ever. */
  private int waiting() {
    return TestDatabase.jdbi(database)
        .withHandle(
            h ->
                h.createQuery(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                            + " AND wait_event_type = 'Lock'")
                    .mapTo(Integer.class)
                    .one());
  }
}
