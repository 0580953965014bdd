package org.keyward.zone;

import java.util.Collection;
import java.util.List;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.ValidityWindow;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;

/**
 * A CDS or CDNSKEY set with the signatures that KSKs made over it (RFC 7344, section 4.1), which
 * were verified before they were stored. In use like a {@link SignedKeySet}.
 */
public record SignedChildSet(
    ValidityWindow window, List<Record> records, List<RRSIGRecord> signatures) {
  public SignedChildSet {
    records = List.copyOf(records);
    signatures = List.copyOf(signatures);
    if (records.isEmpty() || signatures.isEmpty()) {
      throw new IllegalArgumentException("a signed set needs records and signatures");
    }
  }

  /**
   * Whether each signature is one of a KSK over the set.
   *
   * @param keys those that are in DNSKEY sets of the zone
   */
  boolean verifies(Collection<DNSKEYRecord> keys) {
    return signatures.stream()
        .allMatch(
            signature ->
                keys.stream()
                    .filter(key -> key.getFootprint() == signature.getFootprint())
                    .anyMatch(key -> RrsetSigner.verifies(records, signature, key)));
  }

  int type() {
    return records.get(0).getType();
  }
}
