package org.keyward.zone;

import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.keyward.dnssec.ValidityWindow;

/**
 * What was made for one owner name and is kept: its signatures by type, the answer, and the one
 * that takes over when signatures are renewed. It is shared by all versions of a zone in which all
 * of this is the same; others have another object at the name. Guarded by its own monitor.
 */
abstract class Kept {
  private Map<Integer, List<AnswerRow>> signatures = Map.of();
  private ValidityWindow signedFor;
  private volatile Answer answer;
  private Answer upcoming;

  /** With nothing made. */
  Kept() {}

  /** With the signatures of another but those over one type, and without an answer. */
  Kept(Kept before, int type) {
    synchronized (before) {
      signedFor = before.signedFor;
      if (!before.signatures.isEmpty()) {
        signatures = new HashMap<>(before.signatures);
        signatures.remove(type);
      }
    }
  }

  /** The answer for now, or null when it is to be made. */
  final Answer answer(Clock clock) {
    Answer made = answer;
    if (made == null || made.isValidForEver()) {
      return made;
    }
    Instant now = clock.instant();
    return made.valid().contains(now) ? made : takeUpcoming(now);
  }

  private synchronized Answer takeUpcoming(Instant now) {
    if (answer == null || upcoming == null || !upcoming.valid().contains(now)) {
      return null;
    }
    answer = upcoming;
    upcoming = null;
    return answer;
  }

  final synchronized void keep(Answer made) {
    answer = made;
    upcoming = null;
  }

  /** Whether it was asked for, and what follows on its answer is still to be made. */
  final synchronized boolean wantsUpcoming() {
    return answer != null && upcoming == null;
  }

  /**
   * Keeps what takes over when the answer of now ends.
   *
   * @param made of the time from which on it is served
   */
  final synchronized void keepUpcoming(Answer made) {
    upcoming = answer == null ? null : made;
  }

  /** Signatures of this window by type; one of another window starts anew. */
  final Map<Integer, List<AnswerRow>> signatures(ValidityWindow window) {
    if (!window.equals(signedFor) || signatures.isEmpty()) {
      signatures = new HashMap<>(4);
      signedFor = window;
    }
    return signatures;
  }
}
