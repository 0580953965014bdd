package org.keyward.zone;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.Name;

/**
 * A row of PowerDNS's table {@code domains}: what is known of a zone without its records.
 *
 * @param origin absolute, lower case
 * @param masters addresses, for a secondary zone; else empty
 * @param serial of the zone's SOA; 0 while it has none
 */
public record ZoneHeader(
    int id,
    Name origin,
    Kind kind,
    List<String> masters,
    long serial,
    Optional<Long> notifiedSerial,
    Optional<Instant> lastCheck,
    String account) {
  /** As PowerDNS spells them on the wire, in lower case. */
  public enum Kind {
    NATIVE,
    MASTER,
    SLAVE
  }

  public ZoneHeader {
    masters = List.copyOf(masters);
  }
}
