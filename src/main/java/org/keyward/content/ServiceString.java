package org.keyward.content;

import java.util.ArrayList;
import java.util.List;

/**
 * Strings in parameters of SVCB and HTTPS. PowerDNS reads as far as it can, and takes a string
 * whose last quote is missing.
 */
final class ServiceString {
  private ServiceString() {}

  static byte[] read(Text in) {
    Wire value = new Wire();
    boolean quoted = in.peek() == '"';
    if (quoted) {
      in.next();
    }
    while (!in.atEnd()) {
      int c = in.peek();
      if (c == '\\') {
        in.next();
        if (!escape(in, quoted, value)) {
          break;
        }
      } else if (isPlain(c) || (quoted && (c == ' ' || c == '\t'))) {
        value.u8(in.next());
      } else {
        if (quoted && c == '"') {
          in.next();
        }
        break;
      }
    }
    return value.toByteArray();
  }

  private static boolean isPlain(int c) {
    return c > ' ' && c < 0x7f && "\"();\\".indexOf(c) < 0;
  }

  private static boolean escape(Text in, boolean quoted, Wire value) {
    int c = in.peek();
    if (!Text.isDigit(c)) {
      boolean taken = (c > ' ' && c < 0x7f) || (quoted && (c == ' ' || c == '\t'));
      if (taken) {
        value.u8(in.next());
      }
      return taken;
    }
    int octet = 0;
    for (int i = 0; i < 3; i++) {
      int digit = in.peek() - '0';
      int most = i == 0 ? 2 : octet == 2 && i == 1 ? 5 : octet == 25 ? 5 : 9;
      if (digit < 0 || digit > most) {
        return false;
      }
      octet = octet * 10 + digit;
      in.next();
    }
    value.u8(octet);
    return true;
  }

  /** Items with commas between them, where a backslash stands before commas that are their own. */
  static List<byte[]> list(byte[] value) throws ContentException {
    List<byte[]> items = new ArrayList<>();
    Wire item = new Wire();
    int length = 0;
    for (int i = 0; i < value.length; i++) {
      byte c = value[i];
      if (c == ',') {
        requireItem(length);
        items.add(item.toByteArray());
        item = new Wire();
        length = 0;
        continue;
      }
      if (c == '\\' && (++i == value.length || (value[i] != ',' && value[i] != '\\'))) {
        throw new ContentException("a backslash in a list escapes nothing");
      }
      item.u8(value[i]);
      length++;
    }
    if (value.length > 0) {
      requireItem(length);
      items.add(item.toByteArray());
    }
    return items;
  }

  private static void requireItem(int length) throws ContentException {
    if (length == 0) {
      throw new ContentException("an item of a list is empty");
    }
  }

  /** In quotes where they are needed. */
  static String write(byte[] value) {
    boolean plain = value.length > 0;
    for (byte b : value) {
      plain &= isPlain(b);
    }
    return plain ? Text.string(value) : quoted(value);
  }

  private static String quoted(byte[] value) {
    StringBuilder text = new StringBuilder("\"");
    for (byte b : value) {
      int c = b & 0xff;
      if (c == ' ' || isPlain(c)) {
        text.append((char) c);
      } else if (c > ' ' && c < 0x7f) {
        text.append('\\').append((char) c);
      } else {
        text.append(Escapes.number(c));
      }
    }
    return text.append('"').toString();
  }
}
