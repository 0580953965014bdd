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
    List<ValidityWindow> windows = windows(now);
    List<SigningJob> jobs = new ArrayList<>();
    for (int place = 0; place < windows.size(); place++) {
      ValidityWindow window = windows.get(place);
      List<SignedWindow> signed =
          stock.stream()
              .filter(one -> one.window().activeFrom().equals(window.activeFrom()))
              .toList();
      Instant notBefore =
          signed.isEmpty() ? Instant.EPOCH : turn(keys, window, place, windows.size());
      jobs.addAll(of(keys, window, signed, notBefore, now));
    }
    jobs.sort(Comparator.comparing(SigningJob::neededBy));
    return jobs;
  }

  private List<ValidityWindow> windows(Instant now) {
    List<ValidityWindow> windows = new ArrayList<>();
    Instant end = now.plus(policy.runway());
    ValidityWindow window = policy.schedule().windowAt(zone, now);
    Instant covered = Instant.MIN;
    while (covered.isBefore(end)) {
      windows.add(window);
      covered = window.expiration();
      window = policy.schedule().next(window);
    }
    return windows;
  }

  private static Instant turn(KeySet keys, ValidityWindow window, int place, int places) {
    return keys.rolls().stream()
        .flatMap(roll -> roll.spread().stream())
        .map(spread -> spread.turn(window, place, places))
        .min(Instant::compareTo)
        .orElse(Instant.EPOCH);
  }

  private List<SigningJob> of(
      KeySet keys,
      ValidityWindow window,
      List<SignedWindow> signed,
      Instant notBefore,
      Instant now) {
    Instant begin = window.activeFrom();
    Instant neededBy =
        begin.isAfter(now)
            ? begin.minus(policy.schedule().step()).plus(policy.schedule().validity())
            : now;
    Optional<SignedWindow> stored =
        signed.stream().filter(one -> one.keys().equals(keys.keysOf(begin))).findFirst();
    return keys.signersOf(begin).stream()
        .filter(signer -> stored.isEmpty() || !stored.get().signers().contains(signer))
        .map(signer -> new SigningJob(window, keys.keysOf(begin), signer, neededBy, notBefore))
        .toList();
  }
}
