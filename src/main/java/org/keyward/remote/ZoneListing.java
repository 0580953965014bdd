package org.keyward.remote;

import org.xbill.DNS.Name;

/**
 * Parameters of {@code list}.
 *
 * @param zoneId -1 when PowerDNS does not know it
 */
record ZoneListing(Name zone, int zoneId) {
  static ZoneListing of(Parameters parameters) {
    return new ZoneListing(parameters.name("zonename"), parameters.number("domain_id", -1));
  }
}
