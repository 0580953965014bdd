package org.keyward.signing;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How fast a token signs, and what is written down about it for people: at once when a fault comes
 * or goes, else now and then, since counting a long queue costs something. Thread-safe.
 */
final class TokenReport {
  private static final Logger log = LoggerFactory.getLogger(TokenReport.class);

  private static final long PAUSE = Duration.ofSeconds(5).toNanos();

  /** Counting the queue takes at most this part of the time. */
  private static final int COST_SHARE = 20;

  /** What was measured longer ago than this hardly counts. */
  private static final double MEMORY_SECONDS = 30;

  /** Uses that follow each other within this time count as one run. */
  private static final long GAP = Duration.ofSeconds(1).toNanos();

  private final SigningStore store;
  private final SignatureTally tally;
  private final Clock clock;
  private PermitUsage lastUsage = PermitUsage.NONE;
  private long lastSent = System.nanoTime();
  private double signatures;
  private double seconds;
  private double held;
  private long lastEnd;
  private long nextAt = System.nanoTime();
  private boolean wasIdle;
  private Optional<String> lastFault = Optional.empty();

  TokenReport(SigningStore store, SignatureTally tally, Clock clock) {
    this.store = store;
    this.tally = tally;
    this.clock = clock;
  }

  /** Signed from {@code start} to {@code end}, in nanoseconds. */
  synchronized void measured(int done, long start, long end) {
    if (done == 0) {
      return;
    }
    long since = seconds > 0 && start - lastEnd < GAP ? lastEnd : start;
    double took = (end - since) / 1e9;
    double kept = Math.exp(-took / MEMORY_SECONDS);
    signatures = signatures * kept + done;
    seconds = seconds * kept + took;
    held = held * kept + (end - start) / 1e9;
    lastEnd = end;
  }

  /**
   * How many signatures fit into {@code time}, so that nobody takes work that has to wait. By the
   * speed of the token alone: with that of all else, a slow start would keep the slices small, and
   * small slices would keep it slow.
   */
  synchronized int slice(Duration time, int most) {
    double perSecond = held > 0 ? signatures / held : 0;
    return (int) Math.max(1, Math.min(most, Math.ceil(perSecond * time.toNanos() / 1e9)));
  }

  private double rate() {
    return seconds > 0 ? signatures / seconds : 0;
  }

  synchronized void send(TokenState state, PermitUsage usage, String serial, boolean idle) {
    long start = System.nanoTime();
    tell(state);
    boolean news = !state.fault().equals(lastFault) || idle != wasIdle;
    if (!news && start < nextAt) {
      return;
    }
    store(new TokenSnapshot(state, store.waiting(serial), rate(), usage, busy(usage, start)));
    lastUsage = usage;
    lastSent = start;
    long cost = System.nanoTime() - start;
    nextAt = start + Math.max(PAUSE, cost * COST_SHARE);
    wasIdle = idle;
    lastFault = state.fault();
  }

  /** Once when it comes, and once when it is over. */
  private void tell(TokenState state) {
    if (state.fault().equals(lastFault)) {
      return;
    }
    state
        .fault()
        .ifPresentOrElse(
            fault -> log.warn("token {} cannot be used: {}", state.name(), fault),
            () -> log.info("token {} can be used again", state.name()));
  }

  private double busy(PermitUsage usage, long now) {
    double held = usage.held().minus(lastUsage.held()).toNanos();
    return Math.min(1, Math.max(0, held / Math.max(1, now - lastSent)));
  }

  private void store(TokenSnapshot snapshot) {
    Map<SignatureCount, Long> signatures = tally.take();
    try {
      store.report(snapshot, signatures, clock.instant());
    } catch (RuntimeException e) {
      tally.giveBack(signatures);
      throw e;
    }
  }
}
