package org.keyward.zone;

import org.xbill.DNS.Name;

/**
 * Port to the keys that PowerDNS signs with, and to asking for a key on a token instead. All refuse
 * zones that Keyward signs, with a {@link WriteRefusedException}. Thread-safe.
 */
public interface ZoneKeys {
  /**
   * @param key its id is not used
   * @return its id
   */
  int add(Name zone, CryptoKey key);

  void remove(Name zone, int id);

  void setActive(Name zone, int id, boolean active);

  void setPublished(Name zone, int id, boolean published);

  /**
   * Whether a key on a token that is given for this zone is for PowerDNS to sign with: the zone has
   * keys in PowerDNS's table already, or the service's mode is powerdns.
   */
  boolean isSignedByPowerDns(Name zone);

  /**
   * Asks the signer to sign the zone with a key on a token. The answer is seen in the zone's
   * status.
   *
   * @param token label, serial or name of a token that the signer knows
   * @param algorithm its DNSSEC number
   */
  void assign(Name zone, String token, String label, int algorithm);
}
