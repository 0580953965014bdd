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

@Timeout(30)
class FirstLoginsTest {
  private static final int A_WHILE_MS = 300;
  private static final Duration FOR_EVER = Duration.ofHours(1);

  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** Those that have got their first key on a token, in order. */
  private final BlockingQueue<Session> gone = new LinkedBlockingQueue<>();

  @AfterEach
  void endThreads() {
    threads.shutdownNow();
  }

  private Session meets(FirstLogins logins) {
    Session session =
        new Session(
            new Transactions(TransactionLimits.DEFAULT),
            new Question(FakeZones.forProtocol()),
            true,
            Contact.Way.UNIX);
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
    FirstLogins logins = new FirstLogins(FOR_EVER, FOR_EVER);
    meets(logins);
    Session first = gone.take();
    meets(logins);
    meets(logins);

    assertThat(nextInAWhile()).isNull();
    logins.called(first);

    Session second = gone.take();
    assertThat(nextInAWhile()).isNull();
    logins.called(second);
    assertThat(nextInAWhile()).isNotNull();
  }

  @Test
  void twoThatWaitForOneThatIsGoneDoNotGoTogether() throws Exception {
    FirstLogins logins = new FirstLogins(Duration.ofSeconds(3), FOR_EVER);
    meets(logins);
    gone.take(); // of a PowerDNS that ends with this
    meets(logins);
    meets(logins);

    Session first = gone.take();
    assertThat(nextInAWhile()).isNull();
    logins.called(first);
    assertThat(nextInAWhile()).isNotNull();
  }

  @Test
  void nobodyWaitsForAsLongAsPowerDnsDoes() throws Exception {
    FirstLogins logins = new FirstLogins(FOR_EVER, Duration.ofMillis(100));
    for (int i = 0; i < 8; i++) {
      meets(logins);
    }

    for (int i = 0; i < 8; i++) {
      gone.take();
    }

    assertThat(FirstLogins.PATIENCE).isLessThan(Duration.ofSeconds(2));
  }

  @Test
  void whoKnowsTokensWaitsForNobody() throws Exception {
    FirstLogins logins = new FirstLogins(FOR_EVER, FOR_EVER);
    Session known = meets(logins);
    gone.take();
    meets(logins);

    logins.await(known);

    assertThat(nextInAWhile()).isNull();
  }
}
