package org.keyward.cli;

import org.keyward.app.Roles;
import picocli.CommandLine.Command;

@Command(name = "sign", description = "Signs with the keys on the tokens, ahead of time.")
final class SignCommand extends Action {
  @Override
  void run() throws InterruptedException {
    Roles.sign(config());
  }
}
