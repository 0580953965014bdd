package org.keyward.remote;

import java.time.Duration;

/**
 * How much of the database PowerDNS's transactions may take.
 *
 * @param most open at once; one more is refused
 * @param idle after this time without a request, a transaction is rolled back
 */
public record TransactionLimits(int most, Duration idle) {
  public static final TransactionLimits DEFAULT = new TransactionLimits(16, Duration.ofMinutes(1));
}
