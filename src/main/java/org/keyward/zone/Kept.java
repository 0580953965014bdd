package org.keyward.zone;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.keyward.dnssec.ValidityWindow;

/**
 * What was made for one owner name and is kept until it is dropped: its signatures by type, and the
 * answer. Guarded by its own monitor.
 *
 * <p>PowerDNS asks for a set and for its signatures one after the other. When the set changes in
 * between, the signatures that were served for the former one are the ones that fit, so these are
 * served beside the new ones for a moment; validators take whichever fits (RFC 4035, section
 * 5.3.3).
 */
abstract class Kept {
  /** Longer than PowerDNS waits for a reply. */
  static final Duration GRACE = Duration.ofSeconds(3);

  /**
   * So many former signatures per type at most, the newest, for a name that changes all the time.
   */
  private static final int MOST = 3;

  private final Map<Integer, List<AnswerRow>> signatures = new HashMap<>();
  private ValidityWindow signedFor;
  private volatile Answer answer;
  private Answer upcoming;
  private List<AnswerRow> rows = List.of();
  private List<AnswerRow> replaced = List.of();
  private List<Former> former = List.of();

  private record Former(AnswerRow row, Instant until) {}

  /** The answer for now, or null when it is to be made. */
  final Answer answer(Instant now) {
    Answer made = answer;
    return made != null && now.isBefore(made.validUntil()) ? made : takeUpcoming(now);
  }

  private synchronized Answer takeUpcoming(Instant now) {
    if (answer == null || upcoming == null || !now.isBefore(upcoming.validUntil())) {
      return null;
    }
    answer = upcoming;
    rows = upcoming.rows();
    upcoming = null;
    return answer;
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

  /** Keeps the answer, and gives it with the former signatures that may still be needed. */
  final synchronized Answer keep(Answer made, Instant now) {
    addFormer(now);
    rows = made.rows();
    answer = former.isEmpty() ? made : withFormer(made);
    upcoming = null;
    return answer;
  }

  private void addFormer(Instant now) {
    List<Former> all = new ArrayList<>();
    replaced.forEach(row -> all.add(new Former(row, now.plus(GRACE))));
    former.stream().filter(old -> now.isBefore(old.until())).forEach(all::add);
    replaced = List.of();
    Map<String, Integer> count = new HashMap<>();
    former =
        all.stream()
            .filter(old -> count.merge(covered(old.row()), 1, Integer::sum) <= MOST)
            .toList();
  }

  private Answer withFormer(Answer made) {
    List<AnswerRow> all = new ArrayList<>(made.rows());
    Set<AnswerRow> there = new HashSet<>(all);
    Instant until = made.validUntil();
    for (Former old : former) {
      if (there.add(old.row())) {
        all.add(old.row());
      }
      until = old.until().isBefore(until) ? old.until() : until;
    }
    return new Answer(all, until);
  }

  /** The rows of the answer, without former signatures. */
  final synchronized List<AnswerRow> answerRows() {
    return rows;
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
    dropAnswer();
  }

  /** Authority, TTLs or keys changed. */
  final synchronized void dropAll() {
    signatures.clear();
    dropAnswer();
  }

  /** The answer is to be made anew, of the same signatures. */
  final synchronized void dropAnswer() {
    if (answer != null) {
      replaced = rows.stream().filter(Kept::isSignature).toList();
    }
    answer = null;
    upcoming = null;
    rows = List.of();
  }

  /** This takes the place of {@code before}, which was served until now. */
  final void follow(Kept before) {
    synchronized (before) {
      before.dropAnswer();
      replaced = before.replaced;
      former = before.former;
    }
  }

  private static boolean isSignature(AnswerRow row) {
    return row.type().equals("RRSIG");
  }

  private static String covered(AnswerRow signature) {
    return signature.content().substring(0, signature.content().indexOf(' '));
  }
}
