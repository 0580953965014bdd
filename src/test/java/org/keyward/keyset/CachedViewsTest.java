package org.keyward.keyset;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.keyward.keyset.CachedViews.PublishedKeys;
import org.keyward.keyset.CachedViews.SigningKey;
import org.keyward.keyset.CachedViews.Strictness;
import org.keyward.keyset.CachedViews.Version;

class CachedViewsTest {
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration LONG = Duration.ofDays(100);
  private static final SigningKey K1 = new SigningKey(1, 13);
  private static final SigningKey K2 = new SigningKey(2, 13);
  private static final SigningKey Z1 = new SigningKey(3, 13);
  private static final SigningKey Z2 = new SigningKey(4, 13);
  private static final SigningKey OLD_KSK = new SigningKey(5, 8);
  private static final SigningKey OLD_ZSK = new SigningKey(6, 8);

  @ParameterizedTest
  @EnumSource(Strictness.class)
  void agreesWithLookingAtEveryMoment(Strictness strictness) {
    for (long seed = 1; seed <= 10_000; seed++) {
      CachedViews views = randomViews(new Random(seed));
      assertThat(new HashSet<>(views.bogus(strictness)))
          .as("seed %d", seed)
          .isEqualTo(bogusAtEveryMoment(views, strictness));
    }
  }

  /** Slow and independent: what is in a cache at each moment at which that changes. */
  private static Set<CachedViews.Bogus> bogusAtEveryMoment(
      CachedViews views, Strictness strictness) {
    Set<Instant> moments = new TreeSet<>();
    Stream.of(views.ds(), views.dnskey(), views.data())
        .flatMap(List::stream)
        .forEach(version -> moments.add(version.from()));
    Set<CachedViews.Bogus> found = new HashSet<>();
    for (Instant at : moments) {
      for (Version<Set<SigningKey>> ds : cached(views.ds(), at)) {
        for (Version<PublishedKeys> keys : cached(views.dnskey(), at)) {
          for (Version<Set<SigningKey>> data : cached(views.data(), at)) {
            CachedViews.fault(ds.content(), keys.content(), data.content(), strictness)
                .ifPresent(why -> found.add(new CachedViews.Bogus(ds, keys, data, why)));
          }
        }
      }
    }
    return found;
  }

  private static <T> List<Version<T>> cached(List<Version<T>> versions, Instant at) {
    return versions.stream()
        .filter(version -> !at.isBefore(version.from()))
        .filter(version -> at.isBefore(version.until().plus(version.ttl())))
        .toList();
  }

  private static CachedViews randomViews(Random random) {
    List<SigningKey> ksks = List.of(K1, K2, OLD_KSK);
    List<SigningKey> all = List.of(K1, K2, Z1, Z2, OLD_KSK, OLD_ZSK);
    return new CachedViews(
        randomVersions(random, () -> some(random, ksks)),
        randomVersions(
            random,
            () -> {
              Set<SigningKey> keys = some(random, all);
              return new PublishedKeys(keys, some(random, List.copyOf(keys)));
            }),
        randomVersions(random, () -> some(random, List.of(Z1, Z2, OLD_ZSK))));
  }

  private static <T> List<Version<T>> randomVersions(
      Random random, java.util.function.Supplier<T> content) {
    List<Version<T>> versions = new ArrayList<>();
    Instant from = BEGIN;
    for (int i = 0; i < 1 + random.nextInt(4); i++) {
      Instant until = from.plusSeconds(1 + random.nextInt(20));
      Duration ttl = Duration.ofSeconds(random.nextInt(20));
      versions.add(new Version<>(from, until, ttl, content.get()));
      from = until;
    }
    return versions;
  }

  private static Set<SigningKey> some(Random random, List<SigningKey> from) {
    Set<SigningKey> some = new HashSet<>();
    from.forEach(
        key -> {
          if (random.nextBoolean()) {
            some.add(key);
          }
        });
    return some;
  }

  /** Times of the formulas' model: each its own, so that one cannot stand in for another. */
  private static final Duration DPRP = Duration.ofHours(1);

  private static final Duration DPRP_PARENT = Duration.ofHours(2);
  private static final Duration TTL_KEY = Duration.ofHours(3);
  private static final Duration TTL_SIG = Duration.ofDays(1);
  private static final Duration TTL_DS = Duration.ofDays(2);

  private static Duration sum(Duration one, Duration other) {
    return one.plus(other);
  }

