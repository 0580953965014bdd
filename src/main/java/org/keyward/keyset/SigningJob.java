package org.keyward.keyset;

import java.time.Instant;
import java.util.Set;
import org.keyward.dnssec.ValidityWindow;

/**
 * One signature that a KSK is to make over a DNSKEY set.
 *
 * @param keys ids of the keys in the set
 * @param signer id of the KSK
 * @param neededBy when what is served now ends, or must change
 */
public record SigningJob(ValidityWindow window, Set<Integer> keys, int signer, Instant neededBy) {
  public SigningJob {
    keys = Set.copyOf(keys);
  }
}
