package org.keyward;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** docs/reference/metrics.md, from what {@code /metrics} says of itself. */
final class MetricsPage {
  private static final Pattern SAMPLE = Pattern.compile("([a-z_]+)(?:\\{(.*)})? .*");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");

  private MetricsPage() {}

  static String of(String scrape) {
    Map<String, String> types = new TreeMap<>();
    Map<String, String> texts = new TreeMap<>();
    Map<String, Set<String>> labels = new TreeMap<>();
    for (String line : scrape.lines().toList()) {
      String[] words = line.split(" ", 4);
      if (line.startsWith("# HELP ")) {
        texts.put(words[2], words[3]);
      } else if (line.startsWith("# TYPE ")) {
        types.put(words[2], words[3]);
      } else {
        addLabels(line, types, labels);
      }
    }
    StringBuilder page =
        new StringBuilder(
            """
            # Metrics

            Made by `bin/reference` from a scrape of `/metrics`. Any server tells of the whole installation: see [operations.md](../operations.md#metrics-and-alerts).
            Those named `jvm_…`, `process_…`, `system_…`, `hikaricp_…` and `keyward_build_info` are of one process; the signer gives its own at `admin.signer-http`.
            After collections of garbage there are `jvm_gc_pause_seconds` and `jvm_gc_concurrent_phase_time_seconds` too.

            | metric | type | labels | |
            |---|---|---|---|
            """);
    types.keySet().removeIf(name -> name.matches("jvm_gc_(pause|concurrent).*"));
    types.forEach(
        (name, type) ->
            page.append(
                "| `%s` | %s | %s | %s |\n"
                    .formatted(name, type, cell(labels.get(name)), texts.getOrDefault(name, ""))));
    return page.toString();
  }

  private static void addLabels(
      String line, Map<String, String> types, Map<String, Set<String>> labels) {
    Matcher sample = SAMPLE.matcher(line);
    if (!sample.matches()) {
      return;
    }
    String name = sample.group(1);
    String family = types.containsKey(name) ? name : name.replaceFirst("_(count|sum|bucket)$", "");
    Set<String> seen = labels.computeIfAbsent(family, key -> new TreeSet<>());
    Matcher label = LABEL.matcher(sample.group(2) == null ? "" : sample.group(2));
    while (label.find()) {
      seen.add(label.group(1));
    }
    seen.remove("le");
  }

  private static String cell(Set<String> labels) {
    return labels == null || labels.isEmpty() ? "" : "`" + String.join("`, `", labels) + "`";
  }
}
