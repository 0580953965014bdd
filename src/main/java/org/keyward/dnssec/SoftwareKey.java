package org.keyward.dnssec;

import java.security.PrivateKey;
import org.xbill.DNS.DNSKEYRecord;

/**
 * A key pair in software, as ZSKs are. {@link #toString} never shows the private part. Immutable
 * and thread-safe.
 *
 * @param dnskey owner is the zone; its TTL does not matter here
 */
public record SoftwareKey(DNSKEYRecord dnskey, PrivateKey privateKey) {
  @Override
  public String toString() {
    return "SoftwareKey[" + NameText.of(dnskey.getName()) + " tag " + dnskey.getFootprint() + "]";
  }
}
