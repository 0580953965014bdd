package org.keyward.remote;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Asks without end, each time a question that is in no packet cache, or one that is. */
final class Poller implements AutoCloseable {
  private final Queue<String> bogus = new ConcurrentLinkedQueue<>();
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicBoolean stop = new AtomicBoolean();
  private final ExecutorService threads = Executors.newFixedThreadPool(2);
  private final Function<Validation.Question, Optional<String>> fault;
  private final Function<String, String[][]> questions;

  /**
   * Asks validators.
   *
   * @param questions name and type of each, from a label that was in no question before
   */
  Poller(Validation validation, Function<String, String[][]> questions) {
    this(question -> fault(validation, question), questions);
  }

  /**
   * @param fault what is wrong with the answer to a question
   * @param questions name and type of each, from a label that was in no question before
   */
  Poller(
      Function<Validation.Question, Optional<String>> fault,
      Function<String, String[][]> questions) {
    this.fault = fault;
    this.questions = questions;
    for (int i = 0; i < 2; i++) {
      Random random = new Random(i);
      threads.execute(() -> poll(random));
    }
  }

  private void poll(Random random) {
    while (!stop.get()) {
      String fresh = "x" + Integer.toString(random.nextInt(Integer.MAX_VALUE), 36);
      String[][] all = questions.apply(fresh);
      String[] question = all[random.nextInt(all.length)];
      Validation.Question asking = new Validation.Question(question[0], question[1]);
      fault
          .apply(asking)
          .ifPresent(what -> bogus.add(java.time.Instant.now() + " " + asking + ": " + what));
      asked.incrementAndGet();
    }
  }

  private static Optional<String> fault(Validation validation, Validation.Question question) {
    String answer = validation.delv(question);
    // What an opt-out span covers is insecure.
    if (Validation.isValid(answer) || answer.contains("unsigned answer")) {
      return Optional.empty();
    }
    // BIND gives up at the first signature that does not fit, and in the moment of a change a set
    // may have a former one beside the one that fits. Others try each (RFC 4035, section 5.3.3).
    try {
      String second = validation.unbound(question);
      return second.contains("BOGUS") || !second.contains("(secure)")
          ? Optional.of(answer + second)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.of(answer + e);
    }
  }

  /** The faults, each with its question and when. */
  Collection<String> bogus() {
    return List.copyOf(bogus);
  }

  int asked() {
    return asked.get();
  }

  @Override
  public void close() {
    stop.set(true);
    threads.shutdown();
    try {
      threads.awaitTermination(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
