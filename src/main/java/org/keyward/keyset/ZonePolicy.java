package org.keyward.keyset;

import java.util.Optional;

/**
 * How the keys of a zone are kept, with what decides how rolls begin by themselves.
 *
 * @param name of the policy that it comes from
 * @param pace of rolls that begin by themselves
 * @param nextKsk where the next KSK is, {@code TOKEN/LABEL}; empty: a person says when
 * @param parentDs who gives a parent zone in the same database the DS
 */
public record ZonePolicy(
    String name, Policy policy, Pace pace, Optional<String> nextKsk, DsWriting parentDs) {

  /** No roll begins by itself. */
  public ZonePolicy withoutLifetimes() {
    return new ZonePolicy(
        name,
        policy
            .withLifetime(KeyRole.ZSK, Optional.empty())
            .withLifetime(KeyRole.KSK, Optional.empty()),
        pace,
        nextKsk,
        parentDs);
  }
}
