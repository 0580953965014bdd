package org.keyward.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The report for machines. Its members: {@code started}, {@code effort}, {@code machine} (an object
 * of texts), {@code parts}, each with {@code part}, {@code title}, {@code seconds}, {@code notes}
 * and {@code figures}; a figure has {@code what}, {@code unit}, {@code median}, {@code min}, {@code
 * max}, {@code values} (one for each round), and with a target {@code at_least} or {@code at_most}
 * and {@code reached}.
 */
final class Report {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Report() {}

  static void write(
      Path file,
      Instant started,
      Effort effort,
      Map<String, String> machine,
      List<Section> sections)
      throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put("started", started.toString());
    root.put("effort", effort.toString());
    machine.forEach(root.putObject("machine")::put);
    ArrayNode parts = root.putArray("parts");
    sections.forEach(section -> write(parts.addObject(), section));
    JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), root);
  }

  private static void write(ObjectNode part, Section section) {
    part.put("part", section.part());
    part.put("title", section.title());
    part.put("seconds", section.seconds());
    ArrayNode figures = part.putArray("figures");
    section.lines().forEach(line -> write(figures.addObject(), line));
    section.notes().forEach(part.putArray("notes")::add);
  }

  private static void write(ObjectNode figure, Section.Line line) {
    Series series = line.series();
    figure.put("what", series.what());
    figure.put("unit", series.unit());
    figure.put("median", series.median());
    figure.put("min", series.min());
    figure.put("max", series.max());
    series.values().forEach(figure.putArray("values")::add);
    line.target()
        .ifPresent(
            target -> {
              figure.put(target.least() ? "at_least" : "at_most", target.bound());
              figure.put("reached", target.reachedBy(series.median()));
            });
  }
}
