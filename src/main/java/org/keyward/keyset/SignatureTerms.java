package org.keyward.keyset;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How long signatures are valid, and how many are made ahead, as policies say it: also what is
 * unsafe.
 *
 * @param validity from when a signature is used to when it expires
 * @param step after how long the next one takes its place
 * @param runway how far ahead the KSK signs
 * @param dnskeyTtl TTL of the DNSKEY set
 */
record SignatureTerms(Duration validity, Duration step, Duration runway, Duration dnskeyTtl) {
  private static final Duration LONGEST = Duration.ofDays(3650);

  /** How many sets ahead a token is made to sign for a zone. */
  private static final int MOST_STEPS = 400;

  /**
   * What is unsafe, one line each with what would be safe.
   *
   * @param propagation how long until all servers of the zone have a change
   */
  List<String> faults(Duration propagation) {
    List<String> faults = new ArrayList<>();
    Duration least = step.plus(propagation).plus(dnskeyTtl);
    if (dnskeyTtl.toSeconds() < 1 || step.toSeconds() < 1) {
      faults.add("step and dnskey-ttl must be 1s or more");
    } else if (validity.compareTo(least) < 0) {
      faults.add(
          "validity must be %s or more, which is step, propagation and dnskey-ttl: a signature must not expire while servers or caches still have it"
              .formatted(DurationWords.of(least)));
    } else if (validity.compareTo(LONGEST) > 0) {
      faults.add("validity must be %s or less".formatted(DurationWords.of(LONGEST)));
    }
    if (runway.compareTo(step) < 0) {
      faults.add(
          "runway must be %s or more, which is step: the next signature must be there before it is needed"
              .formatted(DurationWords.of(step)));
    } else if (runway.compareTo(step.multipliedBy(MOST_STEPS)) > 0) {
      faults.add(
          "runway must be %s or less, which is %d steps: the token makes a signature for each"
              .formatted(DurationWords.of(step.multipliedBy(MOST_STEPS)), MOST_STEPS));
    }
    return faults;
  }
}
