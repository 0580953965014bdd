package org.keyward.keyset;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.Name;

/**
 * Moves the rolls of a zone on. Each call takes at most one step of each roll, however late it is,
 * since the wait of a phase counts from when its evidence was seen. Stateless and thread-safe.
 *
 * @param zone whose windows are meant
 */
public record KeySetPlanner(Name zone, Policy policy) {

  /** How long ago the parent may have been asked when the old KSK leaves. */
  private static final Duration FRESH = Duration.ofHours(1);

  /** What is to be done at {@code now}. */
  public Plan next(KeySet keys, Observed seen, Instant now) {
    KeySet planned = keys;
    List<RollEvent> events = new ArrayList<>();
    List<Waiting> waiting = new ArrayList<>();
    for (Roll roll : keys.rolls()) {
      Gate gate = gate(planned, roll, seen, now);
      if (gate instanceof Gate.Closed closed) {
        waiting.add(new Waiting(roll, closed.what(), closed.until()));
      } else if (gate instanceof Gate.Reverted) {
        planned = submitAgain(planned, roll, seen, now);
        events.add(event(roll, planned, RollEvent.Kind.DS_REVERTED));
      } else {
        planned = step(planned, roll, ((Gate.Open) gate).seen(), seen, now);
        events.add(event(roll, planned, RollEvent.Kind.WENT_ON));
      }
    }
    Optional<KeySet> returned = takeBack(planned, seen, now);
    if (returned.isPresent()) {
      planned = returned.get();
      Roll roll = planned.roll(KeyRole.KSK).orElseThrow();
      events.add(new RollEvent(roll, Optional.of(roll.phase()), RollEvent.Kind.DS_REVERTED));
    }
    return new Plan(planned, events, waiting, keysToMake(planned, seen, now));
  }

  private static RollEvent event(Roll before, KeySet after, RollEvent.Kind kind) {
    return new RollEvent(before, after.roll(before.role()).map(Roll::phase), kind);
  }

  private Gate gate(KeySet keys, Roll roll, Observed seen, Instant now) {
    if (!seen.clockTrusted()) {
      return Gate.closed(WaitsFor.CLOCK);
    }
    if (isReverted(roll, seen)) {
      return new Gate.Reverted();
    }
    if (roll.held()) {
      return Gate.closed(WaitsFor.PERSON);
    }
    Waits waits = policy.waits(seen.cached());
    return switch (roll.phase()) {
      case ENTERING -> entered(roll, seen, now);
      case PUBLISHED -> over(roll, waits.publication(), now);
      case SWITCHING -> switched(keys, roll, seen, now);
      case SUBMITTED -> submitted(roll, seen);
      case RETIRING -> retired(roll, waits, seen, now);
      case LEAVING -> left(roll, seen, now);
      case FORGOTTEN -> over(roll, waits.removal(), now);
    };
  }

  /** Once all servers of the parent had the new DS, one of them that lacks it went back. */
  private static boolean isReverted(Roll roll, Observed seen) {
    boolean had =
        switch (roll.phase()) {
          case RETIRING, LEAVING, FORGOTTEN -> roll.role() == KeyRole.KSK;
          default -> false;
        };
    return had
        && seen.parent().filter(parent -> isNews(parent.asked(), roll)).isPresent()
        && seen.parent().get().lacksSomewhere(roll.newKey())
        && seen.parent().get().dsAtAny().contains(roll.oldKey());
  }

  private static boolean isNews(Instant asked, Roll roll) {
    return !asked.isBefore(roll.since());
  }

  private Gate entered(Roll roll, Observed seen, Instant now) {
    boolean inStock =
        fromNow(seen.stock(), now).stream()
            .allMatch(
                signed ->
                    signed.keys().contains(roll.newKey())
                        && (roll.role() == KeyRole.ZSK
                            || signed.signers().contains(roll.newKey())));
    if (!inStock || fromNow(seen.stock(), now).isEmpty()) {
      return Gate.closed(WaitsFor.STOCK);
    }
    Instant stored =
        fromNow(seen.stock(), now).stream()
            .map(SignedWindow::stored)
            .max(Instant::compareTo)
            .orElse(now);
    return seen.servers()
        .filter(servers -> isNews(servers.followed(), roll))
        .filter(servers -> !servers.followed().isBefore(stored))
        .filter(servers -> servers.keysAtAll().contains(roll.newKey()))
        .map(servers -> Gate.open(servers.asked()))
        .orElse(Gate.closed(WaitsFor.SERVERS));
  }

