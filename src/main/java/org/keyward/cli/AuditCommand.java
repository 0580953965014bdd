package org.keyward.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.keyward.app.AuditReader;
import org.keyward.audit.AuditRow;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code keyward audit …}: one nested class per command. */
@Command(
    name = "audit",
    description = "Shows and verifies the log of everything done with keys.",
    subcommands = {
      AuditCommand.ListNewest.class,
      AuditCommand.Verify.class,
      AuditCommand.Export.class
    })
final class AuditCommand {
  private AuditCommand() {}

  @Command(name = "list", description = "The newest events, the newest first.")
  static final class ListNewest extends Action {
    @Option(
        names = "--limit",
        paramLabel = "COUNT",
        defaultValue = "200",
        description = "At most this many; default: 200.")
    private int limit;

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Override
    void run() {
      List<String> columns = new ArrayList<>(List.of("id", "at"));
      columns.addAll(AuditReader.fieldNames());
      Listing listing = new Listing(columns.toArray(String[]::new));
      try (AuditReader audit = AuditReader.open(config())) {
        for (AuditRow row : audit.newest(limit)) {
          List<Object> values = new ArrayList<>(List.of(row.id(), row.at()));
          values.addAll(row.fields());
          listing.add(values.toArray());
        }
      }
      listing.print(out(), json);
    }
  }

  @Command(name = "verify", description = "Finds any changed, removed or reordered event.")
  static final class Verify extends Action {
    @Override
    void run() {
      try (AuditReader audit = AuditReader.open(config())) {
        out().println(audit.verify());
      }
    }
  }

  @Command(name = "export", description = "All events with their hashes, one JSON object a line.")
  static final class Export extends Action {
    private static final JsonMapper JSON = new JsonMapper();

    @Override
    void run() {
      try (AuditReader audit = AuditReader.open(config())) {
        audit.forEach(row -> out().println(line(row)));
      }
    }

    private static String line(AuditRow row) {
      Map<String, Object> event = new LinkedHashMap<>();
      event.put("id", row.id());
      event.put("at", row.at());
      for (int i = 0; i < row.fields().size(); i++) {
        event.put(AuditReader.fieldNames().get(i), row.fields().get(i));
      }
      event.put("hash", HexFormat.of().formatHex(row.hash()));
      try {
        return JSON.writeValueAsString(event);
      } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
