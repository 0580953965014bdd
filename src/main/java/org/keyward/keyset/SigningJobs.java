package org.keyward.keyset;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.keyward.dnssec.ValidityWindow;
import org.xbill.DNS.Name;

/** Which signatures of KSKs are missing for a zone to last its runway. Stateless. */
public record SigningJobs(Name zone, Policy policy) {

  /**
   * The signatures that are missing, soonest first: of windows that nothing is signed for, and of
   * those whose set is to be another one.
   */
  public List<SigningJob> missing(KeySet keys, List<SignedWindow> stock, Instant now) {
    List<SigningJob> jobs = new ArrayList<>();
    Instant end = now.plus(policy.runway());
    ValidityWindow window = policy.schedule().windowAt(zone, now);
    Instant covered = Instant.MIN;
    while (covered.isBefore(end)) {
      ValidityWindow present = window;
      Optional<SignedWindow> stored =
          stock.stream()
              .filter(signed -> signed.window().activeFrom().equals(present.activeFrom()))
              .filter(signed -> signed.keys().equals(keys.keysOf(present.activeFrom())))
              .findFirst();
      jobs.addAll(of(keys, present, stored, now));
      covered = window.expiration();
      window = policy.schedule().next(window);
    }
    jobs.sort(Comparator.comparing(SigningJob::neededBy));
    return jobs;
  }

  private List<SigningJob> of(
      KeySet keys, ValidityWindow window, Optional<SignedWindow> stored, Instant now) {
    Instant begin = window.activeFrom();
    Instant neededBy =
        begin.isAfter(now)
            ? begin.minus(policy.schedule().step()).plus(policy.schedule().validity())
            : now;
    return keys.signersOf(begin).stream()
        .filter(signer -> stored.isEmpty() || !stored.get().signers().contains(signer))
        .map(signer -> new SigningJob(window, keys.keysOf(begin), signer, neededBy))
        .toList();
  }
}
