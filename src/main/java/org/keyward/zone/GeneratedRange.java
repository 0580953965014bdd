package org.keyward.zone;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The numbers of a {@code $GENERATE} in a master file, as BIND has it. */
record GeneratedRange(long first, long last, long step) {
  private static final Pattern RANGE = Pattern.compile("(\\d{1,9})-(\\d{1,9})(?:/(\\d{1,9}))?");

  /** A number, with an offset, a width and a base if they are there. */
  private static final Pattern NUMBER =
      Pattern.compile("\\\\\\$|\\$\\$|\\$(?:\\{(-?\\d{1,9})(?:,(\\d{1,3})(?:,([doxX]))?)?\\})?");

  static GeneratedRange parse(String text) {
    Matcher range = RANGE.matcher(text);
    if (!range.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no range of numbers; write it as 1-9 or 1-9/2");
    }
    long step = range.group(3) == null ? 1 : Long.parseLong(range.group(3));
    GeneratedRange parsed =
        new GeneratedRange(Long.parseLong(range.group(1)), Long.parseLong(range.group(2)), step);
    if (step == 0 || parsed.first > parsed.last) {
      throw new IllegalArgumentException("the range '" + text + "' has no numbers");
    }
    return parsed;
  }

  /** The word with the number in place of each {@code $}. */
  static String replace(String word, long number) {
    return NUMBER.matcher(word).replaceAll(found -> Matcher.quoteReplacement(text(found, number)));
  }

  private static String text(java.util.regex.MatchResult found, long number) {
    if (found.group().length() == 2) {
      return "$"; // escaped
    }
    long value = number + (found.group(1) == null ? 0 : Long.parseLong(found.group(1)));
    if (value < 0) {
      throw new IllegalArgumentException("'" + found.group() + "' makes a negative number");
    }
    String digits =
        switch (found.group(3) == null ? "d" : found.group(3)) {
          case "o" -> Long.toOctalString(value);
          case "x" -> Long.toHexString(value);
          case "X" -> Long.toHexString(value).toUpperCase(Locale.ROOT);
          default -> Long.toString(value);
        };
    int width = found.group(2) == null ? 0 : Integer.parseInt(found.group(2));
    return "0".repeat(Math.max(0, width - digits.length())) + digits;
  }
}
