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
 * @param notBefore when its turn is; the epoch for at once
 */
public record SigningJob(
    ValidityWindow window, Set<Integer> keys, int signer, Instant neededBy, Instant notBefore) {
  public SigningJob {
    keys = Set.copyOf(keys);
  }
}
