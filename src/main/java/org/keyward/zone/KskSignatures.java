package org.keyward.zone;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Stored sets of one kind with the KSK's signatures over them. Each is verified once, when it is
 * needed first: what is stored may have been changed since it was signed. Thread-safe.
 */
final class KskSignatures<T> {
  private final List<Stored<T>> sets;
  private final Predicate<T> fits;

  /**
   * @param fits whether the signatures of a set are of its KSK and over it
   */
  KskSignatures(List<T> sets, Predicate<T> fits) {
    this.sets = sets.stream().map(Stored::new).toList();
    this.fits = fits;
  }

  /** A set, and what was found when it was verified. */
  private static final class Stored<T> {
    private final T set;
    private volatile Verdict verdict = Verdict.UNKNOWN;

    Stored(T set) {
      this.set = set;
    }
  }

  private enum Verdict {
    UNKNOWN,
    FITS,
    WRONG
  }

  /**
   * The best of these whose signatures fit; empty when there is none.
   *
   * @param best chooses from a list that is not empty
   */
  Optional<T> best(Predicate<T> ofThese, Function<List<T>, T> best) {
    List<T> left =
        sets.stream()
            .filter(stored -> stored.verdict != Verdict.WRONG && ofThese.test(stored.set))
            .map(stored -> stored.set)
            .collect(Collectors.toList());
    while (!left.isEmpty()) {
      T chosen = best.apply(left);
      if (sets.stream().anyMatch(stored -> stored.set == chosen && fits(stored))) {
        return Optional.of(chosen);
      }
      left.removeIf(set -> set == chosen);
    }
    return Optional.empty();
  }

  private boolean fits(Stored<T> stored) {
    if (stored.verdict == Verdict.UNKNOWN) {
      stored.verdict = verified(stored.set) ? Verdict.FITS : Verdict.WRONG;
    }
    return stored.verdict == Verdict.FITS;
  }

  /** Bytes that are no signature, or no key, are met with exceptions. */
  private boolean verified(T set) {
    try {
      return fits.test(set);
    } catch (RuntimeException e) {
      return false;
    }
  }

  /** Verifies all that were not yet; whether one of these is wrong. */
  boolean verifyAll() {
    boolean found = false;
    for (Stored<T> stored : sets) {
      found |= stored.verdict == Verdict.UNKNOWN && !fits(stored);
    }
    return found;
  }

  /** Those that were verified and are wrong. */
  List<T> wrong() {
    return sets.stream()
        .filter(stored -> stored.verdict == Verdict.WRONG)
        .map(stored -> stored.set)
        .toList();
  }
}
