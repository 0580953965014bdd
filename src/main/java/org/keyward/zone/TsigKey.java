package org.keyward.zone;

import org.xbill.DNS.Name;

/**
 * A row of PowerDNS's table {@code tsigkeys}.
 *
 * @param algorithm as PowerDNS writes it, for example {@code hmac-sha256}
 * @param secret base64; goes to PowerDNS and nowhere else
 */
public record TsigKey(Name name, String algorithm, String secret) {
  @Override
  public String toString() {
    return "TsigKey[name=" + name + ", algorithm=" + algorithm + ", secret=****]";
  }
}
