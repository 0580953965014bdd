package org.keyward.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;

/** How the log is exported. Each event is one line. */
public enum AuditFormat {
  /** With a line of column names first, as {@link Csv} writes it. */
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
    return this == CSV ? Optional.of(Csv.line(AuditRow.COLUMNS)) : Optional.empty();
  }

  public String line(AuditRow row) {
    try {
      return this == CSV
          ? Csv.line(new ArrayList<>(row.toMap().values()))
          : JSON.writeValueAsString(row.toMap());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an event cannot be written as JSON", e);
    }
  }
}
