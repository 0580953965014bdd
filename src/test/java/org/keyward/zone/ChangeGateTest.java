package org.keyward.zone;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;

class ChangeGateTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private static final Name OTHER = Name.fromConstantString("example.net.");
  private final ChangeGate gate = new ChangeGate();

  private Duration timeOf(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return Duration.ofNanos(System.nanoTime() - start);
  }

  @Test
  void aChangeWaitsForAQuestionThatGoesOn() {
    ChangeGate.Caller caller = gate.caller();
    caller.begins(ZONE);
    assertThat(timeOf(() -> gate.change(ZONE, () -> {})))
        .isBetween(ChangeGate.IDLE.dividedBy(2), ChangeGate.LIMIT.multipliedBy(4));
    assertThat(timeOf(() -> gate.change(ZONE, () -> {}))).isLessThan(ChangeGate.IDLE);
  }

  @Test
  void questionsAboutOtherZonesDoNotMatter() {
    ChangeGate.Caller caller = gate.caller();
    caller.begins(OTHER);
    assertThat(timeOf(() -> gate.change(ZONE, () -> {}))).isLessThan(ChangeGate.IDLE);
    caller.begins(ZONE);
    caller.close();
    assertThat(timeOf(() -> gate.change(ZONE, () -> {}))).isLessThan(ChangeGate.IDLE);
  }

  @Test
  void aQuestionThatBeginsDuringTheChangeSeesItDone() throws Exception {
    ChangeGate.Caller caller = gate.caller();
    CompletableFuture<Void> began = new CompletableFuture<>();
    boolean[] done = new boolean[1];
    CompletableFuture<Void> change =
        CompletableFuture.runAsync(
            () ->
                gate.change(
                    ZONE,
                    () -> {
                      began.complete(null);
                      sleep(30);
                      done[0] = true;
                    }));
    began.get(5, TimeUnit.SECONDS);
    caller.begins(OTHER);
    assertThat(done[0]).as("another zone's question does not wait").isFalse();
    caller.begins(ZONE);
    assertThat(done[0]).isTrue();
    change.get(5, TimeUnit.SECONDS);
  }

  @Test
  void aChangeDoesNotWaitForEver() throws Exception {
    ChangeGate.Caller caller = gate.caller();
    caller.begins(ZONE);
    CompletableFuture<Void> busy =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 1500; i++) {
                caller.goesOn();
                sleep(1);
              }
            });
    assertThat(timeOf(() -> gate.change(ZONE, () -> {})))
        .isBetween(ChangeGate.LIMIT, ChangeGate.LIMIT.multipliedBy(4));
    busy.get(5, TimeUnit.SECONDS);
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
