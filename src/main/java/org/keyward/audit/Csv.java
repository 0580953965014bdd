package org.keyward.audit;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Lines of RFC 4180 for spreadsheets: control characters are escapes, and what they would take for
 * a formula has an apostrophe before it.
 */
public final class Csv {
  private Csv() {}

  /** A line of these values; nothing for null. */
  public static String line(List<?> values) {
    return values.stream()
        .map(value -> Objects.toString(value, ""))
        .map(Printable::sheet)
        .map(Csv::quoted)
        .collect(Collectors.joining(","));
  }

  private static String quoted(String value) {
    boolean plain = value.chars().noneMatch(c -> c == '"' || c == ',' || c == '\n' || c == '\r');
    return plain ? value : '"' + value.replace("\"", "\"\"") + '"';
  }
}
