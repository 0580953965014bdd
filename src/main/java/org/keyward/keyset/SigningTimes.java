package org.keyward.keyset;

import java.time.Instant;
import java.util.List;
import org.xbill.DNS.Name;

/** When windows begin, and when the KSK has something to sign. */
record SigningTimes(Policy policy, Name zone) {

  /** The next such moment after {@code now}. */
  Instant next(List<SignedWindow> stock, Instant now) {
    Instant begin = policy.schedule().next(policy.schedule().windowAt(zone, now)).activeFrom();
    Instant top =
        stock.stream()
            .map(signed -> signed.window().expiration())
            .max(Instant::compareTo)
            .map(end -> end.minus(policy.runway()).plusSeconds(1))
            .orElse(begin);
    return top.isAfter(now) && top.isBefore(begin) ? top : begin;
  }
}
