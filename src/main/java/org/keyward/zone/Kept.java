package org.keyward.zone;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.keyward.dnssec.ValidityWindow;

/**
 * What was made for one owner name and is kept until it is dropped: its signatures by type, and the
 * answer. Guarded by its own monitor.
 */
abstract class Kept {
  private final Map<Integer, List<AnswerRow>> signatures = new HashMap<>();
  private ValidityWindow signedFor;
  private volatile Answer answer;

  final Answer answer() {
    return answer;
  }

  final void keep(Answer made) {
    answer = made;
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
    answer = null;
  }

  /** Authority, TTLs or keys changed. */
  final synchronized void dropAll() {
    signatures.clear();
    answer = null;
  }
}
