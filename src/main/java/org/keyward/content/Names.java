package org.keyward.content;

import java.nio.charset.StandardCharsets;

/**
 * Names in content. They are absolute, with and without a final dot; {@code @} and {@code ;} are
 * characters like any other.
 */
final class Names {
  private static final int MOST = 255;
  private static final int MOST_OF_LABEL = 63;

  /** What PowerDNS takes of a name without escapes, a final dot included. */
  private static final int MOST_OF_PLAIN = 254;

  private Names() {}

  /** From text to wire. */
  static byte[] parse(byte[] text) throws ContentException {
    boolean escaped = false;
    for (byte c : text) {
      escaped |= c == '\\';
    }
    boolean root = text[0] == '.' && (text.length == 1 || escaped);
    return root ? new byte[1] : labels(text, escaped);
  }

  private static byte[] labels(byte[] text, boolean escaped) throws ContentException {
    if (!escaped && text.length > MOST_OF_PLAIN) {
      throw fault(text, "is too long for a name");
    }
    Wire wire = new Wire();
    Wire label = new Wire();
    int length = 0;
    int at = 0;
    while (at < text.length) {
      byte c = text[at++];
      if (c == '.') {
        end(wire, label, length, text);
        label = new Wire();
        length = 0;
        continue;
      }
      if (c == '\\') {
        int taken = Escapes.taken(text, at);
        if (taken == 0) {
          throw fault(
              text, "has an escape that is none; write \\DDD or a backslash before a character");
        }
        label.u8(Escapes.value(text, at));
        at += taken;
      } else {
        label.u8(c);
      }
      length++;
    }
    if (length > 0) {
      end(wire, label, length, text);
    }
    wire.u8(0);
    byte[] name = wire.toByteArray();
    if (name.length > MOST) {
      throw fault(text, "is too long for a name");
    }
    return name;
  }

  private static void end(Wire wire, Wire label, int length, byte[] text) throws ContentException {
    if (length == 0) {
      throw fault(text, "is no name: a label is empty");
    }
    if (length > MOST_OF_LABEL) {
      throw fault(text, "is no name: a label is longer than " + MOST_OF_LABEL);
    }
    wire.u8(length);
    wire.bytes(label.toByteArray());
  }

  private static ContentException fault(byte[] text, String what) {
    return new ContentException("'" + new String(text, StandardCharsets.UTF_8) + "' " + what);
  }

  /** From wire to text, without a final dot. */
  static String read(Data data) throws ContentException {
    StringBuilder text = new StringBuilder();
    for (int length = data.u8(); length > 0; length = data.u8()) {
      text.append(text.isEmpty() ? "" : ".");
      for (byte b : data.bytes(length)) {
        int c = b & 0xff;
        if (c == '.' || c == '\\') {
          text.append('\\').append((char) c);
        } else if (c > ' ' && c < 0x7f) {
          text.append((char) c);
        } else {
          text.append(Escapes.number(c));
        }
      }
    }
    return text.isEmpty() ? "." : text.toString();
  }
}
