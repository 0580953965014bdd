package org.keyward.zone;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.keyward.dnssec.Nsec3Parameters;

/**
 * Which denial chain a signed zone shows when, a function of its history and the time alone, so
 * that all servers agree. PowerDNS keeps metadata for up to a minute, so after each step the chain
 * before it goes on being served beside the new one. From one NSEC3 chain to another it goes by way
 * of NSEC: a hash in PowerDNS's question does not tell whose parameters it was made with.
 */
final class DenialSchedule {
  /** A chain: NSEC3 with these parameters, or NSEC when empty. */
  record Step(Instant from, Optional<Nsec3Parameters> chain, Duration overlap) {}

  /**
   * @param current what PowerDNS is told
   * @param served that, and what a PowerDNS may still have in its cache
   * @param lasting for how long this is so
   */
  record Live(
      Optional<Nsec3Parameters> current, Set<Optional<Nsec3Parameters>> served, Interval lasting) {}

  private static final DenialSchedule NSEC =
      new DenialSchedule(List.of(new Step(Instant.MIN, Optional.empty(), Duration.ZERO)));

  private final List<Step> steps;

  private DenialSchedule(List<Step> steps) {
    this.steps = List.copyOf(steps);
  }

  /** One chain, always. */
  static DenialSchedule fixed(Optional<Nsec3Parameters> chain) {
    return chain.isEmpty()
        ? NSEC
        : new DenialSchedule(List.of(new Step(Instant.MIN, chain, Duration.ZERO)));
  }

  /** A change of what is wanted. */
  record Wanted(Optional<Nsec3Parameters> chain, Instant since, Duration overlap) {}

  /**
   * @param history oldest first, not empty; what was before the first one is NSEC
   */
  static DenialSchedule of(List<Wanted> history) {
    List<Step> steps = new ArrayList<>();
    steps.add(new Step(Instant.MIN, Optional.empty(), Duration.ZERO));
    Instant at = Instant.MIN;
    for (int i = 0; i < history.size(); i++) {
      Wanted wanted = history.get(i);
      at = wanted.since().isAfter(at) ? wanted.since() : at;
      boolean overtaken = i + 1 < history.size() && !history.get(i + 1).since().isAfter(at);
      Optional<Nsec3Parameters> shown = steps.get(steps.size() - 1).chain();
      if (overtaken || shown.equals(wanted.chain())) {
        continue;
      }
      if (shown.isPresent() && wanted.chain().isPresent()) {
        steps.add(new Step(at, Optional.empty(), wanted.overlap()));
        at = at.plus(wanted.overlap());
      }
      steps.add(new Step(at, wanted.chain(), wanted.overlap()));
      at = at.plus(wanted.overlap());
    }
    return new DenialSchedule(steps);
  }

  Live at(Instant now) {
    int last = steps.size() - 1;
    while (last > 0 && steps.get(last).from().isAfter(now)) {
      last--;
    }
    Step step = steps.get(last);
    Set<Optional<Nsec3Parameters>> served = new LinkedHashSet<>(List.of(step.chain()));
    Interval lasting =
        new Interval(
            step.from(), last + 1 < steps.size() ? steps.get(last + 1).from() : Instant.MAX);
    if (last > 0) {
      Instant end = step.from().plus(step.overlap());
      if (now.isBefore(end)) {
        served.add(steps.get(last - 1).chain());
      }
      lasting = lasting.and(Interval.around(now, List.of(end)));
    }
    return new Live(step.chain(), served, lasting);
  }

  /** Every chain that is or will be served from {@code now} on. */
  Set<Optional<Nsec3Parameters>> from(Instant now) {
    if (steps.size() == 1) {
      return Set.of(steps.get(0).chain());
    }
    Set<Optional<Nsec3Parameters>> chains = new LinkedHashSet<>(at(now).served());
    steps.stream().filter(step -> step.from().isAfter(now)).map(Step::chain).forEach(chains::add);
    return chains;
  }
}
