package org.keyward.zone;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * All that there is at a name until its signatures or its key set change. Keeps the bytes that the
 * protocol made of it, so that they are made once.
 */
public final class Answer {
  private final List<AnswerRow> rows;
  private final Instant validUntil;
  private volatile byte[] rendered;

  /**
   * @param validUntil when the answer must be made anew because signatures move; {@link
   *     Instant#MAX} for an unsigned one
   */
  public Answer(List<AnswerRow> rows, Instant validUntil) {
    this.rows = List.copyOf(rows);
    this.validUntil = validUntil;
  }

  public List<AnswerRow> rows() {
    return rows;
  }

  public Instant validUntil() {
    return validUntil;
  }

  boolean isValidForEver() {
    return validUntil.equals(Instant.MAX);
  }

  /** Both together. */
  Answer and(Answer other) {
    List<AnswerRow> all = new ArrayList<>(rows);
    all.addAll(other.rows);
    return new Answer(all, validUntil.isBefore(other.validUntil) ? validUntil : other.validUntil);
  }

  /** The bytes that {@code renderer} makes of this answer; not to be changed by the caller. */
  public byte[] rendered(Function<Answer, byte[]> renderer) {
    byte[] bytes = rendered;
    if (bytes == null) {
      bytes = renderer.apply(this);
      rendered = bytes;
    }
    return bytes;
  }
}
