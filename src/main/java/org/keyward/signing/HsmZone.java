package org.keyward.signing;

import java.util.Optional;
import org.xbill.DNS.Name;

/**
 * A zone that PowerDNS signs with a key on a token.
 *
 * @param slot the token's label, as PowerDNS knows it
 * @param token in the configuration; empty when none has this label
 * @param pinStored whether a PIN is in the database
 * @param withoutPin why PowerDNS would not get the PIN from Keyward, so that it stays in the
 *     database; empty when it would
 * @param obstacle why Keyward cannot sign the zone with it; empty when it can
 */
public record HsmZone(
    Name zone,
    String slot,
    String label,
    Optional<String> token,
    boolean pinStored,
    Optional<String> withoutPin,
    Optional<String> obstacle) {}
