package org.keyward.signing;

import java.util.HashMap;
import java.util.Map;

/** Counts signatures by key and result until they are written down. Thread-safe. */
final class SignatureTally {
  private final Map<SignatureCount, Long> counts = new HashMap<>();

  synchronized void add(TokenKey key, boolean done) {
    counts.merge(new SignatureCount(key.serial(), key.label(), done), 1L, Long::sum);
  }

  /** Takes what was counted since the last time. */
  synchronized Map<SignatureCount, Long> take() {
    Map<SignatureCount, Long> taken = Map.copyOf(counts);
    counts.clear();
    return taken;
  }

  /** Gives back what could not be written down. */
  synchronized void giveBack(Map<SignatureCount, Long> taken) {
    taken.forEach((what, count) -> counts.merge(what, count, Long::sum));
  }
}
