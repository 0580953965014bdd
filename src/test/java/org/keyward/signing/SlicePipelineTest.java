package org.keyward.signing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SlicePipelineTest {
  private static final int A_WHILE_MS = 200;

  private final SlicePipeline pipeline = new SlicePipeline("office");
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void endThreads() {
    threads.shutdownNow();
  }

  /** A slice that is being signed until told otherwise. */
  private final class Slice {
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);
    private final Future<String> signed;

    Slice(SlicePipeline.Place place) {
      signed = threads.submit(() -> place.sign(this::untilEnd));
    }

    private String untilEnd() {
      begun.countDown();
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return "signed";
    }

    boolean hasBegunInAWhile() throws InterruptedException {
      return begun.await(A_WHILE_MS, TimeUnit.MILLISECONDS);
    }

    void finish() throws Exception {
      end.countDown();
      assertThat(signed.get()).isEqualTo("signed");
    }
  }

  private CompletableFuture<SlicePipeline.Place> entering() {
    return CompletableFuture.supplyAsync(pipeline::enter, threads);
  }

  private static void assertWaits(Future<?> waiting) throws InterruptedException {
    Thread.sleep(A_WHILE_MS);
    assertThat(waiting).isNotDone();
  }

  @Test
  void oneLooksForWorkAtATime() throws Exception {
    SlicePipeline.Place first = pipeline.enter();
    Future<SlicePipeline.Place> second = entering();

    assertWaits(second);
    first.close();

    assertThat(second.get()).isNotNull();
  }

  @Test
  void theNextLooksForWorkWhileASliceIsSigned() throws Exception {
    Slice slice = new Slice(pipeline.enter());
    assertThat(slice.hasBegunInAWhile()).isTrue();

    assertThat(entering().get()).isNotNull();
    slice.finish();
  }

  @Test
  void aSliceWaitsUntilTheOneBeforeIsSignedAndNoThirdIsTakenMeanwhile() throws Exception {
    Slice first = new Slice(pipeline.enter());
    assertThat(first.hasBegunInAWhile()).isTrue();
    Slice second = new Slice(pipeline.enter());
    Future<SlicePipeline.Place> third = entering();

    assertThat(second.hasBegunInAWhile()).isFalse();
    assertWaits(third);
    first.finish();

    second.begun.await();
    assertThat(third.get()).isNotNull();
    second.finish();
  }

  @Test
  void aPlaceThatIsClosedTwiceIsGivenUpOnce() throws Exception {
    SlicePipeline.Place first = pipeline.enter();
    assertThat(first.<String>sign(() -> "signed")).isEqualTo("signed");
    SlicePipeline.Place second = pipeline.enter();
    first.close();

    Future<SlicePipeline.Place> third = entering();

    assertWaits(third);
    second.close();
    assertThat(third.get()).isNotNull();
  }

  @Test
  void aSliceThatFailsIsInNobodysWay() {
    try (SlicePipeline.Place place = pipeline.enter()) {
      assertThatThrownBy(
              () ->
                  place.sign(
                      () -> {
                        throw new IllegalStateException("unplugged");
                      }))
          .hasMessage("unplugged");
    }

    try (SlicePipeline.Place place = pipeline.enter()) {
      assertThat(place.<String>sign(() -> "signed")).isEqualTo("signed");
    }
  }

  @Test
  void whoIsInterruptedWhileWaitingIsToldThatTheTokenIsBusy() {
    pipeline.enter();
    Thread.currentThread().interrupt();

    assertThatThrownBy(pipeline::enter)
        .asInstanceOf(type(TokenException.class))
        .extracting(TokenException::reason)
        .isEqualTo(TokenException.Reason.BUSY);
    assertThat(Thread.interrupted()).isTrue();
  }
}
