package org.keyward.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lays a section out for people. */
final class Table {
  private static final List<String> HEAD =
      List.of("", "MEDIAN", "MIN", "MAX", "UNIT", "TARGET", "REACHED");

  private Table() {}

  static String of(Section section) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEAD);
    section.lines().forEach(line -> rows.add(row(line)));
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT, "%s: %s (%.0f s)%n", section.part(), section.title(), section.seconds()));
    if (rows.size() > 1) {
      append(text, rows);
    }
    section.notes().forEach(note -> text.append("  * ").append(note).append('\n'));
    return text.toString();
  }

  private static List<String> row(Section.Line line) {
    Series series = line.series();
    boolean once = series.values().size() == 1;
    return List.of(
        series.what(),
        number(series.median()),
        once ? "" : number(series.min()),
        once ? "" : number(series.max()),
        series.unit(),
        line.target().map(Target::toString).orElse(""),
        line.target().map(t -> t.reachedBy(series.median()) ? "yes" : "NO").orElse(""));
  }

  private static void append(StringBuilder text, List<List<String>> rows) {
    int[] widths = new int[HEAD.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder("  ");
      for (int i = 0; i < widths.length; i++) {
        boolean number = i >= 1 && i <= 3;
        line.append(
            String.format(Locale.ROOT, (number ? "%" : "%-") + widths[i] + "s  ", row.get(i)));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
  }

  /** Three digits that matter, whatever the size. */
  static String number(double value) {
    double size = Math.abs(value);
    int decimals =
        size >= 100 || value == Math.rint(value) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }
}
