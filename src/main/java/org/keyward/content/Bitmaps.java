package org.keyward.content;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Bitmaps of types (RFC 4034, section 4.1.2). */
final class Bitmaps {
  private static final int WINDOW = 256;
  private static final int MOST = 32;

  private Bitmaps() {}

  static void write(Collection<Integer> types, Wire out) {
    SortedSet<Integer> sorted = new TreeSet<>(types);
    while (!sorted.isEmpty()) {
      int window = sorted.first() / WINDOW;
      SortedSet<Integer> own = new TreeSet<>(sorted.headSet((window + 1) * WINDOW));
      byte[] bits = new byte[own.last() % WINDOW / 8 + 1];
      for (int type : own) {
        bits[type % WINDOW / 8] |= (byte) (0x80 >> type % 8);
      }
      out.u8(window);
      out.u8(bits.length);
      out.bytes(bits);
      sorted.removeAll(own);
    }
  }

  static List<Integer> read(Data data) throws ContentException {
    List<Integer> types = new ArrayList<>();
    while (!data.atEnd()) {
      int window = data.u8();
      int length = data.u8();
      if (length > MOST) {
        throw new ContentException("the list of types is not right");
      }
      byte[] bits = data.bytes(length);
      for (int bit = 0; bit < 8 * length; bit++) {
        if ((bits[bit / 8] & 0x80 >> bit % 8) != 0) {
          types.add(window * WINDOW + bit);
        }
      }
    }
    return types;
  }
}
