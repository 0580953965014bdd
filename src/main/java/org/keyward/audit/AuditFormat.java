package org.keyward.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** How the log is exported. Each event is one line. */
public enum AuditFormat {
  /**
   * RFC 4180, with a line of column names first. For spreadsheets: control characters are escapes,
   * and what they would take for a formula has an apostrophe before it.
   */
  CSV,
  /** One JSON object a line, with the values exactly as they are in the log. */
  JSONL;

  private static final JsonMapper JSON = new JsonMapper(PrintableJson.factory());

  public static Optional<AuditFormat> parse(String text) {
    return Arrays.stream(values()).filter(f -> f.name().equalsIgnoreCase(text)).findFirst();
  }

  public String mediaType() {
    return this == CSV ? "text/csv" : "application/jsonl";
  }

  /** What comes before the first event. */
  public Optional<String> header() {
    return this == CSV ? Optional.of(csv(AuditRow.COLUMNS)) : Optional.empty();
  }

  public String line(AuditRow row) {
    try {
      return this == CSV
          ? csv(row.toMap().values().stream().map(AuditFormat::text).map(Printable::sheet).toList())
          : JSON.writeValueAsString(row.toMap());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an event cannot be written as JSON", e);
    }
  }

  private static String text(Object value) {
    return Objects.toString(value, "");
  }

  private static String csv(List<String> values) {
    return values.stream().map(AuditFormat::quoted).collect(Collectors.joining(","));
  }

  private static String quoted(String value) {
    boolean plain = value.chars().noneMatch(c -> c == '"' || c == ',' || c == '\n' || c == '\r');
    return plain ? value : '"' + value.replace("\"", "\"\"") + '"';
  }
}
