package org.keyward.remote;

import java.util.Locale;
import org.xbill.DNS.Name;

/**
 * Parameters of {@code lookup}.
 *
 * @param type in upper case; {@code ANY} with PowerDNS's default settings
 * @param zoneId -1 when PowerDNS does not know it
 * @param hasClient whether PowerDNS names the client that asks
 */
record Lookup(Name name, String type, int zoneId, boolean hasClient) {
  private static final String NO_CLIENT = "0.0.0.0";

  static Lookup of(Parameters parameters) {
    return new Lookup(
        parameters.name("qname"),
        parameters.text("qtype").toUpperCase(Locale.ROOT),
        parameters.number("zone-id", -1),
        !parameters.text("remote", NO_CLIENT).equals(NO_CLIENT));
  }

  /** Whether it may be the lookup of the SOA with which a question begins. */
  boolean maySeekSoa() {
    return wantsEverything() || type.equals("SOA");
  }

  boolean wantsSignatures() {
    return type.equals(Replies.SIGNATURE);
  }

  boolean wantsEverything() {
    return type.equals("ANY");
  }
}
