package org.keyward.cli;

import java.util.List;
import org.keyward.admin.DatabaseSurvey;
import org.keyward.app.Storage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "migrate",
    description = {
      "Creates or upgrades the schema; adopts a database that PowerDNS filled itself.",
      "With --check says what is there and what stands in the way, and changes nothing; exit code 1"
          + " when migrate would be refused."
    })
final class MigrateCommand extends Action {
  @Option(names = "--check", description = "Only looks, in a read-only transaction.")
  private boolean check;

  @Option(names = "--json", description = "With --check: as JSON.")
  private boolean json;

  @Override
  void run() {
    if (check) {
      check();
      return;
    }
    if (json) {
      throw wrongUsage("--json goes with --check");
    }
    try (Storage storage = Storage.open(config())) {
      List<String> done = storage.migrate();
      if (done.isEmpty()) {
        out().println("there is nothing to do: the schema is of this version");
      }
      done.forEach(out()::println);
    }
  }

  private void check() {
    if (config().database().isEmpty()) {
      throw new CommandFailed(
          "--check looks at a database of yours: set database.url, database.user and its password");
    }
    try (Storage storage = Storage.open(config())) {
      DatabaseSurvey found = storage.survey();
      new SurveyReport(found).print(out(), json);
      out().flush();
      if (!found.obstacles().isEmpty()) {
        throw new CommandFailed("migrate would be refused: " + found.obstacles().get(0));
      }
    }
  }
}
