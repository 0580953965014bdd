package org.keyward.zone;

import java.time.Duration;
import java.util.Optional;
import org.keyward.background.RepeatedTask;
import org.keyward.dnssec.NameText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/**
 * The thread that makes signatures before they are needed, so that no question and no transfer pays
 * for all of a zone's when its signatures are renewed. It works on each zone as it is when its turn
 * comes; what changes meanwhile is signed when it is asked for, or the next time.
 */
public final class SigningAhead implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SigningAhead.class);

  /** There are hours for it: the last part of a step. */
  private static final Duration PAUSE = Duration.ofSeconds(10);

  /** Names between which it may be ended. */
  private static final int STEP = 64;

  /** It rests for so many times as long as it has worked, since there may be a million zones. */
  private static final int REST = 49;

  /** The same after each zone whose stored signatures are verified. */
  private static final int VERIFYING_REST = 9;

  private final LoadedZones zones;
  private final RepeatedTask task = new RepeatedTask("signing-ahead", this::lookAtAll);

  public SigningAhead(LoadedZones zones) {
    this.zones = zones;
  }

  public void start() {
    task.start();
  }

  private Duration lookAtAll() throws InterruptedException {
    long begin = System.nanoTime();
    for (LoadedZone zone : zones.signed()) {
      alone(zone, () -> sign(zone));
    }
    Duration rest = Duration.ofNanos(System.nanoTime() - begin).multipliedBy(REST);
    for (LoadedZone zone : zones.signed()) {
      verify(zone);
    }
    return rest.compareTo(PAUSE) < 0 ? PAUSE : rest;
  }

  /** Whatever is met with one zone, the others are looked at. */
  private static void alone(LoadedZone zone, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      log.warn(
          "zone {}: signing ahead: {}; what is missing is signed when it is asked for",
          NameText.of(zone.origin()),
          e.toString());
    }
  }

  /** Once for each signature that is stored, so that a wrong one is told before its time comes. */
  private void verify(LoadedZone zone) throws InterruptedException {
    long begin = System.nanoTime();
    alone(
        zone,
        () -> {
          if (zone.verifySignatures()) {
            zones.report(zone.id());
          }
        });
    long took = (System.nanoTime() - begin) / 1_000_000;
    if (took > 0) {
      Thread.sleep(VERIFYING_REST * took);
    }
  }

  private static void sign(LoadedZone zone) {
    Optional<Name> done = zone.signAhead(Optional.empty(), STEP);
    while (done.isPresent() && !Thread.currentThread().isInterrupted()) {
      done = zone.signAhead(done, STEP);
    }
  }

  @Override
  public void close() {
    task.close();
    task.awaitEnd();
  }
}
