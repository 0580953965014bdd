package org.keyward.remote;

import java.util.Locale;
import org.xbill.DNS.Name;

/**
 * Parameters of {@code lookup}.
 *
 * @param type in upper case; {@code ANY} with PowerDNS's default settings
 * @param zoneId -1 when PowerDNS does not know it
 */
record Lookup(Name name, String type, int zoneId) {
  static Lookup of(Parameters parameters) {
    return new Lookup(
        parameters.name("qname"),
        parameters.text("qtype").toUpperCase(Locale.ROOT),
        parameters.number("zone-id", -1));
  }

  boolean wantsEverything() {
    return type.equals("ANY");
  }
}
