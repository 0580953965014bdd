package org.keyward.keyset;

import java.time.Duration;

/**
 * How long each phase of a roll waits after its evidence was seen (RFC 7583, sections 3.2.1 and
 * 3.3.1).
 *
 * @param publication Ipub: until all caches have a DNSKEY set with the new key
 * @param zskRetirement Iret: until no signature by the old ZSK is in a cache
 * @param kskRetirement Iret: until no DS of the old KSK alone is in a cache
 * @param removal until no DNSKEY set with the old key is in a cache
 */
public record Waits(
    Duration publication, Duration zskRetirement, Duration kskRetirement, Duration removal) {}
