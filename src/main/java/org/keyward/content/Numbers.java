package org.keyward.content;

/** Numbers that PowerDNS reads as far as there are digits, whatever follows them. */
final class Numbers {
  private Numbers() {}

  /** The number that the text begins with. */
  static int leading(String text, int most) throws ContentException {
    long value = 0;
    int at = 0;
    while (at < text.length() && Text.isDigit(text.charAt(at)) && value <= most) {
      value = value * 10 + text.charAt(at++) - '0';
    }
    if (at == 0 || value > most) {
      throw new ContentException("'" + text + "' is no number up to " + most);
    }
    return (int) value;
  }
}
