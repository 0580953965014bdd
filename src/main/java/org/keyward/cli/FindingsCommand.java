package org.keyward.cli;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.keyward.app.Looking;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "findings",
    description =
        "What is wrong with keys, tokens, parents, PowerDNS and clocks, and what to do about it.")
final class FindingsCommand extends Action {
  static final List<String> COLUMNS =
      List.of("severity", "kind", "subject", "message", "todo", "first_seen");

  @Option(names = "--json", description = "As JSON.")
  private boolean json;

  @Override
  void run() {
    try (Looking looking = Looking.open(config())) {
      List<Map<String, Object>> found = looking.overview().findings();
      if (json) {
        Listing listing = new Listing(COLUMNS.toArray(String[]::new));
        found.forEach(row -> listing.add(COLUMNS.stream().map(row::get).toArray()));
        listing.print(out(), true);
        return;
      }
      for (Map<String, Object> row : found) {
        out().println(line(row));
        out().println("  " + row.get("todo") + " (since " + seconds(row.get("first_seen")) + ")");
      }
      if (found.isEmpty()) {
        out().println("nothing found");
      }
    }
  }

  static String line(Map<String, Object> row) {
    return row.get("severity") + " " + row.get("kind") + ": " + row.get("message");
  }

  private static Object seconds(Object at) {
    return at instanceof Instant time ? time.truncatedTo(ChronoUnit.SECONDS) : at;
  }
}
