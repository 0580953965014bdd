package org.keyward.content;

/** A backslash with what it escapes: a character, or the number of a byte in three digits. */
final class Escapes {
  private static final int DIGITS = 3;

  private Escapes() {}

  /**
   * How many bytes belong to an escape.
   *
   * @param at behind the backslash
   * @return 0 when it is no escape
   */
  static int taken(byte[] text, int at) {
    if (at == text.length) {
      return 0;
    }
    if (!Text.isDigit(text[at])) {
      return 1;
    }
    for (int i = 0; i < DIGITS; i++) {
      if (at + i >= text.length || !Text.isDigit(text[at + i])) {
        return 0;
      }
    }
    return DIGITS;
  }

  /** What it stands for, when it is one; PowerDNS takes numbers above 255 without what is above. */
  static int value(byte[] text, int at) {
    return Text.isDigit(text[at]) ? numeric(text, at) & 0xff : text[at] & 0xff;
  }

  static int numeric(byte[] text, int at) {
    return (text[at] - '0') * 100 + (text[at + 1] - '0') * 10 + text[at + 2] - '0';
  }

  static String number(int octet) {
    return "\\%03d".formatted(octet);
  }
}
