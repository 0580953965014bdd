package org.keyward.background;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RepeatedTaskTest {
  private static final Duration SOON = Duration.ofMillis(1);

  @Test
  void goesOnUntilItIsClosed() throws Exception {
    CountDownLatch thrice = new CountDownLatch(3);
    try (RepeatedTask task = RepeatedTask.every(SOON, "test", thrice::countDown).start()) {
      thrice.await();
      assertFalse(task.isClosed());
    }
  }

  @Test
  void goesOnAfterAnExceptionAndAnError() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch after = new CountDownLatch(1);
    Runnable work =
        () -> {
          switch (runs.incrementAndGet()) {
            case 1 -> throw new IllegalStateException("seen by the test");
            case 2 -> throw new StackOverflowError("seen by the test");
            default -> after.countDown();
          }
        };
    try (RepeatedTask task = RepeatedTask.every(SOON, "test", work).start()) {
      after.await();
      assertFalse(task.isClosed());
    }
    assertTrue(runs.get() >= 3);
  }

  @Test
  void endsWhileItWorks() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    RepeatedTask task =
        new RepeatedTask(
            "test",
            () -> {
              begun.countDown();
              Thread.sleep(Duration.ofDays(1).toMillis());
              return SOON;
            });
    task.start();
    begun.await();
    task.close();
    task.awaitEnd();
    assertTrue(task.isClosed());
  }

  @Test
  void waitsForItsFirstTime() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    try (RepeatedTask task = RepeatedTask.every(SOON, "test", runs::incrementAndGet)) {
      task.startAfter(Duration.ofDays(1));
      Thread.sleep(20);
    }
    assertEquals(0, runs.get());
  }
}
