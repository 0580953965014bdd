package org.keyward.zone;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.keyward.dnssec.ValidityWindow;

/**
 * What was made for one owner name and is kept until it is dropped: its signatures by type, and the
 * answer. Guarded by its own monitor.
 */
abstract class Kept {
  /** Longer than PowerDNS waits for a reply. */
  private static final Duration BETWEEN_QUESTIONS = Duration.ofSeconds(3);

  private final Map<Integer, List<AnswerRow>> signatures = new HashMap<>();
  private ValidityWindow signedFor;
  private volatile Answer answer;
  private Answer former;
  private Instant formerUntil;

  final Answer answer() {
    return answer;
  }

  /**
   * Keeps a new answer. PowerDNS asks for a set and for its signature one after the other, and a
   * change may fall between: so the signatures before the change stay beside the new ones a moment.
   */
  final void keep(Answer made, Instant now) {
    if (former != null && formerUntil == null) {
      formerUntil = now.plus(BETWEEN_QUESTIONS);
    }
    boolean over =
        former == null || !now.isBefore(formerUntil) || !now.isBefore(former.validUntil());
    if (over) {
      former = null;
    }
    answer = over ? made : made.beside(former, formerUntil);
  }

  /** Takes the place of {@code before}. */
  final synchronized void follow(Kept before) {
    former = before.answer == null ? before.former : before.answer;
    formerUntil = null;
  }

  private void forget() {
    if (answer != null) {
      former = answer;
      formerUntil = null;
    }
    answer = null;
  }

  /** Signatures of this window by type; one of another window starts anew. */
  final Map<Integer, List<AnswerRow>> signatures(ValidityWindow window) {
    if (!window.equals(signedFor)) {
      signatures.clear();
      signedFor = window;
    }
    return signatures;
  }

  /** The set of one type changed, or went. */
  final synchronized void drop(int type) {
    signatures.remove(type);
    forget();
  }

  /** Authority, TTLs or keys changed. */
  final synchronized void dropAll() {
    signatures.clear();
    forget();
  }
}
