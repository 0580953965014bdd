package org.keyward.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.keyward.dnssec.TimeText;

/** An {@link AuditReport} as plain text, and as a page that needs nothing else. */
public final class AuditReportPages {
  private static final String SIGNATURE = "Signed off by, on: " + "_".repeat(30);

  private AuditReportPages() {}

  /** A heading, column names, rows; both forms are made of these. */
  private record Table(String title, List<String> columns, List<List<String>> rows) {}

  private static List<String> facts(AuditReport report) {
    long refused = report.changes().stream().filter(c -> !c.what().endsWith(" DONE")).count();
    return List.of(
        "Summary: "
            + counted(report.atStart().size(), "zone")
            + " with a key at the start, "
            + report.atEnd().size()
            + " at the end; "
            + counted(report.changes().size(), "change")
            + " ("
            + refused
            + " refused or failed) by "
            + report.changes().stream().map(AuditReport.Change::actor).distinct().count()
            + " actors; "
            + counted(
                report.signatures().stream().mapToLong(AuditReport.Signatures::count).sum(),
                "signature")
            + "; "
            + (report.anomalies().isEmpty()
                ? "no anomalies."
                : counted(report.anomalies().size(), "anomaly") + ", see below."),
        "Period: from " + TimeText.of(report.from()) + " until before " + TimeText.of(report.to()),
        "Made: " + TimeText.of(report.made()),
        "Audit log: " + report.events() + " events, last hash " + report.head(),
        report.fault().isEmpty()
            ? "The chain of hashes was followed and holds."
            : "THE LOG WAS CHANGED: " + report.fault());
  }

  private static String counted(long count, String what) {
    return count
        + " "
        + (count == 1 ? what : what.endsWith("y") ? what.replaceFirst("y$", "ies") : what + "s");
  }

  private static List<Table> tables(AuditReport report) {
    List<String> assignment =
        List.of("Zone", "Token", "Key", "Tag", "Since", "By", "Why", "DS at the parent now");
    return List.of(
        table("Anomalies", List.of("What"), report.anomalies(), List::of),
        table("Assignments at the start", assignment, report.atStart(), AuditReportPages::cells),
        table("Assignments at the end", assignment, report.atEnd(), AuditReportPages::cells),
        table(
            "Changes",
            List.of("When", "Who", "What", "Zone", "Key", "Why"),
            report.changes(),
            c -> List.of(c.at(), c.actor(), c.what(), c.zone(), c.key(), c.why())),
        table(
            "Signatures",
            List.of("Token", "Key", "Tag", "Count"),
            report.signatures(),
            s -> List.of(s.token(), s.label(), s.keyTag(), String.valueOf(s.count()))));
  }

  private static List<String> cells(AuditReport.Assignment a) {
    return List.of(
        a.zone(),
        a.token(),
        a.label(),
        String.valueOf(a.keyTag()),
        TimeText.of(a.since()),
        a.by(),
        a.why(),
        a.parent());
  }

  private static <T> Table table(
      String title, List<String> columns, List<T> rows, Function<T, List<String>> cells) {
    return new Table(title + " (" + rows.size() + ")", columns, rows.stream().map(cells).toList());
  }

  public static String text(AuditReport report) {
    StringBuilder text = new StringBuilder("Keyward: report on keys\n\n");
    facts(report).forEach(fact -> text.append(fact).append('\n'));
    for (Table table : tables(report)) {
      text.append('\n').append(table.title()).append('\n');
      List<List<String>> lines = new ArrayList<>();
      lines.add(table.columns());
      lines.addAll(table.rows());
      int[] widths = widths(lines);
      if (!table.rows().isEmpty()) {
        lines.forEach(line -> text.append("  ").append(aligned(line, widths)).append('\n'));
      }
    }
    return text.append('\n').append(SIGNATURE).append('\n').toString();
  }

  private static int[] widths(List<List<String>> lines) {
    int[] widths = new int[lines.get(0).size()];
    for (List<String> line : lines) {
      Arrays.setAll(widths, i -> Math.max(widths[i], oneLine(line.get(i)).length()));
    }
    return widths;
  }

  private static String aligned(List<String> line, int[] widths) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell = oneLine(line.get(i));
      text.append(cell).append(" ".repeat(widths[i] - cell.length() + 2));
    }
    return text.toString().stripTrailing();
  }

  /** Whoever gives a reason must not be able to write lines of the report. */
  private static String oneLine(String cell) {
    return Printable.line(cell, Printable.CELL);
  }

  private static final String HEAD =
      """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><title>Keyward: report on keys</title>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <style>
      body { font: 1rem/1.5 system-ui, sans-serif; max-width: 80rem; margin: 2rem auto; padding: 0 1rem; }
      table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; }
      caption { text-align: left; font-weight: 600; }
      th, td { text-align: left; vertical-align: top; border-bottom: 1px solid #bbb; padding: .2rem .6rem .2rem 0; overflow-wrap: anywhere; }
      </style></head><body><h1>Keyward: report on keys</h1>
      """;

  public static String html(AuditReport report) {
    StringBuilder page = new StringBuilder(HEAD);
    facts(report).forEach(fact -> page.append("<p>").append(escaped(fact)).append("</p>\n"));
    for (Table table : tables(report)) {
      page.append("<table><caption>")
          .append(escaped(table.title()))
          .append("</caption><thead><tr>");
      table
          .columns()
          .forEach(name -> page.append("<th scope=\"col\">").append(name).append("</th>"));
      page.append("</tr></thead><tbody>\n");
      for (List<String> row : table.rows()) {
        page.append("<tr>");
        row.forEach(cell -> page.append("<td>").append(escaped(cell)).append("</td>"));
        page.append("</tr>\n");
      }
      page.append("</tbody></table>\n");
    }
    return page.append("<p>" + SIGNATURE + "</p></body></html>\n").toString();
  }

  private static String escaped(String text) {
    return Printable.line(text, Printable.CELL)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
