package org.keyward.audit;

import java.util.Optional;

/**
 * What following the whole chain of hashes has found.
 *
 * @param head the hash of the last row, in hex; to be written down elsewhere
 * @param fault the first thing that is wrong; empty when nothing is
 * @param knownAt the number of the row with the hash that was written down before; empty when none
 *     was given
 */
public record AuditVerification(
    long count, String head, Optional<String> fault, Optional<Long> knownAt) {}
