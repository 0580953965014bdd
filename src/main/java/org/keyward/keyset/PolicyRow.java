package org.keyward.keyset;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * What a policy says itself.
 *
 * @param base the policy that has what this one leaves out; empty for {@link PolicyRows#DEFAULT}
 * @param terms a lifetime of zero is never
 * @param nextKsk where the KSK is that takes the place of the present one: {@code TOKEN/LABEL}
 * @param parentDs who gives a parent zone in the same database the DS
 */
public record PolicyRow(
    String name,
    Optional<String> base,
    Map<PolicyTerm, Duration> terms,
    Optional<Pace> pace,
    Optional<String> nextKsk,
    Optional<DsWriting> parentDs) {
  public PolicyRow {
    terms = Map.copyOf(terms);
  }
}
