package org.keyward.cli;

import org.keyward.app.SigningPreview;
import org.keyward.app.SigningRequests;
import org.keyward.app.ZoneAdministration;
import org.keyward.audit.Actor;
import org.keyward.dnssec.NameText;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "mode",
    description = "Changes who signs a zone, with the same keys and without a bogus moment.")
final class ModeCommand extends Action {
  @Parameters(paramLabel = "ZONE", description = "The zone.")
  private String zone;

  @Parameters(
      paramLabel = "MODE",
      description = {
        "presigned: Keyward makes all signatures.",
        "split: PowerDNS 5.0 or later signs all but the DNSKEY set while it answers; it needs the"
            + " lines that 'keyward pdns-config' prints for this mode.",
        "powerdns: PowerDNS makes all signatures, with the same keys in its own table, and uses the"
            + " token beside Keyward; from presigned alone. Needs 'powerdns-module' of the token."
      })
  private String mode;

  @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "", description = "For audit.")
  private String reason;

  @Option(names = "--dry-run", description = "Says what would happen; nothing changes.")
  private boolean dryRun;

  @Override
  void run() throws InterruptedException {
    if (dryRun) {
      SigningMode wanted =
          SigningMode.parse(mode).orElseThrow(() -> wrongUsage("there is no mode " + mode));
      try (SigningPreview preview = SigningPreview.open(config())) {
        out().println(preview.mode(ZoneAdministration.name(zone), wanted));
      }
      return;
    }
    try (SigningRequests signer = SigningRequests.open(config())) {
      Name name = ZoneAdministration.name(zone);
      long request = signer.changeMode(name, mode, reason, Actor.operatingSystemUser());
      out().println(NameText.about(name, signer.await(request, () -> {})));
    }
  }
}
