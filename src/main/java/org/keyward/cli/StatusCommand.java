package org.keyward.cli;

import java.util.List;
import java.util.Map;
import org.keyward.app.SigningRequests;
import org.keyward.app.ZoneAdministration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "status",
    description =
        "Per zone: mode, key, for how many days it is signed. Per token: what waits for it.")
final class StatusCommand extends Action {
  private static final List<String> ZONE =
      List.of(
          "zone",
          "mode",
          "state",
          "token",
          "label",
          "key_tag",
          "runway_days",
          "signed_until",
          "next_step",
          "steps_waiting",
          "problems");
  private static final List<String> TOKEN =
      List.of("name", "serial", "reachable", "queue", "empty_in_seconds", "seen_at", "fault");

  @Parameters(paramLabel = "ZONE", arity = "0..1", description = "Default: every zone.")
  private String zone;

  @Option(names = "--json", description = "As JSON.")
  private boolean json;

  @Override
  void run() {
    Listing zones;
    Listing tokens;
    try (SigningRequests signer = SigningRequests.open(config())) {
      List<Map<String, Object>> chosen = signer.zones().stream().filter(this::isChosen).toList();
      if (zone != null && chosen.isEmpty()) {
        throw new CommandFailed("there is no zone " + zone);
      }
      zones = listing(ZONE, chosen);
      tokens = listing(TOKEN, signer.tokens());
    }
    if (json) {
      out().println(Listing.json(Map.of("zones", zones.objects(), "tokens", tokens.objects())));
      return;
    }
    zones.print(out(), false);
    if (zones.objects().stream().anyMatch(row -> "split".equals(row.get("mode")))) {
      out().println();
      out()
          .println(
              "mode split: pdnsutil shows the DS of the ZSK, which is wrong; use 'keyward ds ZONE'");
    }
    out().println();
    tokens.print(out(), false);
  }

  private boolean isChosen(Map<String, Object> row) {
    return zone == null
        || ZoneAdministration.name(String.valueOf(row.get("zone")))
            .equals(ZoneAdministration.name(zone));
  }

  private static Listing listing(List<String> columns, List<Map<String, Object>> rows) {
    Listing listing = new Listing(columns.toArray(String[]::new));
    rows.forEach(row -> listing.add(columns.stream().map(row::get).toArray()));
    return listing;
  }
}
