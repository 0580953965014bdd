package org.keyward.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * One mapping of the configuration file, overlaid by the environment. Collects problems instead of
 * throwing, so that all of them are reported at once.
 */
final class Section {
  private final String path;
  private final JsonNode node;
  private final Map<String, String> environment;
  private final List<String> problems;
  private final Set<String> known = new LinkedHashSet<>();

  Section(String path, JsonNode node, Map<String, String> environment, List<String> problems) {
    this.path = path;
    this.node = node;
    this.environment = environment;
    this.problems = problems;
    if (!node.isObject() && !node.isMissingNode() && !node.isNull()) {
      problems.add((path.isEmpty() ? "the file" : path) + " must be a mapping of keys to values");
    }
  }

  Section section(String key) {
    return new Section(full(key), child(key), environment, problems);
  }

  JsonNode child(String key) {
    known.add(key);
    JsonNode child = node.get(key);
    return child == null ? MissingNode.getInstance() : child;
  }

  Optional<String> text(String key) {
    JsonNode child = child(key);
    String override = environment.get(variable(full(key)));
    if (override != null && !override.isEmpty()) {
      return Optional.of(override);
    }
    if (child.isMissingNode() || child.isNull()) {
      return Optional.empty();
    }
    if (!child.isValueNode()) {
      problem(key, "must be a single value");
      return Optional.empty();
    }
    return Optional.of(child.asText());
  }

  /** The value as {@code reader} understands it; empty, and reported, when it does not. */
  <T> Optional<T> value(String key, Function<String, T> reader) {
    return text(key).flatMap(text -> attempt(key, () -> reader.apply(text)));
  }

  <T> T value(String key, Function<String, T> reader, T fallback) {
    return value(key, reader).orElse(fallback);
  }

  Optional<Path> path(String key) {
    return value(key, Path::of).map(Path::toAbsolutePath);
  }

  <T> Optional<T> attempt(String key, java.util.function.Supplier<T> work) {
    try {
      return Optional.of(work.get());
    } catch (IllegalArgumentException e) {
      problem(key, e.getMessage());
      return Optional.empty();
    }
  }

  void problem(String key, String what) {
    problems.add(full(key) + ": " + what);
  }

  boolean isPresent() {
    String prefix = variable(path) + "_";
    return node.isObject() || environment.keySet().stream().anyMatch(k -> k.startsWith(prefix));
  }

  /** Reports the keys that nobody asked for. */
  void refuseUnknown() {
    node.fieldNames()
        .forEachRemaining(
            key -> {
              if (!known.contains(key)) {
                problem(key, "unknown key, known are " + String.join(", ", known) + meant(key));
              }
            });
  }

  /** The known key that a wrong one is nearest to, if it is near at all. */
  private String meant(String key) {
    return known.stream()
        .filter(one -> distance(one, key) <= Math.max(1, Math.min(one.length(), key.length()) / 3))
        .min(Comparator.comparing(one -> distance(one, key)))
        .map(one -> "; write '" + full(one) + "'")
        .orElse("");
  }

  /** How many letters are to be changed, added or taken away. */
  private static int distance(String one, String other) {
    int[] row = IntStream.rangeClosed(0, other.length()).toArray();
    for (int i = 1; i <= one.length(); i++) {
      int corner = row[0];
      row[0] = i;
      for (int j = 1; j <= other.length(); j++) {
        int kept = corner + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        corner = row[j];
        row[j] = Math.min(kept, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[other.length()];
  }

  private String full(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  /** {@code database.password-file} is {@code KEYWARD_DATABASE_PASSWORD_FILE}. */
  static String variable(String key) {
    return "KEYWARD_" + key.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]+", "_");
  }
}
