package org.keyward.cli;

import java.util.Map;
import org.keyward.app.SigningRequests;
import org.keyward.app.ZoneAdministration;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "status", description = "Per zone: mode, key, how far ahead it is signed.")
final class StatusCommand extends Action {
  private static final String[] COLUMNS = {
    "zone",
    "mode",
    "state",
    "token",
    "label",
    "key_tag",
    "signed_until",
    "steps_waiting",
    "next_step",
    "problems"
  };

  @Parameters(paramLabel = "ZONE", arity = "0..1", description = "Default: every zone.")
  private String zone;

  @Option(names = "--json", description = "As JSON.")
  private boolean json;

  @Override
  void run() {
    Listing listing = new Listing(COLUMNS);
    int shown = 0;
    try (SigningRequests signer = SigningRequests.open(config())) {
      for (Map<String, Object> row : signer.zones()) {
        Name name = ZoneAdministration.name(String.valueOf(row.get("zone")));
        if (zone == null || name.equals(ZoneAdministration.name(zone))) {
          listing.add(java.util.Arrays.stream(COLUMNS).map(row::get).toArray());
          shown++;
        }
      }
    }
    if (zone != null && shown == 0) {
      throw new CommandFailed("there is no zone " + zone);
    }
    listing.print(out(), json);
  }
}
