package org.keyward.zone;

import java.time.Instant;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;

/**
 * A zone that this server cannot load as it is stored.
 *
 * @param reason what is wrong and what to do, one line
 * @param served whether it is served as it was before; else it is left out
 * @param since when that was met first
 */
public record ZoneFault(Name zone, String reason, boolean served, Instant since) {
  @Override
  public String toString() {
    return "zone "
        + NameText.of(zone)
        + (served ? " is served as it was before: " : " is not served: ")
        + "it cannot be loaded as it is stored: "
        + reason;
  }
}
