package org.keyward.content;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Character strings: in quotes, or words without them where the release of PowerDNS takes such. */
final class Strings {
  private static final Set<Release> LATER = Set.of(Release.R5_1);
  private static final Set<Release> EARLIER = Set.of(Release.R4_7, Release.R4_9);
  private static final int MOST = 255;

  private Strings() {}

  /**
   * The next string, or all that follow; none when nothing is left.
   *
   * @param many whether more than one may follow
   */
  static List<byte[]> read(Text in, boolean many) throws ContentException {
    List<byte[]> strings = new ArrayList<>();
    while (!in.atEnd()) {
      in.skipSpaces();
      strings.add(in.peek() == '"' ? quoted(in) : unquoted(in));
      if (!many) {
        break;
      }
    }
    return strings;
  }

  private static byte[] quoted(Text in) throws ContentException {
    in.next();
    int from = in.position();
    while (in.peek() != '"') {
      if (in.peek() == '\\' && in.peek(1) >= 0) {
        in.next();
      }
      if (in.atEnd()) {
        throw new ContentException("a quote (\") is missing at the end of a string");
      }
      in.next();
    }
    byte[] string = unescaped(in, in.since(from));
    in.next();
    return string;
  }

  /** Before 5.0 it must be all that is left, letters and digits. */
  private static byte[] unquoted(Text in) throws ContentException {
    int length = 0;
    while (Text.isAlphanumeric(in.peek(length))) {
      length++;
    }
    if (in.peek(length) >= 0) {
      in.only(LATER, "a string is without quotes (\")");
    }
    int from = in.position();
    while (!in.atEnd() && in.peek() != ' ' && in.peek() != '"') {
      if (in.peek() == '\\' && in.peek(1) >= 0) {
        in.next();
      }
      if (in.peek() == '"') {
        throw new ContentException("a quote (\") is escaped in a string without quotes");
      }
      in.next();
    }
    return unescaped(in, in.since(from));
  }

  private static byte[] unescaped(Text in, byte[] escaped) throws ContentException {
    Wire string = new Wire();
    int at = 0;
    while (at < escaped.length) {
      byte c = escaped[at++];
      if (c != '\\') {
        string.u8(c);
        continue;
      }
      int taken = Escapes.taken(escaped, at);
      if (taken == 0) {
        throw new ContentException(
            "a backslash in a string escapes nothing; write \\DDD, or \\\\ for a backslash");
      }
      if (taken > 1 && Escapes.numeric(escaped, at) > MOST) {
        in.only(EARLIER, "an escape \\DDD is above 255");
      }
      string.u8(Escapes.value(escaped, at));
      at += taken;
    }
    return string.toByteArray();
  }

  /** With their lengths in front; what is longer than 255 bytes becomes several. */
  static void toWire(List<byte[]> strings, Wire out) {
    if (strings.isEmpty()) {
      out.u8(0);
    }
    for (byte[] string : strings) {
      int from = 0;
      do {
        byte[] part = Arrays.copyOfRange(string, from, Math.min(string.length, from + MOST));
        out.u8(part.length);
        out.bytes(part);
        from += MOST;
      } while (from < string.length);
    }
  }

  /** In quotes. */
  static String quote(byte[] string) {
    StringBuilder text = new StringBuilder("\"");
    for (byte b : string) {
      int c = b & 0xff;
      if (c < ' ' || c >= 0x7f) {
        text.append(Escapes.number(c));
      } else {
        text.append(c == '"' || c == '\\' ? "\\" : "").append((char) c);
      }
    }
    return text.append('"').toString();
  }
}
