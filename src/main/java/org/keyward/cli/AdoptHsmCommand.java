package org.keyward.cli;

import java.util.List;
import java.util.Map;
import org.keyward.app.AdoptHsm;
import org.keyward.app.SigningRequests;
import org.keyward.signing.HsmZone;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "adopt-hsm",
    description = {
      "Says which zones PowerDNS signs with a key on a token, and what stands in the way of"
          + " Keyward.",
      "With --apply takes every PIN out of the database, and has Keyward sign the zones instead,"
          + " with the same key and DS and without a bogus moment."
    })
final class AdoptHsmCommand extends Action {
  @Option(names = "--apply", description = "Does it; without, nothing changes.")
  private boolean apply;

  @Option(names = "--json", description = "As JSON.")
  private boolean json;

  @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "", description = "For audit.")
  private String reason;

  @Override
  void run() {
    try (AdoptHsm adoption = AdoptHsm.open(config())) {
      if (!apply) {
        list(adoption.find());
        return;
      }
      List<HsmZone> found = adoption.find();
      Map<Name, Long> requests = adoption.apply(reason);
      list(found);
      boolean waits = adoption.needsTwoPeople();
      requests.forEach((zone, request) -> err().println(zone + ": " + asked(zone, request, waits)));
    }
  }

  private static String asked(Name zone, long request, boolean waits) {
    return waits
        ? SigningRequests.waiting("it", request)
        : "asked the signer (request %d); 'keyward status %s' shows how far it is"
            .formatted(request, zone);
  }

  private void list(List<HsmZone> zones) {
    Listing listing = new Listing("zone", "slot", "label", "token", "pin", "obstacle");
    for (HsmZone zone : zones) {
      listing.add(
          zone.zone(),
          zone.slot(),
          zone.label(),
          zone.token(),
          !zone.pinStored() ? "no" : apply ? "taken out" : "in the database",
          zone.obstacle());
    }
    listing.print(out(), json);
  }
}
