package org.keyward.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.audit.Csv;
import org.keyward.audit.Printable;
import org.keyward.audit.PrintableJson;
import org.keyward.dnssec.TimeText;

/**
 * Rows with the same columns: aligned text for people, or a JSON array of objects. The columns are
 * the JSON keys. Times are RFC 3339 in UTC, to the second; zones are without their last dot.
 */
final class Listing {
  private static final JsonMapper JSON =
      JsonMapper.builder(PrintableJson.factory())
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private static final JsonMapper LINE = JsonMapper.builder(PrintableJson.factory()).build();

  private final List<String> columns;
  private final List<List<Object>> rows = new ArrayList<>();

  Listing(String... columns) {
    this.columns = List.of(columns);
  }

  /** Values in the order of the columns; an empty {@code Optional} is null, others as they are. */
  void add(Object... values) {
    List<Object> row = new ArrayList<>();
    for (Object value : values) {
      boolean zone = columns.get(row.size()).equals("zone");
      Object plain = plain(value);
      row.add(zone && plain instanceof String name ? undotted(name) : plain);
    }
    rows.add(row);
  }

  /** Zones as PowerDNS's tools write them. */
  private static String undotted(String zone) {
    return zone.length() > 1 && zone.endsWith(".") && !zone.endsWith("\\.")
        ? zone.substring(0, zone.length() - 1)
        : zone;
  }

  private static Object plain(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.map(Listing::plain).orElse(null);
    }
    if (value instanceof Instant time) {
      return TimeText.of(time);
    }
    if (value instanceof OffsetDateTime time) {
      return plain(time.toInstant());
    }
    boolean native_ =
        value == null
            || value instanceof Number
            || value instanceof Boolean
            || value instanceof List;
    return native_ ? value : value.toString();
  }

  void print(PrintWriter out, boolean json) {
    if (json) {
      out.println(json(objects()));
      return;
    }
    List<List<String>> lines = new ArrayList<>();
    lines.add(columns.stream().map(c -> c.toUpperCase(java.util.Locale.ROOT)).toList());
    rows.forEach(row -> lines.add(row.stream().map(Listing::cell).toList()));
    int[] widths = widths(lines);
    lines.forEach(line -> out.println(aligned(line, widths)));
  }

  /** With the columns first; zones and times as in the other forms. */
  void printCsv(PrintWriter out) {
    out.println(Csv.line(columns));
    rows.forEach(row -> out.println(Csv.line(row)));
  }

  /** Without a line end, for a log. */
  static String jsonLine(Object value) {
    try {
      return LINE.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a line of the log cannot be written as JSON", e);
    }
  }

  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a listing cannot be written as JSON", e);
    }
  }

  List<Map<String, Object>> objects() {
    List<Map<String, Object>> objects = new ArrayList<>();
    for (List<Object> row : rows) {
      Map<String, Object> object = new LinkedHashMap<>();
      for (int i = 0; i < columns.size(); i++) {
        object.put(columns.get(i), row.get(i));
      }
      objects.add(object);
    }
    return objects;
  }

  private static String cell(Object value) {
    if (value == null || (value instanceof List<?> list && list.isEmpty())) {
      return "-";
    }
    return Printable.line(
        value instanceof List<?> list
            ? String.join("; ", list.stream().map(Object::toString).toList())
            : value.toString(),
        Printable.CELL);
  }

  private static int[] widths(List<List<String>> lines) {
    int[] widths = new int[lines.get(0).size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    return widths;
  }

  private static String aligned(List<String> line, int[] widths) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      text.append(line.get(i)).append(" ".repeat(widths[i] - line.get(i).length() + 2));
    }
    return text.toString().stripTrailing();
  }
}
