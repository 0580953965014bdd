package org.keyward.keyset;

import java.time.Duration;
import java.util.Optional;
import org.keyward.dnssec.SigningSchedule;

/** Policies for tests. */
final class Policies {
  /** Without margins: each wait is the least that is safe. */
  static final Policy TIGHT = tight(12, 6, 6, 48, 24);

  private Policies() {}

  /** {@link #TIGHT}, where no roll begins by itself. */
  static Policy withoutLifetimes() {
    return new Policy(
        TIGHT.schedule(),
        TIGHT.runway(),
        TIGHT.dnskeyTtl(),
        Optional.empty(),
        Optional.empty(),
        TIGHT.propagation(),
        TIGHT.parentPropagation(),
        TIGHT.dsTtlAtLeast(),
        TIGHT.zoneTtlAtLeast(),
        TIGHT.publishSafety(),
        TIGHT.retireSafety());
  }

  /** In hours: TTL of the DNSKEY set, Dprp, DprpP, least TTL of DS and of data. */
  static Policy tight(
      long dnskeyTtl, long propagation, long parentPropagation, long dsTtl, long zoneTtl) {
    return new Policy(
        new SigningSchedule(Duration.ofDays(14), Duration.ofDays(7), Duration.ofHours(1)),
        Duration.ofDays(35),
        Duration.ofHours(dnskeyTtl),
        Optional.of(Duration.ofDays(91)),
        Optional.of(Duration.ofDays(365)),
        Duration.ofHours(propagation),
        Duration.ofHours(parentPropagation),
        Duration.ofHours(dsTtl),
        Duration.ofHours(zoneTtl),
        Duration.ZERO,
        Duration.ZERO);
  }
}
