package org.keyward.zone;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.BiFunction;

/**
 * A sorted map that never changes: a change gives another map, which shares all with this one but
 * the way to the touched key. It is a B+ tree, since there are millions of them and of their
 * entries: a map of a few entries is one leaf with two arrays. Neither keys nor values are null.
 */
abstract sealed class PersistentMap<K extends Comparable<K>, V>
    permits PersistentLeaf, PersistentBranch {
  /** Entries of a leaf, and children of a branch. */
  static final int MOST = 32;

  /** One with fewer is joined with the one beside it. */
  static final int LEAST = MOST / 4;

  static <K extends Comparable<K>, V> PersistentMap<K, V> empty() {
    return PersistentLeaf.none();
  }

  /**
   * @param keys ascending, each once
   * @param values in the order of the keys
   */
  static <K extends Comparable<K>, V> PersistentMap<K, V> ofSorted(List<K> keys, List<V> values) {
    return keys.isEmpty() ? empty() : PersistentBranch.above(PersistentLeaf.all(keys, values));
  }

  /** Null when there is none. */
  abstract V get(K key);

  final boolean has(K key) {
    return get(key) != null;
  }

  final boolean isEmpty() {
    return width() == 0;
  }

  /** The entry of the least key; null when there is none, as below. */
  abstract Map.Entry<K, V> first();

  abstract Map.Entry<K, V> last();

  /** The entry of the greatest key that is less. */
  abstract Map.Entry<K, V> lower(K key);

  /** The entry of the greatest key that is less or equal. */
  abstract Map.Entry<K, V> floor(K key);

  /** The entry of the least key that is greater. */
  abstract Map.Entry<K, V> higher(K key);

  final PersistentMap<K, V> with(K key, V value) {
    PersistentMap<K, V> put = put(key, value);
    return put.width() > MOST ? PersistentBranch.of(put.halves()) : put;
  }

  final PersistentMap<K, V> without(K key) {
    PersistentMap<K, V> left = remove(key);
    while (left instanceof PersistentBranch<K, V> branch && branch.width() == 1) {
      left = branch.child(0);
    }
    return left.isEmpty() ? empty() : left;
  }

  /** The same keys with other values. */
  abstract PersistentMap<K, V> mapped(BiFunction<K, V, V> change);

  /** All entries in the order of their keys. */
  final Iterable<Map.Entry<K, V>> entries() {
    return () -> new Entries<>(this, isEmpty() ? null : firstLeaf(), 0);
  }

  /** The entries of greater keys. */
  final Iterable<Map.Entry<K, V>> entriesAfter(K key) {
    return () -> {
      PersistentLeaf<K, V> leaf = leafAfter(key);
      return new Entries<>(this, leaf, leaf == null ? 0 : leaf.indexAfter(key));
    };
  }

  /** How many entries or children the root has. */
  abstract int width();

  /** With the entry; maybe one wider than {@link #MOST}. */
  abstract PersistentMap<K, V> put(K key, V value);

  /** Without the entry; maybe with too few, or none. */
  abstract PersistentMap<K, V> remove(K key);

  /** In two of about the same width. */
  abstract List<PersistentMap<K, V>> halves();

  /**
   * Both in one; maybe wider than {@link #MOST}.
   *
   * @param next of the same height, whose keys are all greater
   */
  abstract PersistentMap<K, V> join(PersistentMap<K, V> next);

  /** None of its keys is less. */
  abstract K least();

  abstract PersistentLeaf<K, V> firstLeaf();

  /** The leaf with the first entry whose key is greater; null when there is none. */
  abstract PersistentLeaf<K, V> leafAfter(K key);

  /** One leaf after the other: each is found from the root, which costs little for so many. */
  private static final class Entries<K extends Comparable<K>, V>
      implements Iterator<Map.Entry<K, V>> {
    private final PersistentMap<K, V> map;
    private PersistentLeaf<K, V> leaf;
    private int index;

    Entries(PersistentMap<K, V> map, PersistentLeaf<K, V> leaf, int index) {
      this.map = map;
      this.leaf = leaf;
      this.index = index;
    }

    @Override
    public boolean hasNext() {
      if (leaf != null && index == leaf.width()) {
        leaf = map.leafAfter(leaf.key(index - 1));
        index = 0;
      }
      return leaf != null;
    }

    @Override
    public Map.Entry<K, V> next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return leaf.entry(index++);
    }
  }
}