  static Stream<Arguments> formulas() {
    return Stream.of(
        formula("Ipub of a ZSK", sum(DPRP, TTL_KEY), wait -> zskRoll(wait, LONG)),
        formula("Iret of a ZSK", sum(DPRP, TTL_SIG), wait -> zskRoll(LONG, wait)),
        formula("Ipub of a KSK", sum(DPRP, TTL_KEY), wait -> kskRoll(wait, LONG, TTL_DS)),
        formula("Iret of a KSK", sum(DPRP_PARENT, TTL_DS), wait -> kskRoll(LONG, wait, TTL_DS)),
        formula(
            "Iret of a KSK whose new DS has a shorter TTL",
            sum(DPRP_PARENT, TTL_DS),
            wait -> kskRoll(LONG, wait, Duration.ofMinutes(15))));
  }

  private static Arguments formula(
      String what, Duration wait, Function<Duration, CachedViews> timeline) {
    return Arguments.of(what, wait, timeline);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("formulas")
  void eachFormulaIsEnoughAndTheLeast(
      String what, Duration wait, Function<Duration, CachedViews> timeline) {
    Duration shorter = wait.minus(wait.dividedBy(100));
    assertThat(timeline.apply(wait).bogus(Strictness.LENIENT)).as(what).isEmpty();
    assertThat(timeline.apply(shorter).bogus(Strictness.LENIENT)).as("1 %% less").isNotEmpty();
  }

  /** What is published until an instant can be fetched for D longer. */
  private static CachedViews zskRoll(Duration publish, Duration retire) {
    Instant published = BEGIN.plus(LONG);
    Instant switched = published.plus(publish);
    Instant removed = switched.plus(retire);
    return new CachedViews(
        List.of(version(BEGIN, end(removed), TTL_DS, Set.of(K1))),
        List.of(
            version(BEGIN, published.plus(DPRP), TTL_KEY, signed(Set.of(K1), K1, Z1)),
            version(published, removed.plus(DPRP), TTL_KEY, signed(Set.of(K1), K1, Z1, Z2)),
            version(removed, end(removed), TTL_KEY, signed(Set.of(K1), K1, Z2))),
        List.of(
            version(BEGIN, switched.plus(DPRP), TTL_SIG, Set.of(Z1)),
            version(switched, end(removed), TTL_SIG, Set.of(Z2))));
  }

  private static CachedViews kskRoll(Duration publish, Duration retire, Duration newDsTtl) {
    Instant published = BEGIN.plus(LONG);
    Instant swapped = published.plus(publish);
    Instant removed = swapped.plus(retire);
    return new CachedViews(
        List.of(
            version(BEGIN, swapped.plus(DPRP_PARENT), TTL_DS, Set.of(K1)),
            version(swapped, end(removed), newDsTtl, Set.of(K2))),
        List.of(
            version(BEGIN, published.plus(DPRP), TTL_KEY, signed(Set.of(K1), K1, Z1)),
            version(published, removed.plus(DPRP), TTL_KEY, signed(Set.of(K1, K2), K1, K2, Z1)),
            version(removed, end(removed), TTL_KEY, signed(Set.of(K2), K2, Z1))),
        List.of(version(BEGIN, end(removed), TTL_SIG, Set.of(Z1))));
  }

  private static Instant end(Instant removed) {
    return removed.plus(LONG);
  }

  private static PublishedKeys signed(Set<SigningKey> by, SigningKey... keys) {
    return new PublishedKeys(Set.of(keys), by);
  }

  private static <T> Version<T> version(Instant from, Instant until, Duration ttl, T content) {
    return new Version<>(from, until, ttl, content);
  }

  @Test
  void aDoubleSetSignedByOneOfTwoIsBogusForTheOther() {
    PublishedKeys one = signed(Set.of(K2), K1, K2, Z1);
    assertThat(CachedViews.fault(Set.of(K1), one, Set.of(Z1), Strictness.LENIENT)).isPresent();
    assertThat(CachedViews.fault(Set.of(K2), one, Set.of(Z1), Strictness.LENIENT)).isEmpty();
  }

  @Test
  void aDsOfAnAlgorithmWithoutAChainIsBogusForStrictValidatorsAlone() {
    PublishedKeys keys = signed(Set.of(K1), K1, Z1);
    Set<SigningKey> ds = Set.of(K1, OLD_KSK);
    assertThat(CachedViews.fault(ds, keys, Set.of(Z1), Strictness.LENIENT)).isEmpty();
    assertThat(CachedViews.fault(ds, keys, Set.of(Z1), Strictness.EVERY_ALGORITHM)).isPresent();
  }

  @Test
  void withoutADsNothingIsBogus() {
    PublishedKeys keys = signed(Set.of(), Z1);
    assertThat(CachedViews.fault(Set.of(), keys, Set.of(Z2), Strictness.EVERY_ALGORITHM)).isEmpty();
  }
}
