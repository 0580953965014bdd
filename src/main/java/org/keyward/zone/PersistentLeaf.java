package org.keyward.zone;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** Some entries of a {@link PersistentMap}, or all of a small one. */
final class PersistentLeaf<K extends Comparable<K>, V> extends PersistentMap<K, V> {
  private static final PersistentLeaf<?, ?> NONE =
      new PersistentLeaf<Integer, Object>(new Object[0], new Object[0]);

  private final Object[] keys;
  private final Object[] values;

  private PersistentLeaf(Object[] keys, Object[] values) {
    this.keys = keys;
    this.values = values;
  }

  @SuppressWarnings("unchecked") // it has no entries
  static <K extends Comparable<K>, V> PersistentLeaf<K, V> none() {
    return (PersistentLeaf<K, V>) NONE;
  }

  /** Leaves of about the same width. */
  static <K extends Comparable<K>, V> List<PersistentMap<K, V>> all(List<K> keys, List<V> values) {
    List<PersistentMap<K, V>> leaves = new ArrayList<>();
    int size = keys.size();
    int count = (size + MOST - 1) / MOST;
    for (int i = 0; i < count; i++) {
      int from = (int) ((long) size * i / count);
      int to = (int) ((long) size * (i + 1) / count);
      leaves.add(
          new PersistentLeaf<>(
              keys.subList(from, to).toArray(), values.subList(from, to).toArray()));
    }
    return leaves;
  }

  @SuppressWarnings("unchecked") // nothing else is put there
  K key(int index) {
    return (K) keys[index];
  }

  @SuppressWarnings("unchecked") // nothing else is put there
  private V value(int index) {
    return (V) values[index];
  }

  Map.Entry<K, V> entry(int index) {
    return index < 0 || index >= keys.length ? null : Map.entry(key(index), value(index));
  }

  /** Of the key, or, as {@link Arrays#binarySearch}, where it would be. */
  private int index(K key) {
    return Arrays.binarySearch(keys, key);
  }

  int indexAfter(K key) {
    int index = index(key);
    return index < 0 ? -index - 1 : index + 1;
  }

  @Override
  V get(K key) {
    int index = index(key);
    return index < 0 ? null : value(index);
  }

  @Override
  Map.Entry<K, V> first() {
    return entry(0);
  }

  @Override
  Map.Entry<K, V> last() {
    return entry(keys.length - 1);
  }

  @Override
  Map.Entry<K, V> lower(K key) {
    int index = index(key);
    return entry((index < 0 ? -index - 1 : index) - 1);
  }

  @Override
  Map.Entry<K, V> floor(K key) {
    return entry(indexAfter(key) - 1);
  }

  @Override
  Map.Entry<K, V> higher(K key) {
    return entry(indexAfter(key));
  }

  @Override
  PersistentMap<K, V> mapped(BiFunction<K, V, V> change) {
    Object[] mapped = new Object[values.length];
    for (int i = 0; i < mapped.length; i++) {
      mapped[i] = change.apply(key(i), value(i));
    }
    return new PersistentLeaf<>(keys, mapped);
  }

  @Override
  int width() {
    return keys.length;
  }

  @Override
  PersistentMap<K, V> put(K key, V value) {
    int index = index(key);
    return index < 0
        ? new PersistentLeaf<>(
            ArrayCopies.inserted(keys, -index - 1, key),
            ArrayCopies.inserted(values, -index - 1, value))
        : new PersistentLeaf<>(keys, ArrayCopies.replaced(values, index, value));
  }

  @Override
  PersistentMap<K, V> remove(K key) {
    int index = index(key);
    return index < 0
        ? this
        : new PersistentLeaf<>(
            ArrayCopies.removed(keys, index), ArrayCopies.removed(values, index));
  }

  @Override
  List<PersistentMap<K, V>> halves() {
    int half = keys.length / 2;
    return List.of(part(0, half), part(half, keys.length));
  }

  private PersistentLeaf<K, V> part(int from, int to) {
    return new PersistentLeaf<>(
        Arrays.copyOfRange(keys, from, to), Arrays.copyOfRange(values, from, to));
  }

  @Override
  PersistentMap<K, V> join(PersistentMap<K, V> next) {
    PersistentLeaf<K, V> leaf = (PersistentLeaf<K, V>) next;
    return new PersistentLeaf<>(
        ArrayCopies.joined(keys, leaf.keys), ArrayCopies.joined(values, leaf.values));
  }

  @Override
  K least() {
    return key(0);
  }

  @Override
  PersistentLeaf<K, V> firstLeaf() {
    return this;
  }

  @Override
  PersistentLeaf<K, V> leafAfter(K key) {
    return indexAfter(key) < keys.length ? this : null;
  }
}
