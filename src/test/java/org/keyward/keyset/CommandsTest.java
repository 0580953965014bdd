package org.keyward.keyset;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class CommandsTest {
  private static final Instant NOW = World.BEGIN.plus(Duration.ofDays(100));
  private static final Commands COMMANDS =
      new Commands(new KeySetPlanner(World.ZONE, Policies.TIGHT));
  private static final ZoneKey KSK = ZoneKey.inUse(1, KeyRole.KSK, 13, 1001, World.BEGIN);
  private static final ZoneKey ZSK = ZoneKey.inUse(2, KeyRole.ZSK, 13, 2002, World.BEGIN);
  private static final KeySet STABLE = new KeySet(List.of(KSK, ZSK), List.of());
  private static final ZoneKey NEW_KSK = ZoneKey.unused(3, KeyRole.KSK, 13, 1003);

  private static Observed seen(Set<Integer> ds, boolean complete) {
    return new Observed(
        List.of(),
        Optional.empty(),
        Optional.of(new ParentView(NOW, complete, ds, ds)),
        new CachedTtls(Duration.ZERO, Duration.ZERO, Duration.ZERO),
        true);
  }

  private static final Observed QUIET = seen(Set.of(1), true);

  static Stream<Arguments> refusals() {
    KeySet rolling = started(STABLE, NEW_KSK);
    KeySet noKsk = new KeySet(List.of(ZSK), List.of());
    ZoneKey sameTag = ZoneKey.unused(4, KeyRole.KSK, 13, ZSK.tag());
    ZoneKey rsa = ZoneKey.unused(4, KeyRole.KSK, 8, 1004);
    KeySet held = done(COMMANDS.hold(rolling, KeyRole.KSK));
    return Stream.of(
        Arguments.of(start(rolling, ZoneKey.unused(9, KeyRole.KSK, 13, 9)), Refusal.ROLL_UNDER_WAY),
        Arguments.of(start(noKsk, NEW_KSK), Refusal.NO_ACTIVE_KEY),
        Arguments.of(start(STABLE, KSK), Refusal.SAME_KEY),
        Arguments.of(start(STABLE, sameTag), Refusal.TAG_TAKEN),
        Arguments.of(start(STABLE, rsa), Refusal.OTHER_ALGORITHM),
        Arguments.of(COMMANDS.hold(STABLE, KeyRole.KSK), Refusal.NO_ROLL),
        Arguments.of(COMMANDS.resume(STABLE, KeyRole.KSK), Refusal.NO_ROLL),
        Arguments.of(COMMANDS.cancel(STABLE, KeyRole.KSK, QUIET, NOW), Refusal.NO_ROLL),
        Arguments.of(COMMANDS.confirm(STABLE, QUIET, NOW), Refusal.NO_ROLL),
        Arguments.of(COMMANDS.confirm(rolling, QUIET, NOW), Refusal.NOTHING_TO_CONFIRM),
        Arguments.of(COMMANDS.hold(held, KeyRole.KSK), Refusal.HELD_ALREADY),
        Arguments.of(COMMANDS.resume(rolling, KeyRole.KSK), Refusal.NOT_HELD),
        Arguments.of(
            COMMANDS.cancel(rolling, KeyRole.KSK, seen(Set.of(1, 3), true), NOW),
            Refusal.DS_AT_PARENT),
        Arguments.of(
            COMMANDS.cancel(rolling, KeyRole.KSK, seen(Set.of(1), false), NOW),
            Refusal.PARENT_UNKNOWN));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("refusals")
  void isRefused(Outcome outcome, Refusal why) {
    assertThat(outcome).isEqualTo(new Outcome.Refused(why));
  }

  /** A roll that was cancelled in any phase goes on, in the other direction, until it is over. */
  @ParameterizedTest
  @EnumSource(RollPhase.class)
  void aRollCanBeCancelledInEveryPhase(RollPhase phase) {
    KeyRole role = phase == RollPhase.SUBMITTED ? KeyRole.KSK : KeyRole.ZSK;
    World world = new World(7, Policies.withoutLifetimes(), World.Trouble.NONE);
    assertThat(world.start(role, Pace.LAZY)).isInstanceOf(Outcome.Done.class);
    Roll begun = world.keys.roll(role).orElseThrow();
    while (world.keys.roll(role).map(Roll::phase).filter(phase::equals).isEmpty()) {
      world.tick();
    }
    world.keys = done(world.commands.cancel(world.keys, role, world.observed(), world.now));
    while (world.keys.roll(role).isPresent()) {
      world.tick();
    }
    ZoneKey stayed = world.keys.key(begun.oldKey());
    assertThat(stayed.published().until()).isEmpty();
    assertThat(stayed.signs().until()).isEmpty();
    assertThat(world.keys.key(begun.newKey()).published().covers(world.now)).isFalse();
    assertThat(world.views().bogus(CachedViews.Strictness.EVERY_ALGORITHM)).isEmpty();
  }

  @Test
  void aHeldRollStaysWhereItIsAndGoesOnWhenResumed() {
    World world = new World(7, Policies.TIGHT, World.Trouble.NONE);
    world.start(KeyRole.KSK, Pace.NOW);
    world.keys = done(world.commands.hold(world.keys, KeyRole.KSK));
    world.runUntil(World.BEGIN.plus(Duration.ofDays(60)));
    assertThat(world.keys.roll(KeyRole.KSK).orElseThrow().phase()).isEqualTo(RollPhase.ENTERING);
    world.keys = done(world.commands.resume(world.keys, KeyRole.KSK));
    world.runUntil(World.BEGIN.plus(Duration.ofDays(120)));
    assertThat(world.keys.roll(KeyRole.KSK)).isEmpty();
  }

  @Test
  void aPersonCanConfirmWhatTheParentHas() {
    World world = new World(7, Policies.TIGHT, World.Trouble.NONE);
    world.start(KeyRole.KSK, Pace.NOW);
    while (world.keys.roll(KeyRole.KSK).orElseThrow().phase() != RollPhase.SUBMITTED) {
      world.tick();
    }
    world.keys = done(world.commands.confirm(world.keys, world.observed(), world.now));
    Roll roll = world.keys.roll(KeyRole.KSK).orElseThrow();
    assertThat(roll.phase()).isEqualTo(RollPhase.RETIRING);
    assertThat(roll.seen()).contains(world.now);
    assertThat(world.commands.confirm(world.keys, world.observed(), world.now))
        .as("before the wait is over")
        .isEqualTo(new Outcome.Refused(Refusal.NOTHING_TO_CONFIRM));
    Duration wait = Policies.TIGHT.waits(world.observed().cached()).kskRetirement();
    KeySet later = done(world.commands.confirm(world.keys, world.observed(), world.now.plus(wait)));
    assertThat(later.roll(KeyRole.KSK).orElseThrow().phase()).isEqualTo(RollPhase.LEAVING);
  }

  @Test
  void aClockThatJumpedMovesNothing() {
    World world =
        new World(
            3,
            Policies.TIGHT,
            Policies.TIGHT,
            World.Trouble.NONE,
            (any, seen) ->
                new Observed(seen.stock(), seen.servers(), seen.parent(), seen.cached(), false),
            known -> known);
    world.start(KeyRole.ZSK, Pace.NOW);
    world.runUntil(World.BEGIN.plus(Duration.ofDays(200)));
    assertThat(world.keys.roll(KeyRole.ZSK).orElseThrow().phase()).isEqualTo(RollPhase.ENTERING);
    assertThat(world.events).isEmpty();
  }

  @Test
  void aLazyRollOfAZskCostsTheTokenNothingAndOneOfAKskSixSignatures() {
    Duration time = Duration.ofDays(120);
    int usual = signatures(Optional.empty(), time);
    assertThat(signatures(Optional.of(KeyRole.ZSK), time)).isEqualTo(usual);
    assertThat(signatures(Optional.of(KeyRole.KSK), time)).isBetween(usual + 1, usual + 6);
  }

  private static int signatures(Optional<KeyRole> rolled, Duration time) {
    Policy policy = Policies.withoutLifetimes();
    World world = new World(5, policy, World.Trouble.NONE);
    rolled.ifPresent(role -> world.start(role, Pace.LAZY));
    world.runUntil(World.BEGIN.plus(time));
    assertThat(world.keys.rolls()).as("over by now").isEmpty();
    return world.tokenSignatures();
  }

  private static Outcome start(KeySet keys, ZoneKey added) {
    return COMMANDS.start(keys, added, Pace.LAZY, QUIET, NOW);
  }

  private static KeySet started(KeySet keys, ZoneKey added) {
    return done(start(keys, added));
  }

  private static KeySet done(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done) outcome).keys();
  }
}