  /** The window in use and those ahead. */
  private static List<SignedWindow> fromNow(List<SignedWindow> stock, Instant now) {
    Instant present =
        stock.stream()
            .map(signed -> signed.window().activeFrom())
            .filter(from -> !from.isAfter(now))
            .max(Instant::compareTo)
            .orElse(Instant.MIN);
    return stock.stream()
        .filter(signed -> !signed.window().activeFrom().isBefore(present))
        .filter(signed -> signed.window().expiration().isAfter(now))
        .toList();
  }

  private static Gate over(Roll roll, Duration wait, Instant now) {
    Instant until = roll.seen().orElseThrow().plus(wait);
    return now.isBefore(until) ? Gate.closedUntil(until) : Gate.open(now);
  }

  private static Gate switched(KeySet keys, Roll roll, Observed seen, Instant now) {
    Instant at = keys.key(roll.newKey()).signs().from();
    if (now.isBefore(at)) {
      return Gate.closedUntil(at);
    }
    return seen.servers()
        .filter(servers -> isNews(servers.followed(), roll) && !servers.asked().isBefore(at))
        .filter(servers -> servers.signersAtAll().contains(roll.newKey()))
        .filter(servers -> !servers.signersAtAny().contains(roll.oldKey()))
        .map(servers -> Gate.open(servers.asked()))
        .orElse(Gate.closed(WaitsFor.SERVERS));
  }

  private static Gate submitted(Roll roll, Observed seen) {
    return seen.parent()
        .filter(parent -> isNews(parent.asked(), roll))
        .filter(parent -> parent.hasEverywhere(roll.newKey()))
        .map(parent -> Gate.open(parent.asked()))
        .orElse(Gate.closed(WaitsFor.PARENT));
  }

  /**
   * After the wait the parent is asked once more, since it may have gone back meanwhile; what it
   * said before the signer was away for long does not count.
   */
  private static Gate retired(Roll roll, Waits waits, Observed seen, Instant now) {
    if (roll.role() == KeyRole.ZSK) {
      return over(roll, waits.zskRetirement(), now);
    }
    Gate time = over(roll, waits.kskRetirement(), now);
    Instant end = roll.seen().orElseThrow().plus(waits.kskRetirement());
    boolean stillThere =
        seen.parent()
            .filter(parent -> !parent.asked().isBefore(end))
            .filter(parent -> !parent.asked().isBefore(now.minus(FRESH)))
            .filter(parent -> parent.hasEverywhere(roll.newKey()))
            .isPresent();
    return time instanceof Gate.Open && !stillThere ? Gate.closed(WaitsFor.PARENT) : time;
  }

  private static Gate left(Roll roll, Observed seen, Instant now) {
    boolean inStock =
        fromNow(seen.stock(), now).stream()
            .anyMatch(signed -> signed.keys().contains(roll.oldKey()));
    if (inStock) {
      return Gate.closed(WaitsFor.STOCK);
    }
    return seen.servers()
        .filter(servers -> isNews(servers.followed(), roll))
        .filter(servers -> !servers.keysAtAny().contains(roll.oldKey()))
        .map(servers -> Gate.open(servers.asked()))
        .orElse(Gate.closed(WaitsFor.SERVERS));
  }

  private KeySet step(KeySet keys, Roll roll, Instant evidence, Observed seen, Instant now) {
    return switch (roll.phase()) {
      case ENTERING -> keys.with(roll.waiting(RollPhase.PUBLISHED, evidence, now));
      case PUBLISHED ->
          roll.role() == KeyRole.ZSK
              ? Moves.switchTo(keys, roll, switchTime(roll, now), now)
              : Moves.submit(keys, roll, now);
      case SWITCHING, SUBMITTED -> keys.with(roll.waiting(RollPhase.RETIRING, evidence, now));
      case RETIRING -> Moves.leave(keys, roll, tail(roll.pace(), seen.stock(), now), now);
      case LEAVING -> keys.with(roll.waiting(RollPhase.FORGOTTEN, evidence, now));
      case FORGOTTEN -> keys.without(roll.role());
    };
  }

