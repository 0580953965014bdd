package org.keyward.signing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.keyward.background.RepeatedTask;

/** The threads of the signer role: one that plans, and four for each token. */
public final class SignerLoop implements AutoCloseable {
  private static final Duration IDLE = Duration.ofMillis(250);

  /** People wait for the answer to a request; what is due by the clock has this much time. */
  private static final Duration BETWEEN_STEPS = Duration.ofSeconds(1);

  /** As many as {@link SlicePipeline} has places for, with two that store. */
  private static final int PER_TOKEN = 4;

  private static final int COST_SHARE = 20;
  private static final Duration LONGER = Duration.ofMinutes(1);
  private static final Duration REFUSED = Duration.ofSeconds(5);
  private static final Duration PRUNING = Duration.ofMinutes(5);
  private static final Duration PLANNING_ANEW = Duration.ofMinutes(1);

  private final List<RepeatedTask> tasks = new ArrayList<>();

  private SignerLoop() {}

  /** Looks after things, and signs nothing. */
  public static SignerLoop of(Watch watch) {
    return new SignerLoop().with(watch);
  }

  public SignerLoop(Signer signer, Tokens tokens) {
    add("plan", planning(signer));
    for (String token : tokens.names()) {
      RepeatedTask.Round signing = signing(signer, token);
      for (int i = 1; i <= PER_TOKEN; i++) {
        add(token + "-" + i, signing);
      }
    }
    tasks.add(RepeatedTask.every(PRUNING, "signer-prune", signer::prune));
    add("plan-anew", costing(PLANNING_ANEW, signer::planAnew));
  }

  private void add(String name, RepeatedTask.Round round) {
    tasks.add(new RepeatedTask("signer-" + name, round));
  }

  private static RepeatedTask.Round planning(Signer signer) {
    Pause pause = new Pause(BETWEEN_STEPS);
    return () -> {
      int answered = signer.answer();
      if (answered == 0 && !pause.isOver()) {
        return IDLE;
      }
      int stepped = signer.takeSteps();
      if (stepped == 0) {
        pause.begin();
      }
      return answered + stepped > 0 ? Duration.ZERO : IDLE;
    };
  }

  /** What looks at all zones takes a twentieth of the time at most. */
  static RepeatedTask.Round costing(Duration pause, Runnable work) {
    return () -> {
      long begin = System.nanoTime();
      work.run();
      return pauseAfter(Duration.ofNanos(System.nanoTime() - begin), pause);
    };
  }

  /**
   * One slow look, as on a busy machine or the first of a process, does not make people wait for
   * the next: what is wrong is said within minutes.
   */
  static Duration pauseAfter(Duration cost, Duration atLeast) {
    Duration wanted = cost.multipliedBy(COST_SHARE);
    Duration atMost = atLeast.plus(LONGER);
    if (wanted.compareTo(atLeast) < 0) {
      return atLeast;
    }
    return wanted.compareTo(atMost) < 0 ? wanted : atMost;
  }

  /** When one of a token's threads has found nothing to do, the others need not look. */
  private static RepeatedTask.Round signing(Signer signer, String token) {
    Pause pause = new Pause(IDLE);
    return () -> {
      if (!pause.isOver()) {
        return IDLE;
      }
      int done = signer.sign(token);
      if (done > 0) {
        return Duration.ZERO;
      }
      pause.begin();
      return done == 0 ? IDLE : REFUSED;
    };
  }

  /** A time in which there is nothing to do. */
  private static final class Pause {
    private final Duration length;
    private volatile long end = System.nanoTime();

    Pause(Duration length) {
      this.length = length;
    }

    void begin() {
      end = System.nanoTime() + length.toNanos();
    }

    boolean isOver() {
      return System.nanoTime() - end >= 0;
    }
  }

  /** Adds the steps of looking after things. */
  public SignerLoop with(Watch watch) {
    watch.rounds().forEach(this::add);
    return this;
  }

  /** Adds the steps of replacing keys. */
  public SignerLoop with(RollLoop rolls) {
    tasks.add(RepeatedTask.every(BETWEEN_STEPS, "signer-rolls", rolls::tick));
    return this;
  }

  public void start() {
    tasks.forEach(RepeatedTask::start);
  }

  @Override
  public void close() {
    tasks.forEach(RepeatedTask::close);
    tasks.forEach(RepeatedTask::awaitEnd);
  }
}
