package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.keyward.signing.TokenException;
import org.keyward.signing.TokenLock;

/** Two of them are two processes: each has a connection of its own. */
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
    AtomicInteger taken = new AtomicInteger();
    CountDownLatch first = new CountDownLatch(1);
    CompletableFuture<Void> signer =
        CompletableFuture.runAsync(
            () -> {
              while (taken.get() >= 0) {
                try (TokenLock.Held held = lock.acquire(SERIAL, LONG)) {
                  taken.updateAndGet(count -> count < 0 ? count : count + 1);
                  first.countDown();
                  sleep(50);
                }
              }
            });
    first.await();
    for (int i = 0; i < 10; i++) {
      int before = taken.get();
      try (TokenLock.Held held = other.acquire(SERIAL, LONG)) {
        assertThat(taken.get() - before).as("uses while another one waits").isLessThan(2);
      }
      sleep(60);
    }
    taken.set(-1);
    signer.get(20, TimeUnit.SECONDS);
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
        .isBetween(Duration.ofMillis(300), Duration.ofSeconds(3));
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
