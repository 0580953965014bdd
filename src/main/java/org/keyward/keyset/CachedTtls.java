package org.keyward.keyset;

import java.time.Duration;

/**
 * The largest TTLs of anything that may still be in a cache: high-water marks, so that a TTL that
 * is lowered while a key is replaced does not shorten a wait.
 *
 * @param data of all signed sets, NSEC and NSEC3 included
 * @param ds of the DS sets of the last 60 days
 */
public record CachedTtls(Duration dnskey, Duration data, Duration ds) {}
