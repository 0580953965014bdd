package org.keyward.zone;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PersistentMapTest {
  /** Against the map of the JDK, growing and shrinking, with every former state kept. */
  @ParameterizedTest
  @ValueSource(ints = {5, 100, 3_000, 100_000})
  void itIsLikeATreeMapAndFormerStatesStay(int keys) {
    Random random = new Random(keys);
    TreeMap<Integer, Integer> expected = new TreeMap<>();
    PersistentMap<Integer, Integer> map = PersistentMap.empty();
    List<PersistentMap<Integer, Integer>> formerMaps = new ArrayList<>();
    List<TreeMap<Integer, Integer>> formerExpected = new ArrayList<>();
    for (int change = 0; change < 20_000; change++) {
      int key = random.nextInt(keys);
      boolean growing = change / 4_000 % 2 == 0;
      if (random.nextInt(10) < (growing ? 8 : 2)) {
        expected.put(key, change);
        map = map.with(key, change);
      } else {
        Integer gone = expected.isEmpty() ? null : expected.ceilingKey(key);
        expected.remove(gone == null ? key : gone);
        map = map.without(gone == null ? key : gone);
      }
      assertSame(map, expected, random.nextInt(keys + 2) - 1);
      if (change % 2_500 == 0) {
        formerMaps.add(map);
        formerExpected.add(new TreeMap<>(expected));
      }
    }
    formerMaps.add(map);
    formerExpected.add(expected);
    for (int i = 0; i < formerMaps.size(); i++) {
      assertThat(entries(formerMaps.get(i).entries()))
          .isEqualTo(List.copyOf(formerExpected.get(i).entrySet()));
    }
  }

  private static void assertSame(
      PersistentMap<Integer, Integer> map, NavigableMap<Integer, Integer> expected, int key) {
    assertThat(map.get(key)).isEqualTo(expected.get(key));
    assertThat(map.lower(key)).isEqualTo(expected.lowerEntry(key));
    assertThat(map.floor(key)).isEqualTo(expected.floorEntry(key));
    assertThat(map.higher(key)).isEqualTo(expected.higherEntry(key));
    assertThat(map.first()).isEqualTo(expected.firstEntry());
    assertThat(map.last()).isEqualTo(expected.lastEntry());
    assertThat(map.isEmpty()).isEqualTo(expected.isEmpty());
  }

  private static List<Map.Entry<Integer, Integer>> entries(
      Iterable<Map.Entry<Integer, Integer>> entries) {
    return StreamSupport.stream(entries.spliterator(), false).toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 32, 33, 1_000, 1_025, 50_000})
  void oneMadeOfSortedKeysHasThemAll(int size) {
    List<Integer> keys = IntStream.range(0, size).map(i -> 2 * i).boxed().toList();
    PersistentMap<Integer, Integer> map = PersistentMap.ofSorted(keys, keys);
    assertThat(entries(map.entries())).extracting(Map.Entry::getKey).isEqualTo(keys);
    for (int key = -1; key < 2 * size; key += Math.max(1, size / 50)) {
      int after = key;
      assertThat(entries(map.entriesAfter(key)))
          .extracting(Map.Entry::getKey)
          .isEqualTo(keys.stream().filter(other -> other > after).toList());
    }
    assertThat(entries(map.mapped((key, value) -> key + 1).entries()))
        .extracting(Map.Entry::getValue)
        .isEqualTo(keys.stream().map(key -> key + 1).toList());
  }

  /** Counts comparisons, which a change of a large map must not have many of. */
  private record Counted(int number, int[] comparisons) implements Comparable<Counted> {
    @Override
    public int compareTo(Counted other) {
      comparisons[0]++;
      return Integer.compare(number, other.number);
    }
  }

  @Test
  void aChangeOfAMillionKeysTouchesFew() {
    int[] comparisons = new int[1];
    List<Counted> keys =
        IntStream.range(0, 1_000_000).mapToObj(i -> new Counted(2 * i, comparisons)).toList();
    PersistentMap<Counted, Counted> map = PersistentMap.ofSorted(keys, keys);
    assertThat(comparisons[0]).as("to make it").isZero();
    Counted key = new Counted(1_000_001, comparisons);
    PersistentMap<Counted, Counted> changed = map.with(key, key);
    changed = changed.without(keys.get(500_000)).without(key);
    assertThat(comparisons[0]).isLessThan(3 * 40);
    assertThat(shared(map, changed)).as("of 4 levels").isGreaterThan(30_000);
  }

  /** How many leaves are in both. */
  private static int shared(PersistentMap<?, ?> one, PersistentMap<?, ?> other) {
    if (one == other) {
      return leaves(one);
    }
    int shared = 0;
    if (one instanceof PersistentBranch<?, ?> a && other instanceof PersistentBranch<?, ?> b) {
      for (int i = 0; i < Math.min(a.width(), b.width()); i++) {
        shared += shared(a.child(i), b.child(i));
      }
    }
    return shared;
  }

  private static int leaves(PersistentMap<?, ?> map) {
    int leaves = map instanceof PersistentLeaf ? 1 : 0;
    if (map instanceof PersistentBranch<?, ?> branch) {
      for (int i = 0; i < branch.width(); i++) {
        leaves += leaves(branch.child(i));
      }
    }
    return leaves;
  }
}
