package org.keyward.zone;

import java.util.Base64;
import org.keyward.content.MetadataValue;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;

/**
 * A row of PowerDNS's table {@code tsigkeys}.
 *
 * @param algorithm as PowerDNS writes it, for example {@code hmac-sha256}
 * @param secret base64; goes to PowerDNS and nowhere else
 */
public record TsigKey(Name name, String algorithm, String secret) {
  /** Whether PowerDNS can read it; one that it cannot ends it where a zone is fetched with it. */
  public boolean isReadable() {
    try {
      return name.labels() > 1
          && MetadataValue.isName(algorithm)
          && Base64.getDecoder().decode(secret).length > 0;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "TsigKey[name=" + NameText.of(name) + ", algorithm=" + algorithm + ", secret=****]";
  }
}
