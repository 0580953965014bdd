package org.keyward.cli;

import org.keyward.app.Roles;
import picocli.CommandLine.Command;

@Command(name = "serve", description = "Serves zones to PowerDNS; needs no token.")
final class ServeCommand extends Action {
  @Override
  void run() throws InterruptedException {
    Roles.serve(config());
  }
}
