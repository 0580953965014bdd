package org.keyward.cli;

import java.util.List;
import org.keyward.app.SigningRequests;
import org.keyward.app.ZoneAdministration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "ds", description = "The DS records for the zone's parent.")
final class DsCommand extends Action {
  @Parameters(paramLabel = "ZONE", description = "The zone.")
  private String zone;

  @Option(
      names = "--digest",
      split = ",",
      paramLabel = "DIGEST",
      defaultValue = "sha256",
      description = "sha256, sha384, sha1; default: sha256.")
  private List<String> digests;

  @Override
  void run() {
    if (digests.contains("sha1")) {
      err().println("keyward: SHA-1 is broken; use it only where a registry takes nothing else");
    }
    digests.stream()
        .filter(digest -> !List.of("sha256", "sha384", "sha1").contains(digest))
        .forEach(
            digest -> {
              throw wrongUsage("--digest " + digest + " is none of sha256, sha384, sha1");
            });
    try (SigningRequests signer = SigningRequests.open(config())) {
      signer.ds(ZoneAdministration.name(zone), digests).forEach(ds -> out().println(ds));
    }
  }
}
