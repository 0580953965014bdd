package org.keyward.zone;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * All that there is at a name until its signatures or its key set change. Keeps the bytes that the
 * protocol made of it, so that they are made once.
 */
public final class Answer {
  private final List<AnswerRow> rows;
  private final Instant validUntil;
  private volatile Map<String, byte[]> rendered = Map.of();

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

  /**
   * The bytes that {@code renderer} makes of some of the rows; not to be changed by the caller.
   *
   * @param which names the choice of rows, for example by a type; one name always has one renderer
   */
  public byte[] rendered(String which, Function<Answer, byte[]> renderer) {
    byte[] bytes = rendered.get(which);
    return bytes != null ? bytes : render(which, renderer);
  }

  private synchronized byte[] render(String which, Function<Answer, byte[]> renderer) {
    byte[] bytes = renderer.apply(this);
    Map<String, byte[]> more = new HashMap<>(rendered);
    more.put(which, bytes);
    rendered = Map.copyOf(more);
    return bytes;
  }
}
