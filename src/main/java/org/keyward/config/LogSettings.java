package org.keyward.config;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * How logs are written.
 *
 * @param levels by logger; of Keyward's own alone, since others write down what is secret
 */
public record LogSettings(Format format, Map<String, String> levels) {
  /** What a line is. */
  public enum Format {
    TEXT,
    JSON
  }

  public static final LogSettings DEFAULT = new LogSettings(Format.TEXT, Map.of());

  private static final String KEYWARD = "org.keyward";
  private static final Set<String> LEVELS =
      new java.util.TreeSet<>(Set.of("error", "warn", "info", "debug", "trace", "off"));
  private static final Pattern LOGGER = Pattern.compile("keyward|[a-z]+(\\.[A-Za-z]+)?");

  public LogSettings {
    levels = Map.copyOf(levels);
  }

  static Format format(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "text" -> Format.TEXT;
      case "json" -> Format.JSON;
      default -> throw new IllegalArgumentException("'" + text + "' is neither text nor json");
    };
  }

  /** {@code signing=debug remote=warn}, {@code keyward=info} for all of Keyward. */
  static Map<String, String> levels(String text) {
    Map<String, String> levels = new TreeMap<>();
    for (String word : text.strip().split("[\\s,]+")) {
      String[] parts = word.split("=", 2);
      if (word.isEmpty()) {
        continue;
      }
      if (!LOGGER.matcher(parts[0]).matches()) {
        throw new IllegalArgumentException(
            "'"
                + parts[0]
                + "' is no part of Keyward; write keyward=info for all, or a package as in"
                + " signing=debug");
      }
      String level = parts.length == 2 ? parts[1].toLowerCase(Locale.ROOT) : "";
      if (!LEVELS.contains(level)) {
        throw new IllegalArgumentException(
            "'" + word + "' has none of the levels " + String.join(", ", LEVELS));
      }
      levels.put(parts[0].equals("keyward") ? KEYWARD : KEYWARD + "." + parts[0], level);
    }
    return levels;
  }
}
