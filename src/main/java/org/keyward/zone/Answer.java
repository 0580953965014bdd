package org.keyward.zone;

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
  private final Interval valid;
  private volatile Map<String, byte[]> rendered = Map.of();

  /** One that time does not change: nothing in it is signed. */
  public Answer(List<AnswerRow> rows) {
    this(rows, Interval.ALWAYS);
  }

  /**
   * @param valid at other times the answer must be made anew, of other signatures
   */
  Answer(List<AnswerRow> rows, Interval valid) {
    this.rows = List.copyOf(rows);
    this.valid = valid;
  }

  public List<AnswerRow> rows() {
    return rows;
  }

  Interval valid() {
    return valid;
  }

  boolean isValidForEver() {
    return valid.equals(Interval.ALWAYS);
  }

  /** Both together. */
  Answer and(Answer other) {
    List<AnswerRow> all = new ArrayList<>(rows);
    all.addAll(other.rows);
    return new Answer(all, valid.and(other.valid));
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
