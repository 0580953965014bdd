package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.keyward.signing.TokenException;
import org.keyward.signing.TokenLock;

/** Two of them are two processes: each has a connection of its own. */
@Timeout(120)
@SuppressWarnings("try") // what is held is not used
class PostgresTokenLockTest {
  private static final String SERIAL = "DENK0100001";
  private static final Duration LONG = Duration.ofSeconds(20);
  private final Database database = TestDatabase.create();
  private final PostgresTokenLock lock = new PostgresTokenLock(database);
  private final PostgresTokenLock other = new PostgresTokenLock(database);

  @AfterEach
  void close() {
    lock.close();
    other.close();
    database.close();
  }

  /** A signer whose work has no end takes the token again as soon as it has given it up. */
  @Test
  void whoWaitsGetsTheTokenNext() throws Exception {
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 5; i++) {
      TokenLock.Held held = lock.acquire(SERIAL, LONG);
      CompletableFuture<Void> waiting =
          CompletableFuture.runAsync(() -> use(other, "other", order));
      awaitThatSomebodyWaits();
      held.close();
      use(lock, "signer", order);
      waiting.get(20, TimeUnit.SECONDS);
    }
    assertThat(String.join(" ", order)).isEqualTo("other signer ".repeat(5).strip());
  }

  private static void use(PostgresTokenLock lock, String who, List<String> order) {
    try (TokenLock.Held held = lock.acquire(SERIAL, LONG)) {
      order.add(who);
    }
  }

  private void awaitThatSomebodyWaits() {
    while (TestDatabase.jdbi(database)
        .withHandle(
            h ->
                h.createQuery(
                        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                            + " AND database = (SELECT oid FROM pg_database"
                            + " WHERE datname = current_database())")
                    .mapTo(Integer.class)
                    .one())
        .equals(0)) {
      sleep(5);
    }
  }

  @Test
  void nobodyWaitsLongerThanTheDeadline() {
    TokenLock.Held held = lock.acquire(SERIAL, LONG);
    long start = System.nanoTime();
    assertThatThrownBy(() -> other.acquire(SERIAL, Duration.ofMillis(300)))
        .isInstanceOf(TokenException.class)
        .hasMessageContaining("in use by another process")
        .hasMessageContaining("with the login postgres of database test")
        .hasMessageMatching(".*pg_terminate_backend\\(\\d+\\).*");
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isGreaterThanOrEqualTo(Duration.ofMillis(300));
    other.acquire("another token", LONG).close();
    held.close();
    other.acquire(SERIAL, LONG).close();
  }

  @Test
  void waitingEndsWithAnInterruption() throws Exception {
    TokenLock.Held held = lock.acquire(SERIAL, LONG);
    CompletableFuture<Throwable> waited = new CompletableFuture<>();
    Thread waiting =
        new Thread(
            () -> {
              try {
                other.acquire(SERIAL, LONG).close();
              } catch (TokenException e) {
                waited.complete(e);
              }
            });
    waiting.start();
    sleep(200);
    waiting.interrupt();
    assertThat(waited.get(5, TimeUnit.SECONDS)).hasMessageContaining("interrupted");
    held.close();
    other.acquire(SERIAL, LONG).close();
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
