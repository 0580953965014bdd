package org.keyward.keyset;

import java.time.Instant;
import java.util.Optional;

/**
 * Why a roll stays in its phase.
 *
 * @param until when it is over at the earliest, where time alone decides
 */
public record Waiting(Roll roll, WaitsFor what, Optional<Instant> until) {}
