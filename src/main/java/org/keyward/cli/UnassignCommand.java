package org.keyward.cli;

import org.keyward.app.SigningRequests;
import org.keyward.app.ZoneAdministration;
import org.keyward.audit.Actor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "unassign", description = "Takes a zone back to unsigned, in the safe order.")
final class UnassignCommand extends Action {
  @Parameters(paramLabel = "ZONE", description = "The zone.")
  private String zone;

  @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "", description = "For audit.")
  private String reason;

  @Override
  void run() throws InterruptedException {
    try (SigningRequests signer = SigningRequests.open(config())) {
      long request =
          signer.unassign(ZoneAdministration.name(zone), reason, Actor.operatingSystemUser());
      out().println(zone + ": " + signer.await(request, () -> {}));
    }
  }
}
