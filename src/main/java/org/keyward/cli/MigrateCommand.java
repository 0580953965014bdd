package org.keyward.cli;

import org.keyward.app.Storage;
import picocli.CommandLine.Command;

@Command(
    name = "migrate",
    description = "Creates or upgrades the schema; adopts a database that PowerDNS filled itself.")
final class MigrateCommand extends Action {
  @Override
  void run() {
    try (Storage storage = Storage.open(config())) {
      int steps = storage.migrate();
      out().println(steps == 0 ? "the schema is up to date" : steps + " steps were run");
    }
  }
}
