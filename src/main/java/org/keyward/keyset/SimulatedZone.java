package org.keyward.keyset;

import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.keyward.keyset.Forecast.Begin;
import org.keyward.keyset.Forecast.Month;

/** One zone on a simulated clock. For one thread, and one forecast. */
final class SimulatedZone {
  /** Ids and tags of keys that are still to be made: no other key has one like it. */
  private static final int FIRST_NEW = 1_000_000_000;

  private final Begin begin;
  private final Duration parentTakes;
  private final KeySetPlanner planner;
  private final SigningJobs jobs;
  private final List<SignedWindow> stock;
  private final ForecastSteps steps = new ForecastSteps();
  private final Map<Month, Integer> signatures = new HashMap<>();
  private Instant now;
  private KeySet keys;
  private Optional<String> presentKsk;
  private int made;
  private int looks;

  SimulatedZone(Begin begin, Duration parentTakes, Instant now) {
    this.begin = begin;
    this.parentTakes = parentTakes;
    this.now = now;
    this.planner = new KeySetPlanner(begin.zone(), begin.policy().policy());
    this.jobs = new SigningJobs(begin.zone(), begin.policy().policy());
    this.stock = new ArrayList<>(begin.stock());
    this.keys = begin.keys();
    this.presentKsk = begin.presentKsk();
    keys.rolls().forEach(roll -> steps.stands(roll, now));
  }

  Forecast run(Set<KeyRole> starts, Instant until) {
    sign();
    starts.stream().sorted().forEach(role -> start(role, presentKsk));
    while (now.isBefore(until)) {
      sign();
      Plan plan = planner.next(keys, seen(), now);
      looks++;
      keys = plan.keys();
      plan.events().forEach(event -> steps.wentOn(event, keys, now));
      plan.waiting().forEach(steps::waits);
      boolean began = beginRolls();
      if (plan.events().isEmpty() && !began) {
        now = next(plan);
      }
    }
    return new Forecast(steps.list(), signatures, looks);
  }

  private void sign() {
    for (SigningJob job : jobs.missing(keys, newest(), now)) {
      if (job.notBefore().isAfter(now)) {
        continue;
      }
      signatures.merge(
          new Month(YearMonth.from(now.atOffset(ZoneOffset.UTC)), job.signer()), 1, Integer::sum);
      SignedWindow signed =
          stock.stream()
              .filter(one -> one.window().equals(job.window()) && one.keys().equals(job.keys()))
              .findFirst()
              .map(one -> signed(job, both(one.signers(), job.signer())))
              .orElseGet(() -> signed(job, Set.of(job.signer())));
      stock.removeIf(one -> one.window().equals(job.window()) && one.keys().equals(job.keys()));
      stock.add(signed);
    }
    stock.removeIf(signed -> !signed.window().expiration().isAfter(now));
  }

  private SignedWindow signed(SigningJob job, Set<Integer> signers) {
    return new SignedWindow(job.window(), job.keys(), signers, now);
  }

  private static Set<Integer> both(Set<Integer> signers, int another) {
    Set<Integer> all = new java.util.HashSet<>(signers);
    all.add(another);
    return all;
  }

  /** Of a window that was signed more than once, what was stored last. */
  private List<SignedWindow> newest() {
    Map<Instant, SignedWindow> last = new HashMap<>();
    stock.forEach(signed -> last.put(signed.window().activeFrom(), signed));
    return List.copyOf(last.values());
  }

  private Observed seen() {
    Optional<ServersView> servers =
        ServedSet.choose(keys, stock, now)
            .map(
                served -> {
                  Set<Integer> shown = served.set().keys();
                  Set<Integer> signers = keys.zoneSigners(now);
                  return new ServersView(now, now, shown, shown, signers, signers);
                });
    Set<Integer> ds = ds();
    return new Observed(
        newest(), servers, Optional.of(new ParentView(now, true, ds, ds)), begin.cached(), true);
  }

  /** The DS that is wanted, once the parent has had time for it. */
  private Set<Integer> ds() {
    Optional<Roll> roll = keys.roll(KeyRole.KSK);
    if (roll.isEmpty()) {
      return Keys.active(keys, KeyRole.KSK, now).map(key -> Set.of(key.id())).orElse(Set.of());
    }
    return Set.of(
        switch (roll.get().phase()) {
          case ENTERING, PUBLISHED, SWITCHING -> roll.get().oldKey();
          case SUBMITTED ->
              now.isBefore(handedIn(roll.get())) ? roll.get().oldKey() : roll.get().newKey();
          case RETIRING, LEAVING, FORGOTTEN -> roll.get().newKey();
        });
  }

  private Instant handedIn(Roll roll) {
    return roll.since().plus(parentTakes);
  }

  private boolean beginRolls() {
    boolean began = false;
    for (KeyRole role : KeyRole.values()) {
      if (keys.roll(role).isEmpty() && turn(role).filter(turn -> !turn.isAfter(now)).isPresent()) {
        began |= beginRoll(role);
      }
    }
    return began;
  }

  private boolean beginRoll(KeyRole role) {
    ZoneKey active = Keys.active(keys, role, now).orElseThrow();
    Optional<String> next = begin.policy().nextKsk();
    if (role == KeyRole.KSK && (next.isEmpty() || next.equals(presentKsk))) {
      steps.needsKey(active.id(), now);
      return false;
    }
    return start(role, role == KeyRole.KSK ? next : presentKsk);
  }

  /** Begins to replace the active key by one that is made for it. */
  private boolean start(KeyRole role, Optional<String> ksk) {
    Optional<ZoneKey> active = Keys.active(keys, role, now);
    if (active.isEmpty()) {
      return false;
    }
    int number = FIRST_NEW + made++;
    ZoneKey added =
        ZoneKey.unused(
            role == KeyRole.KSK ? -number : number, role, active.get().algorithm(), number);
    Outcome outcome = new Commands(planner).start(keys, added, begin.policy().pace(), seen(), now);
    if (outcome instanceof Outcome.Done done) {
      keys = done.keys();
      steps.begins(keys.roll(role).orElseThrow(), now);
      presentKsk = ksk;
    }
    return outcome instanceof Outcome.Done;
  }

  /** When the zone's turn is; a KSK that nobody has named another one for has no further turn. */
  private Optional<Instant> turn(KeyRole role) {
    if (role == KeyRole.KSK && steps.needsKey()) {
      return Optional.empty();
    }
    return begin.turn(keys, role, now);
  }

  /** When something may be another way. */
  private Instant next(Plan plan) {
    SigningTimes times = new SigningTimes(begin.policy().policy(), begin.zone());
    Instant next = times.next(stock, now);
    List<Instant> others = new ArrayList<>();
    plan.waiting().forEach(waiting -> waiting.until().ifPresent(others::add));
    keys.roll(KeyRole.KSK).ifPresent(roll -> others.add(handedIn(roll)));
    for (KeyRole role : KeyRole.values()) {
      if (keys.roll(role).isEmpty()) {
        turn(role).ifPresent(others::add);
      }
    }
    jobs.missing(keys, newest(), now).forEach(job -> others.add(job.notBefore()));
    for (Instant other : others) {
      next = other.isAfter(now) && other.isBefore(next) ? other : next;
    }
    return next;
  }
}
