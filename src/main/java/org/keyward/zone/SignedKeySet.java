package org.keyward.zone;

import java.util.List;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.ValidityWindow;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.RRSIGRecord;

/**
 * A DNSKEY set together with the signatures over it that a KSK made and that were verified before
 * they were stored, and are again before they are served. In use from {@code window.activeFrom()}
 * until a later one takes over, and at the latest until {@code window.expiration()}.
 */
public record SignedKeySet(
    ValidityWindow window, List<DNSKEYRecord> keys, List<RRSIGRecord> signatures) {
  public SignedKeySet {
    keys = List.copyOf(keys);
    signatures = List.copyOf(signatures);
    if (keys.isEmpty() || signatures.isEmpty()) {
      throw new IllegalArgumentException("a signed key set needs keys and signatures");
    }
  }

  /** Whether each signature is one of a KSK of the set over it. */
  boolean verifies() {
    return signatures.stream()
        .allMatch(
            signature ->
                keys.stream()
                    .filter(key -> key.getFootprint() == signature.getFootprint())
                    .anyMatch(key -> RrsetSigner.verifies(keys, signature, key)));
  }

  /** Whether one of the signatures is by this key. */
  boolean isSignedBy(DNSKEYRecord key) {
    return signatures.stream()
        .anyMatch(
            signature ->
                signature.getFootprint() == key.getFootprint()
                    && signature.getAlgorithm() == key.getAlgorithm());
  }

  /** TTL of the set, and original TTL in the signatures over it. */
  public long ttl() {
    return keys.get(0).getTTL();
  }
}