  /** On a boundary of windows all signatures are renewed anyway. */
  private Instant switchTime(Roll roll, Instant now) {
    return roll.pace().equals(Pace.NOW)
        ? now
        : policy.schedule().next(policy.schedule().windowAt(zone, now)).activeFrom();
  }

  /** The windows whose set may be another one. */
  Tail tail(Pace pace, List<SignedWindow> stock, Instant now) {
    Instant present = policy.schedule().windowAt(zone, now).activeFrom();
    return new Tail(present, pace.signsAnew() ? present : KeySet.afterAll(stock, present));
  }

  private KeySet submitAgain(KeySet keys, Roll roll, Observed seen, Instant now) {
    return Moves.comeBack(keys, roll.oldKey(), tail(Pace.NOW, seen.stock(), now))
        .with(roll.in(RollPhase.SUBMITTED, now));
  }

  /** The parent went back to a key whose roll is over: it is as if that roll had never gone on. */
  private Optional<KeySet> takeBack(KeySet keys, Observed seen, Instant now) {
    if (!seen.clockTrusted() || keys.roll(KeyRole.KSK).isPresent() || seen.parent().isEmpty()) {
      return Optional.empty();
    }
    ParentView parent = seen.parent().get();
    Optional<ZoneKey> active = Keys.active(keys, KeyRole.KSK, now);
    Optional<ZoneKey> former =
        keys.keys().stream()
            .filter(key -> key.role() == KeyRole.KSK && parent.dsAtAny().contains(key.id()))
            .filter(key -> active.isPresent() && key.id() != active.get().id())
            .findFirst();
    if (former.isEmpty() || !parent.lacksSomewhere(active.orElseThrow().id())) {
      return Optional.empty();
    }
    Roll again =
        Roll.begin(KeyRole.KSK, former.get().id(), active.get().id(), Pace.NOW, now)
            .in(RollPhase.SUBMITTED, now);
    return Optional.of(
        Moves.comeBack(keys, former.get().id(), tail(Pace.NOW, seen.stock(), now)).with(again));
  }

  private Set<KeyRole> keysToMake(KeySet keys, Observed seen, Instant now) {
    Set<KeyRole> due = EnumSet.noneOf(KeyRole.class);
    if (!seen.clockTrusted()) {
      return due;
    }
    for (KeyRole role : KeyRole.values()) {
      Optional<Instant> start = startOfNext(keys, role, seen.cached());
      if (start.isPresent() && !now.isBefore(start.get()) && keys.roll(role).isEmpty()) {
        due.add(role);
      }
    }
    return due;
  }

  /** When the next roll of a role begins by itself, so that the key signs for its lifetime. */
  public Optional<Instant> startOfNext(KeySet keys, KeyRole role, CachedTtls cached) {
    Optional<Duration> lifetime = role == KeyRole.ZSK ? policy.zskLifetime() : policy.kskLifetime();
    Duration lead = policy.runway().plus(policy.waits(cached).publication());
    return lifetime.flatMap(
        life ->
            keys.keys().stream()
                .filter(key -> key.role() == role && key.signs().until().isEmpty())
                .map(key -> key.signs().from().plus(life).minus(lead))
                .max(Instant::compareTo));
  }

  /** Whether a phase may end. */
  private sealed interface Gate {
    /** It may: what it waited for was seen at {@code seen}. */
    record Open(Instant seen) implements Gate {}

    record Closed(WaitsFor what, Optional<Instant> until) implements Gate {}

    /** What an earlier phase waited for is no longer so. */
    record Reverted() implements Gate {}

    static Gate open(Instant seen) {
      return new Open(seen);
    }

    static Gate closed(WaitsFor what) {
      return new Closed(what, Optional.empty());
    }

    static Gate closedUntil(Instant until) {
      return new Closed(WaitsFor.CACHES, Optional.of(until));
    }
  }
}
