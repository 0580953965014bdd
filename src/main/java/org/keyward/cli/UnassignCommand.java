package org.keyward.cli;

import org.keyward.app.SigningPreview;
import org.keyward.app.SigningRequests;
import org.keyward.app.ZoneAdministration;
import org.keyward.audit.Actor;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "unassign", description = "Takes a zone back to unsigned, in the safe order.")
final class UnassignCommand extends Action {
  @Parameters(paramLabel = "ZONE", description = "The zone.")
  private String zone;

  @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "", description = "For audit.")
  private String reason;

  @Option(
      names = "--cancel",
      description = "Takes an unassign back while the zone is still signed: it keeps its key.")
  private boolean cancel;

  @Option(names = "--dry-run", description = "Says what would happen; nothing changes.")
  private boolean dryRun;

  @Override
  void run() throws InterruptedException {
    if (dryRun && cancel) {
      throw wrongUsage("--dry-run is for an unassign, and --cancel takes one back");
    }
    if (dryRun) {
      try (SigningPreview preview = SigningPreview.open(config())) {
        out().println(preview.unassign(ZoneAdministration.name(zone)));
      }
      return;
    }
    try (SigningRequests signer = SigningRequests.open(config())) {
      Name name = ZoneAdministration.name(zone);
      String actor = Actor.operatingSystemUser();
      long request =
          cancel ? signer.keep(name, reason, actor) : signer.unassign(name, reason, actor);
      out().println(NameText.about(name, signer.await(request, () -> {})));
    }
  }
}
