package org.keyward.zone;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When a zone's metadata NSEC3PARAM changed.
 *
 * @param nsec3param its value since then; empty for NSEC
 * @param overlap how long a PowerDNS may go on asking for what was before
 */
public record DenialChange(Optional<String> nsec3param, Instant since, Duration overlap) {}
