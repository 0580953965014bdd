package org.keyward.zone;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** The upper part of a large {@link PersistentMap}: children of one height, none of them empty. */
final class PersistentBranch<K extends Comparable<K>, V> extends PersistentMap<K, V> {
  /** For each child a key that none of its own is less than, greater than those before. */
  private final Object[] least;

  private final PersistentMap<K, V>[] children;

  private PersistentBranch(Object[] least, PersistentMap<K, V>[] children) {
    this.least = least;
    this.children = children;
  }

  static <K extends Comparable<K>, V> PersistentBranch<K, V> of(
      List<PersistentMap<K, V>> children) {
    Object[] least = new Object[children.size()];
    PersistentMap<K, V>[] array = array(children.size());
    for (int i = 0; i < array.length; i++) {
      array[i] = children.get(i);
      least[i] = array[i].least();
    }
    return new PersistentBranch<>(least, array);
  }

  @SuppressWarnings("unchecked") // there are no arrays of generic types
  private static <K extends Comparable<K>, V> PersistentMap<K, V>[] array(int length) {
    return (PersistentMap<K, V>[]) new PersistentMap<?, ?>[length];
  }

  /** One map of these, which are of one height and in order. */
  static <K extends Comparable<K>, V> PersistentMap<K, V> above(List<PersistentMap<K, V>> level) {
    List<PersistentMap<K, V>> top = level;
    while (top.size() > 1) {
      List<PersistentMap<K, V>> next = new ArrayList<>();
      int count = (top.size() + MOST - 1) / MOST;
      for (int i = 0; i < count; i++) {
        next.add(of(top.subList(top.size() * i / count, top.size() * (i + 1) / count)));
      }
      top = next;
    }
    return top.get(0);
  }

  PersistentMap<K, V> child(int index) {
    return children[index];
  }

  /** Which child the key belongs to. */
  private int index(K key) {
    int found = Arrays.binarySearch(least, key);
    return Math.max(found < 0 ? -found - 2 : found, 0);
  }

  @Override
  V get(K key) {
    return children[index(key)].get(key);
  }

  @Override
  Map.Entry<K, V> first() {
    return children[0].first();
  }

  @Override
  Map.Entry<K, V> last() {
    return children[children.length - 1].last();
  }

  @Override
  Map.Entry<K, V> lower(K key) {
    int index = index(key);
    Map.Entry<K, V> found = children[index].lower(key);
    return found == null && index > 0 ? children[index - 1].last() : found;
  }

  @Override
  Map.Entry<K, V> floor(K key) {
    int index = index(key);
    Map.Entry<K, V> found = children[index].floor(key);
    return found == null && index > 0 ? children[index - 1].last() : found;
  }

  @Override
  Map.Entry<K, V> higher(K key) {
    int index = index(key);
    Map.Entry<K, V> found = children[index].higher(key);
    return found == null && index + 1 < children.length ? children[index + 1].first() : found;
  }

  @Override
  PersistentMap<K, V> mapped(BiFunction<K, V, V> change) {
    PersistentMap<K, V>[] mapped = children.clone();
    Arrays.setAll(mapped, i -> children[i].mapped(change));
    return new PersistentBranch<>(least, mapped);
  }

  @Override
  int width() {
    return children.length;
  }

  @Override
  PersistentMap<K, V> put(K key, V value) {
    int index = index(key);
    PersistentMap<K, V> child = children[index].put(key, value);
    Object[] bounds =
        index == 0 && key.compareTo(least()) < 0 ? ArrayCopies.replaced(least, 0, key) : least;
    PersistentBranch<K, V> put =
        new PersistentBranch<>(bounds, ArrayCopies.replaced(children, index, child));
    return child.width() > MOST ? put.split(index) : put;
  }

  /** With two children in the place of one. */
  private PersistentBranch<K, V> split(int index) {
    List<PersistentMap<K, V>> halves = children[index].halves();
    PersistentMap<K, V>[] more = ArrayCopies.inserted(children, index, halves.get(0));
    more[index + 1] = halves.get(1);
    return new PersistentBranch<>(
        ArrayCopies.inserted(least, index + 1, halves.get(1).least()), more);
  }

  @Override
  PersistentMap<K, V> remove(K key) {
    int index = index(key);
    PersistentMap<K, V> child = children[index].remove(key);
    if (child == children[index]) {
      return this;
    }
    if (child.isEmpty()) {
      return new PersistentBranch<>(
          ArrayCopies.removed(least, index), ArrayCopies.removed(children, index));
    }
    PersistentBranch<K, V> removed =
        new PersistentBranch<>(least, ArrayCopies.replaced(children, index, child));
    return child.width() < LEAST && children.length > 1
        ? removed.join(Math.min(index, children.length - 2))
        : removed;
  }

  /** With one child, or two again, in the place of this and the next one. */
  private PersistentBranch<K, V> join(int index) {
    PersistentMap<K, V> both = children[index].join(children[index + 1]);
    PersistentMap<K, V>[] fewer = ArrayCopies.removed(children, index + 1);
    fewer[index] = both;
    PersistentBranch<K, V> joined =
        new PersistentBranch<>(ArrayCopies.removed(least, index + 1), fewer);
    return both.width() > MOST ? joined.split(index) : joined;
  }

  @Override
  List<PersistentMap<K, V>> halves() {
    int half = children.length / 2;
    return List.of(part(0, half), part(half, children.length));
  }

  private PersistentBranch<K, V> part(int from, int to) {
    return new PersistentBranch<>(
        Arrays.copyOfRange(least, from, to), Arrays.copyOfRange(children, from, to));
  }

  @Override
  PersistentMap<K, V> join(PersistentMap<K, V> next) {
    PersistentBranch<K, V> branch = (PersistentBranch<K, V>) next;
    return new PersistentBranch<>(
        ArrayCopies.joined(least, branch.least), ArrayCopies.joined(children, branch.children));
  }

  @Override
  @SuppressWarnings("unchecked") // nothing else is put there
  K least() {
    return (K) least[0];
  }

  @Override
  PersistentLeaf<K, V> firstLeaf() {
    return children[0].firstLeaf();
  }

  @Override
  PersistentLeaf<K, V> leafAfter(K key) {
    int index = index(key);
    PersistentLeaf<K, V> found = children[index].leafAfter(key);
    return found == null && index + 1 < children.length ? children[index + 1].firstLeaf() : found;
  }
}
