package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.keyward.zone.ChangeGate;

@Timeout(30)
class FirstLoginsTest {
  private static final int A_WHILE_MS = 300;

  private final FirstLogins logins = new FirstLogins();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** Those that have got their first key on a token, in order. */
  private final BlockingQueue<Session> gone = new LinkedBlockingQueue<>();

  @AfterEach
  void endThreads() {
    threads.shutdownNow();
  }

  private Session meets() {
    Session session =
        new Session(
            new Transactions(TransactionLimits.DEFAULT),
            new QuestionCalls(new ChangeGate().caller()),
            true);
    threads.execute(
        () -> {
          logins.await(session);
          gone.add(session);
        });
    return session;
  }

  private Session nextInAWhile() throws InterruptedException {
    return gone.poll(A_WHILE_MS, TimeUnit.MILLISECONDS);
  }

  @Test
  void oneAfterTheOtherGoesWhenTheOneBeforeHasCalledAgain() throws Exception {
    meets();
    Session first = gone.take();
    meets();
    meets();

    assertThat(nextInAWhile()).isNull();
    logins.called(first);

    Session second = gone.take();
    assertThat(nextInAWhile()).isNull();
    logins.called(second);
    assertThat(nextInAWhile()).isNotNull();
  }

  @Test
  void twoThatWaitForOneThatIsGoneDoNotGoTogether() throws Exception {
    meets();
    gone.take(); // of a PowerDNS that ends with this
    Thread.sleep(900);
    meets();
    meets();

    Session first = gone.take();
    assertThat(nextInAWhile()).isNull();
    logins.called(first);
    assertThat(nextInAWhile()).isNotNull();
  }

  @Test
  void nobodyWaitsForAsLongAsPowerDnsDoes() throws Exception {
    long start = System.nanoTime();
    for (int i = 0; i < 8; i++) {
      meets();
    }

    for (int i = 0; i < 8; i++) {
      gone.take();
    }

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(1_900));
  }

  @Test
  void whoKnowsTokensWaitsForNobody() throws Exception {
    Session known = meets();
    gone.take();
    meets();

    logins.await(known);

    assertThat(nextInAWhile()).isNull();
  }
}
