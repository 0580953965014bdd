package org.keyward.zone;

import java.util.List;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.ValidityWindow;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;

/**
 * A CDS or CDNSKEY set with the signature that the KSK made over it (RFC 7344, section 4.1), which
 * was verified before it was stored. In use like a {@link SignedKeySet}.
 */
public record SignedChildSet(ValidityWindow window, List<Record> records, RRSIGRecord signature) {
  public SignedChildSet {
    records = List.copyOf(records);
    if (records.isEmpty()) {
      throw new IllegalArgumentException("a set has records");
    }
  }

  /**
   * Whether the signature is one of a KSK over the set.
   *
   * @param keys the DNSKEY set of the zone
   */
  boolean verifies(List<DNSKEYRecord> keys) {
    return keys.stream()
        .filter(key -> key.getFootprint() == signature.getFootprint())
        .anyMatch(key -> RrsetSigner.verifies(records, signature, key));
  }

  int type() {
    return records.get(0).getType();
  }
}
