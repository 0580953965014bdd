package org.keyward.keyset;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which of the stored DNSKEY sets a server serves: its last defence, which needs no signer.
 *
 * @param set the one to serve
 * @param held whether a later set was left out, since a key is missing in it that caches may need
 */
public record ServedSet(SignedWindow set, boolean held) {

  /**
   * Of the windows that have begun and whose signatures are valid, the latest whose set has every
   * key that may be needed, with the signatures of the KSKs among them; of a window that was signed
   * more than once, the last one stored.
   *
   * @param stored in the order in which they were stored
   * @return empty when no signature is valid now
   */
  public static Optional<ServedSet> choose(KeySet keys, List<SignedWindow> stored, Instant now) {
    Set<Integer> needed = keys.needed(now);
    List<SignedWindow> valid =
        stored.stream()
            .filter(signed -> !signed.window().activeFrom().isAfter(now))
            .filter(signed -> signed.window().expiration().isAfter(now))
            .filter(signed -> !signed.signers().isEmpty())
            .toList();
    Optional<SignedWindow> latest = latest(valid);
    Optional<SignedWindow> safe =
        latest(valid.stream().filter(signed -> isSafe(keys, signed, needed)).toList());
    return safe.or(() -> latest).map(set -> new ServedSet(set, !set.equals(latest.orElseThrow())));
  }

  private static boolean isSafe(KeySet keys, SignedWindow signed, Set<Integer> needed) {
    return signed.keys().containsAll(needed)
        && needed.stream()
            .filter(id -> keys.key(id).role() == KeyRole.KSK)
            .allMatch(signed.signers()::contains);
  }

  private static Optional<SignedWindow> latest(List<SignedWindow> windows) {
    // Of equals the last one stored: max() keeps the former, so the order is turned around.
    return java.util.stream.IntStream.range(0, windows.size())
        .boxed()
        .max(
            Comparator.comparing((Integer at) -> windows.get(at).window().activeFrom())
                .thenComparing(Comparator.naturalOrder()))
        .map(windows::get);
  }
}
