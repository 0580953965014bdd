package org.keyward.cli;

import java.util.LinkedHashMap;
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
        "Per zone: mode, key, for how many days it is signed. Per token: what waits for it."
            + " And what is wrong.")
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
          "parent",
          "problems",
          "findings");
  private static final List<String> TOKEN =
      List.of("name", "serial", "reachable", "queue", "empty_in_seconds", "seen_at", "fault");
  private static final List<String> SERVER = List.of("server", "asked_at", "asked_over");

  private static final int FINDINGS = 20;

  @Parameters(paramLabel = "ZONE", arity = "0..1", description = "Default: every zone.")
  private String zone;

  @Option(names = "--json", description = "As JSON.")
  private boolean json;

  @Override
  void run() {
    Listing zones;
    boolean isSplit;
    Listing tokens;
    Listing servers;
    List<Map<String, Object>> findings;
    try (SigningRequests signer = SigningRequests.open(config())) {
      List<Map<String, Object>> chosen =
          zone == null ? signer.zones() : signer.zone(ZoneAdministration.name(zone));
      if (zone != null && chosen.isEmpty()) {
        throw new CommandFailed("there is no zone " + zone);
      }
      zones = listing(ZONE, chosen);
      isSplit = chosen.stream().anyMatch(row -> "split".equals(row.get("mode")));
      tokens = listing(TOKEN, signer.tokens());
      servers = listing(SERVER, signer.servers());
      findings =
          zone == null
              ? signer.overview().findings()
              : signer.overview().findingsOf(ZoneAdministration.name(zone));
    }
    if (json) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("zones", zones.objects());
      all.put("tokens", tokens.objects());
      all.put("servers", servers.objects());
      all.put("findings", listing(FindingsCommand.COLUMNS, findings).objects());
      out().println(Listing.json(all));
      return;
    }
    zones.print(out(), false);
    if (isSplit) {
      out().println();
      out()
          .println(
              "mode split: pdnsutil shows the DS of the ZSK, which is wrong; use 'keyward ds ZONE'");
    }
    out().println();
    tokens.print(out(), false);
    if (!servers.objects().isEmpty()) {
      out().println();
      servers.print(out(), false);
    }
    print(findings.stream().filter(row -> !"info".equals(row.get("severity"))).toList());
  }

  private void print(List<Map<String, Object>> findings) {
    if (findings.isEmpty()) {
      return;
    }
    out().println();
    findings.stream().limit(FINDINGS).forEach(row -> out().println(FindingsCommand.line(row)));
    if (findings.size() > FINDINGS) {
      out().println("and " + (findings.size() - FINDINGS) + " more");
    }
    out().println("'keyward findings' says what to do");
  }

  private static Listing listing(List<String> columns, List<Map<String, Object>> rows) {
    Listing listing = new Listing(columns.toArray(String[]::new));
    rows.forEach(row -> listing.add(columns.stream().map(row::get).toArray()));
    return listing;
  }
}
