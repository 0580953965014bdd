package org.keyward.signing;

import java.time.Duration;

/** How the permit of a token's module was used since this process began. */
public record PermitUsage(long uses, Duration waited, Duration held) {
  /** For tokens that do not measure it. */
  public static final PermitUsage NONE = new PermitUsage(0, Duration.ZERO, Duration.ZERO);
}
