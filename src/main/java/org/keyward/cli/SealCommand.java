package org.keyward.cli;

import org.keyward.app.SealKeyRotation;
import picocli.CommandLine.Command;

@Command(
    name = "seal",
    description = "The key that seals the private keys in the database.",
    subcommands = SealCommand.Rotate.class)
final class SealCommand extends Action {
  @Override
  void run() {
    throw wrongUsage("say what to do: rotate");
  }

  @Command(
      name = "rotate",
      description = {
        "Seals every private key in the database anew: with secrets.key-file instead of"
            + " secrets.former-key-file.",
        "Every server and signer needs both before; docs/operations.md has the steps."
      })
  static final class Rotate extends Action {
    @Override
    void run() {
      SealKeyRotation.Outcome outcome = SealKeyRotation.run(config());
      out().println(outcome.sealed() + " private keys are sealed anew");
      out().flush();
      outcome.unopened().forEach(row -> err().println("keyward: neither key opens " + row));
      if (!outcome.unopened().isEmpty()) {
        throw new CommandFailed(
            outcome.unopened().size()
                + " private keys are left as they are; keep the former key until they are restored"
                + " or their zones have other ones");
      }
    }
  }
}
