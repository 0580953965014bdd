package org.keyward.zone;

import java.util.Arrays;

/** Arrays that never change, changed. */
final class ArrayCopies {
  private ArrayCopies() {}

  static <T> T[] replaced(T[] array, int index, T element) {
    T[] copy = array.clone();
    copy[index] = element;
    return copy;
  }

  static <T> T[] inserted(T[] array, int index, T element) {
    T[] copy = Arrays.copyOf(array, array.length + 1);
    System.arraycopy(array, index, copy, index + 1, array.length - index);
    copy[index] = element;
    return copy;
  }

  static <T> T[] removed(T[] array, int index) {
    T[] copy = Arrays.copyOf(array, array.length - 1);
    System.arraycopy(array, index + 1, copy, index, array.length - index - 1);
    return copy;
  }

  static <T> T[] joined(T[] array, T[] next) {
    T[] copy = Arrays.copyOf(array, array.length + next.length);
    System.arraycopy(next, 0, copy, array.length, next.length);
    return copy;
  }
}
