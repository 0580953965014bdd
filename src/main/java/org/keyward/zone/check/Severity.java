package org.keyward.zone.check;

/** How bad a finding is; the worst first. */
public enum Severity {
  /** Something is not served, or resolvers or other servers will fail on it. */
  ERROR,
  /** Most likely not what was meant, or a failure waiting to happen. */
  WARNING,
  /** Worth knowing; many zones are fine with it. */
  INFO;

  public boolean isAtLeast(Severity other) {
    return compareTo(other) <= 0;
  }
}
