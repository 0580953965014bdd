package org.keyward.keyset;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each gate and each wait of a roll taken away, halved or told something wrong: then something must
 * be bogus, or the proof in {@link TenYearsTest} proves nothing.
 */
class MutationsTest {
  private static final Duration TWO_YEARS = Duration.ofDays(730);
  private static final int MOST_RUNS = 40;
  private static final Policy REAL = Policies.tight(48, 12, 12, 96, 72);

  /** Keys that servers and parents are told to have. */
  private static final Set<Integer> EVERY_KEY = new HashSet<>();

  static {
    for (int id = 1; id < 500; id++) {
      EVERY_KEY.add(id);
    }
  }

  static Stream<Arguments> mutations() {
    return Stream.of(
        told("servers need not show the new key", seen -> servers(seen, true, false)),
        told("servers need not give the new signatures", seen -> servers(seen, false, true)),
        told("what is ahead may lack the new key", MutationsTest::stockHasEveryKey),
        told("one server of the parent is enough", MutationsTest::anyParent),
        told("the parent need not have the new DS", MutationsTest::parentHasAll),
        told(
            "TTL of the DNSKEY set forgotten",
            MutationsTest::noTtls,
            Policies.tight(0, 12, 12, 240, 240)),
        told(
            "TTL of the DNSKEY set halved",
            MutationsTest::noTtls,
            Policies.tight(12, 12, 12, 240, 240)),
        told("Dprp forgotten", MutationsTest::noTtls, Policies.tight(48, 0, 12, 96, 72)),
        told("TTL of the data halved", MutationsTest::noTtls, Policies.tight(48, 12, 12, 96, 12)),
        told("TTL of the data forgotten", MutationsTest::noTtls, Policies.tight(48, 12, 12, 96, 0)),
        told("TTL of the DS halved", MutationsTest::noTtls, Policies.tight(48, 12, 12, 24, 72)),
        told("TTL of the DS forgotten", MutationsTest::noTtls, Policies.tight(48, 12, 12, 0, 72)),
        Arguments.of(
            "TTL of the data as it is now",
            Policies.tight(48, 12, 12, 96, 0),
            (World.Senses)
                (world, seen) ->
                    ttls(seen, new CachedTtls(Duration.ZERO, world.dataTtl, seen.cached().ds()))),
        Arguments.of(
            "TTL of the DS as it is now",
            Policies.tight(48, 12, 12, 0, 72),
            (World.Senses)
                (world, seen) ->
                    ttls(seen, new CachedTtls(Duration.ZERO, seen.cached().data(), world.dsTtl))));
  }

  @Test
  void withoutMutationNothingIsFound() {
    assertThat(firstBogusSeed(REAL, World.Senses.TRUE)).isEmpty();
  }

  /**
   * What servers' defence is for: the next set lacks the old key, the parent goes back to its DS,
   * and the token that could sign that set anew is away.
   */
  @Test
  void serversThatGoToAnySetAreFound() {
    assertThat(bogusAfterTheParentWentBack(known -> known)).isEmpty();
    assertThat(bogusAfterTheParentWentBack(MutationsTest::nothingIsNeeded)).isNotEmpty();
  }

  private static List<CachedViews.Bogus> bogusAfterTheParentWentBack(
      UnaryOperator<KeySet> defence) {
    Policy policy = Policies.withoutLifetimes();
    World world = new World(1, policy, policy, World.Trouble.NONE, World.Senses.TRUE, defence);
    world.start(KeyRole.KSK, Pace.LAZY);
    int old = world.keys.roll(KeyRole.KSK).orElseThrow().oldKey();
    Duration step = policy.schedule().step();
    while (world.keysAt(world.now.plus(step)).contains(old)) {
      world.tick();
    }
    Instant next = policy.schedule().windowAt(World.ZONE, world.now.plus(step)).activeFrom();
    world.runUntil(next.minus(Duration.ofDays(3)));
    world.parentGoesBackWithoutTheToken(Duration.ofDays(8));
    world.runUntil(next.plus(Duration.ofDays(60)));
    return world.views().bogus(CachedViews.Strictness.LENIENT);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mutations")
  void isFound(String what, Policy planned, World.Senses senses) {
    assertThat(firstBogusSeed(planned, senses)).as(what).isPresent();
  }

  private static Optional<Long> firstBogusSeed(Policy planned, World.Senses senses) {
    for (long seed = 1; seed <= MOST_RUNS; seed++) {
      World world =
          new World(seed, REAL, planned, World.Trouble.SOME, senses, UnaryOperator.identity());
      world.runUntil(World.BEGIN.plus(TWO_YEARS));
      if (!world.views().bogus(CachedViews.Strictness.EVERY_ALGORITHM).isEmpty()) {
        return Optional.of(seed);
      }
    }
    return Optional.empty();
  }

  private static Arguments told(String what, UnaryOperator<Observed> lie) {
    return told(what, lie, REAL);
  }

  private static Arguments told(String what, UnaryOperator<Observed> lie, Policy planned) {
    return Arguments.of(what, planned, (World.Senses) (world, seen) -> lie.apply(seen));
  }

  private static Observed servers(Observed seen, boolean keys, boolean signers) {
    ServersView view = seen.servers().orElseThrow();
    ServersView told =
        new ServersView(
            view.asked(),
            view.asked(),
            keys ? EVERY_KEY : view.keysAtAll(),
            view.keysAtAny(),
            signers ? EVERY_KEY : view.signersAtAll(),
            signers ? Set.of() : view.signersAtAny());
    return new Observed(
        seen.stock(), Optional.of(told), seen.parent(), seen.cached(), seen.clockTrusted());
  }

  private static Observed stockHasEveryKey(Observed seen) {
    List<SignedWindow> told =
        seen.stock().stream()
            .map(signed -> new SignedWindow(signed.window(), EVERY_KEY, EVERY_KEY, Instant.EPOCH))
            .toList();
    return servers(
        new Observed(told, seen.servers(), seen.parent(), seen.cached(), seen.clockTrusted()),
        true,
        false);
  }

  private static Observed anyParent(Observed seen) {
    ParentView view = seen.parent().orElseThrow();
    return parent(seen, new ParentView(view.asked(), true, view.dsAtAny(), view.dsAtAny()));
  }

  private static Observed parentHasAll(Observed seen) {
    ParentView view = seen.parent().orElseThrow();
    return parent(seen, new ParentView(view.asked(), true, EVERY_KEY, view.dsAtAny()));
  }

  private static Observed parent(Observed seen, ParentView view) {
    return new Observed(
        seen.stock(), seen.servers(), Optional.of(view), seen.cached(), seen.clockTrusted());
  }

  private static Observed noTtls(Observed seen) {
    return ttls(seen, new CachedTtls(Duration.ZERO, Duration.ZERO, Duration.ZERO));
  }

  private static Observed ttls(Observed seen, CachedTtls cached) {
    return new Observed(seen.stock(), seen.servers(), seen.parent(), cached, seen.clockTrusted());
  }

  private static KeySet nothingIsNeeded(KeySet keys) {
    KeySet known = keys;
    for (ZoneKey key : keys.keys()) {
      known = known.change(key.id(), old -> old.unneededFrom(Instant.EPOCH));
    }
    return known;
  }
}
