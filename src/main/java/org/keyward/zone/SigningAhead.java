package org.keyward.zone;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that makes signatures before they are needed, so that no question and no transfer pays
 * for all of a zone's when its signatures are renewed. It works in small steps, since changes of
 * the zone wait for each.
 */
public final class SigningAhead implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SigningAhead.class);
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final int STEP = 64;

  private final LoadedZones zones;
  private final Thread thread = new Thread(this::run, "signing-ahead");

  public SigningAhead(LoadedZones zones) {
    this.zones = zones;
    thread.setDaemon(true);
  }

  public void start() {
    thread.start();
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        zones.loaded().forEach(SigningAhead::sign);
        Thread.sleep(PAUSE.toMillis());
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        log.warn("signing ahead: {}; what is missing is signed when it is asked for", e.toString());
      }
    }
  }

  private static void sign(LoadedZone zone) {
    int made = STEP;
    while (made == STEP && !Thread.currentThread().isInterrupted()) {
      made = zone.signAhead(STEP);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
