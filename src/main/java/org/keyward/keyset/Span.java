package org.keyward.keyset;

import java.time.Instant;
import java.util.Optional;
import org.keyward.dnssec.TimeText;

/**
 * A time with a begin and maybe an end.
 *
 * @param from belongs to it
 * @param until does not belong to it; empty when no end is decided
 */
public record Span(Instant from, Optional<Instant> until) {
  public Span {
    if (until.isPresent() && until.get().isBefore(from)) {
      throw new IllegalArgumentException(
          "a span ends before it begins: " + TimeText.of(from) + " " + TimeText.of(until.get()));
    }
  }

  /** From {@code from} on, with no end decided. */
  public static Span since(Instant from) {
    return new Span(from, Optional.empty());
  }

  /** No time at all. */
  public static Span none() {
    return new Span(Instant.EPOCH, Optional.of(Instant.EPOCH));
  }

  public boolean covers(Instant at) {
    return !at.isBefore(from) && until.map(at::isBefore).orElse(true);
  }

  public boolean isNone() {
    return until.isPresent() && until.get().equals(from);
  }

  /** The same with another end; one before the begin leaves nothing of it. */
  public Span endingAt(Instant end) {
    return end.isBefore(from)
        ? new Span(from, Optional.of(from))
        : new Span(from, Optional.of(end));
  }

  /** The same without an end. */
  public Span unending() {
    return since(from);
  }
}
