package org.keyward.keyset;

import java.time.Instant;
import java.util.Set;
import org.keyward.dnssec.ValidityWindow;

/**
 * A DNSKEY set that is signed for one window.
 *
 * @param keys ids of the keys in the set
 * @param signers ids of the KSKs whose signature over it is stored
 * @param stored when the last of the signatures was stored
 */
public record SignedWindow(
    ValidityWindow window, Set<Integer> keys, Set<Integer> signers, Instant stored) {
  public SignedWindow {
    keys = Set.copyOf(keys);
    signers = Set.copyOf(signers);
  }
}
