package org.keyward.signing;

import java.util.List;
import java.util.Map;
import org.xbill.DNS.Name;

/**
 * What came of zones that were to go from PowerDNS's signing to Keyward's.
 *
 * @param zones as they were found
 * @param requests their numbers, by zone
 */
public record AdoptedZones(List<HsmZone> zones, Map<Name, Long> requests) {
  public AdoptedZones {
    zones = List.copyOf(zones);
    requests = Map.copyOf(requests);
  }
}
