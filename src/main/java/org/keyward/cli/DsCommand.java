package org.keyward.cli;

import java.util.List;
import java.util.Optional;
import org.keyward.app.SigningRequests;
import org.keyward.app.ZoneAdministration;
import org.keyward.audit.Actor;
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

  @Option(
      names = "--publish",
      paramLabel = "on|off|delete",
      description = {
        "Publishes them in the zone as CDS and CDNSKEY, signed by the KSK, or no longer.",
        "delete asks the parent to delete the DS (RFC 8078)."
      })
  private String publish;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Of --publish, for a second person and the audit log.")
  private String reason;

  @Override
  void run() {
    if (publish != null) {
      publish();
      return;
    }
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

  private void publish() {
    List<String> numbers =
        switch (publish) {
          case "off" -> List.of();
          case "delete" -> List.of("0");
          case "on" -> digests.stream().map(this::number).toList();
          default -> throw wrongUsage("--publish " + publish + " is none of on, off, delete");
        };
    Optional<Long> waiting;
    try (ZoneAdministration zones = ZoneAdministration.open(config())) {
      waiting =
          zones.publishKeys(
              ZoneAdministration.name(zone), numbers, reason, Actor.operatingSystemUser());
    }
    if (waiting.isPresent()) {
      out()
          .println(
              zone + ": it waits for a second person: 'keyward approve " + waiting.get() + "'");
      return;
    }
    out()
        .println(
            switch (publish) {
              case "off" -> zone + " publishes no CDS and no CDNSKEY any more";
              case "delete" ->
                  zone + " asks its parent to delete the DS, once the KSK has signed that";
              default -> zone + " publishes CDS and CDNSKEY, once the KSK has signed them";
            });
  }

  private String number(String digest) {
    return switch (digest) {
      case "sha256" -> "2";
      case "sha384" -> "4";
      default ->
          throw wrongUsage(
              "--digest " + digest + " is none of sha256, sha384, the only ones to publish");
    };
  }
}
