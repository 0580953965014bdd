package org.keyward.content;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;

/** Bytes in base64 and in hexadecimal digits. */
final class Encoded {
  private static final int GROUP = 4;

  private Encoded() {}

  /**
   * What is whole. Of anything else the OpenSSL of older releases leaves out what remains behind
   * the last group of four characters, that of newer ones nothing.
   *
   * @param spaced whether there may be spaces in it
   */
  static byte[] base64(Text in, boolean spaced) throws ContentException {
    StringBuilder text = new StringBuilder();
    while (isBase64(in.peek()) || (spaced && Text.isSpace(in.peek()))) {
      int c = in.next();
      if (c != ' ') {
        text.append((char) c);
      }
    }
    String whole = text.substring(0, text.length() / GROUP * GROUP);
    boolean cut = whole.length() < text.length();
    if ((cut && whole.isEmpty()) || text.toString().matches(".*=[^=].*")) {
      throw new ContentException("the base64 is not right: its length must be a multiple of four");
    }
    if (cut) {
      in.only(Set.of(Release.R4_7), "the base64 is not right: its length is no multiple of four");
    }
    try {
      return Base64.getDecoder().decode(whole);
    } catch (IllegalArgumentException e) {
      throw new ContentException("the base64 is not right: " + e.getMessage());
    }
  }

  private static boolean isBase64(int c) {
    return Text.isAlphanumeric(c) || c == '+' || c == '/' || c == '=';
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /** All that is left. */
  static byte[] hex(Text in) throws ContentException {
    byte[] text = in.rest();
    if (text.length == 1 && text[0] == '-') {
      return new byte[0];
    }
    StringBuilder digits = new StringBuilder();
    for (byte c : text) {
      if (!Text.isAlphanumeric(c)) {
        continue;
      }
      if (Character.digit(c, 16) < 0) {
        throw new ContentException("'" + (char) c + "' is no hexadecimal digit");
      }
      digits.append((char) c);
    }
    if (digits.length() % 2 != 0) {
      in.only(Set.of(Release.R4_7, Release.R4_9), "the number of hexadecimal digits is odd");
      digits.append('0');
    }
    return HexFormat.of().parseHex(digits);
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
