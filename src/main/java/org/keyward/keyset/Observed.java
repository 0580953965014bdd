package org.keyward.keyset;

import java.util.List;
import java.util.Optional;

/**
 * What was seen from outside, and what is signed.
 *
 * @param stock the DNSKEY sets that are signed, of the present window and of those ahead
 * @param servers what all servers of the zone gave, when they were last asked
 * @param parent what all servers of the parent gave, when they were last asked
 * @param clockTrusted false after a jump of the clock: then nothing moves
 */
public record Observed(
    List<SignedWindow> stock,
    Optional<ServersView> servers,
    Optional<ParentView> parent,
    CachedTtls cached,
    boolean clockTrusted) {
  public Observed {
    stock = List.copyOf(stock);
  }
}
