package org.keyward.signing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads of the signer role: one that plans, and four for each token. */
public final class SignerLoop implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SignerLoop.class);
  private static final Duration IDLE = Duration.ofMillis(250);

  /** People wait for the answer to a request; what is due by the clock has this much time. */
  private static final Duration BETWEEN_STEPS = Duration.ofSeconds(1);

  /** As many as {@link SlicePipeline} has places for, with two that store. */
  private static final int PER_TOKEN = 4;

  private static final int COST_SHARE = 20;
  private static final Duration BACK_OFF = Duration.ofSeconds(5);

  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopping;

  private SignerLoop() {}

  /** Looks after things, and signs nothing. */
  public static SignerLoop of(Watch watch) {
    return new SignerLoop().with(watch);
  }

  public SignerLoop(Signer signer, Tokens tokens) {
    threads.add(thread("signer-plan", planning(signer)));
    for (String token : tokens.names()) {
      IntSupplier signing = signing(signer, token);
      for (int i = 1; i <= PER_TOKEN; i++) {
        threads.add(thread("signer-" + token + "-" + i, signing));
      }
    }
    threads.add(
        thread(
            "signer-prune",
            () -> {
              signer.prune();
              return -60; // once in five minutes
            }));
    threads.add(thread("signer-plan-anew", planningAnew(signer)));
  }

  private static IntSupplier planning(Signer signer) {
    Pause pause = new Pause(BETWEEN_STEPS);
    return () -> {
      int answered = signer.answer();
      if (answered == 0 && !pause.isOver()) {
        return 0;
      }
      int stepped = signer.takeSteps();
      if (stepped == 0) {
        pause.begin();
      }
      return answered + stepped;
    };
  }

  /** Once a minute, and a twentieth of the time at most: it looks at all signatures. */
  private static IntSupplier planningAnew(Signer signer) {
    return () -> {
      long begin = System.nanoTime();
      signer.planAnew();
      Duration cost = Duration.ofNanos(System.nanoTime() - begin).multipliedBy(COST_SHARE);
      return -(int) Math.max(12, cost.dividedBy(BACK_OFF));
    };
  }

  /** When one of a token's threads has found nothing to do, the others need not look. */
  private static IntSupplier signing(Signer signer, String token) {
    Pause pause = new Pause(IDLE);
    return () -> {
      if (!pause.isOver()) {
        return 0;
      }
      int done = signer.sign(token);
      if (done <= 0) {
        pause.begin();
      }
      return done;
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
    watch.steps().forEach((name, step) -> threads.add(thread("signer-" + name, step)));
    return this;
  }

  /** Adds the steps of replacing keys. */
  public SignerLoop with(RollLoop rolls) {
    Pause pause = new Pause(BETWEEN_STEPS);
    threads.add(
        thread(
            "signer-rolls",
            () -> {
              if (!pause.isOver()) {
                return 0;
              }
              int looked = rolls.tick();
              pause.begin();
              return looked;
            }));
    return this;
  }

  public void start() {
    threads.forEach(Thread::start);
  }

  private Thread thread(String name, IntSupplier step) {
    Thread thread = new Thread(() -> run(name, step), name);
    thread.setDaemon(true);
    return thread;
  }

  private void run(String name, IntSupplier step) {
    boolean failing = false;
    while (!stopping) {
      int done;
      try {
        done = step.getAsInt();
        failing = false;
      } catch (RuntimeException | Error e) { // also an Error: nobody starts the thread again
        if (!failing && !stopping) {
          log.warn("{}: {}; trying again", name, e.getMessage(), e);
        }
        failing = true;
        done = -1;
      }
      if (done <= 0) {
        pause(done == 0 ? IDLE : BACK_OFF.multipliedBy(-done));
      }
    }
  }

  private void pause(Duration pause) {
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopping = true;
    }
  }

  @Override
  public void close() {
    stopping = true;
    threads.forEach(Thread::interrupt);
    for (Thread thread : threads) {
      try {
        thread.join(5_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
