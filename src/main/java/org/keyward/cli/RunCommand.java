package org.keyward.cli;

import org.keyward.app.Roles;
import picocli.CommandLine.Command;

@Command(
    name = "run",
    description = "The whole service: serves zones, and runs the signer as a process of its own.")
final class RunCommand extends Action {
  @Override
  void run() throws InterruptedException {
    Roles.run(config());
  }
}
