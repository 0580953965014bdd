package org.keyward.audit;

import java.util.regex.Pattern;

/**
 * Text of other people for a line that people read: a zone's name, a label, a reason. What a
 * terminal would obey, or what would look like another line, is written as an escape, and what is
 * long is cut.
 */
public final class Printable {
  /** What a cell of a table holds; JSON has the whole. */
  public static final int CELL = 1_000;

  /** Controls, line ends of Unicode, and what turns the direction of the text around. */
  private static final Pattern ACTIVE =
      Pattern.compile(
          "[\\p{Cntrl}\\x{80}-\\x{9f}\\x{2028}\\x{2029}\\x{200e}\\x{200f}\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}]");

  private static final String FORMULA = "=+-@";

  private Printable() {}

  /** One line of it. */
  public static String line(String text) {
    if (isPlain(text)) {
      return text;
    }
    return ACTIVE
        .matcher(text)
        .replaceAll(found -> "\\\\u%04x".formatted((int) found.group().charAt(0)));
  }

  /** Whether a terminal, or an editor, would obey it. */
  static boolean isActive(char character) {
    return ACTIVE.matcher(String.valueOf(character)).matches();
  }

  /** Most text is, and a listing has a million cells. */
  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
        return false;
      }
    }
    return true;
  }

  /** One line of no more than so many characters. */
  public static String line(String text, int most) {
    String whole = line(text.length() > most ? text.substring(0, most) : text);
    return text.length() > most ? whole + "…" : whole;
  }

  /** A cell for a spreadsheet, which would calculate what begins like a formula. */
  public static String sheet(String text) {
    String line = line(text);
    return !line.isEmpty() && FORMULA.indexOf(line.charAt(0)) >= 0 && !line.matches("-?\\d+")
        ? "'" + line
        : line;
  }
}
