package org.keyward.cli;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.keyward.app.AdoptHsm;
import org.keyward.app.SigningRequests;
import org.keyward.dnssec.NameText;
import org.keyward.signing.AdoptedZones;
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
          + " with the same key and DS and without a bogus moment.",
      "A zone stays as it is, and the command fails, while a server that answers PowerDNS could not"
          + " give it the PIN of the configuration instead."
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
      Progress progress = new Progress(err());
      AdoptedZones adopted = adoption.apply(adoption.find(), reason, progress);
      progress.clear();
      list(adopted.zones());
      boolean waits = adoption.needsTwoPeople();
      adopted
          .requests()
          .forEach(
              (zone, request) ->
                  err().println(NameText.of(zone) + ": " + asked(zone, request, waits)));
      refuse(adopted.zones());
    }
  }

  /** One line for each reason: mostly all zones have the same. */
  private static void refuse(List<HsmZone> zones) {
    Map<String, List<HsmZone>> left =
        zones.stream()
            .filter(zone -> zone.withoutPin().isPresent())
            .collect(Collectors.groupingBy(zone -> zone.withoutPin().get()));
    if (!left.isEmpty()) {
      throw new CommandFailed(
          left.entrySet().stream()
              .map(entry -> named(entry.getValue()) + " left as it was: " + entry.getKey())
              .collect(Collectors.joining("; ")));
    }
  }

  private static String named(List<HsmZone> zones) {
    return zones.size() == 1 ? NameText.of(zones.get(0).zone()) : zones.size() + " zones, each";
  }

  private static String asked(Name zone, long request, boolean waits) {
    return waits
        ? SigningRequests.waiting("it", request)
        : "asked the signer (request %d); 'keyward status %s' shows how far it is"
            .formatted(request, NameText.of(zone));
  }

  private void list(List<HsmZone> zones) {
    Listing listing = new Listing("zone", "slot", "label", "token", "pin", "obstacle");
    for (HsmZone zone : zones) {
      listing.add(
          NameText.of(zone.zone()),
          zone.slot(),
          zone.label(),
          zone.token(),
          pin(zone),
          zone.withoutPin().or(zone::obstacle));
    }
    listing.print(out(), json);
  }

  private String pin(HsmZone zone) {
    if (!zone.pinStored()) {
      return "no";
    }
    return apply && zone.withoutPin().isEmpty() ? "taken out" : "in the database";
  }
}
