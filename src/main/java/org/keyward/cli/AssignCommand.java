package org.keyward.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.admin.ConflictException;
import org.keyward.app.SigningPreview;
import org.keyward.app.SigningRequests;
import org.keyward.app.ZoneAdministration;
import org.keyward.audit.Actor;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.NameText;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "assign", description = "Signs zones with a key on a token; waits until they are.")
final class AssignCommand extends Action {
  @Parameters(paramLabel = "ZONE", arity = "1..*", description = "The zones.")
  private List<String> zones;

  @Option(names = "--token", paramLabel = "TOKEN", required = true, description = "Its name.")
  private String token;

  @Option(names = "--label", paramLabel = "LABEL", required = true, description = "The key's.")
  private String label;

  @Option(names = "--algorithm", paramLabel = "ALG", description = "For RSA keys; else derived.")
  private String algorithm;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description = "presigned or split; else signing.mode of the signer.")
  private String mode;

  @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "", description = "For audit.")
  private String reason;

  @Option(names = "--dry-run", description = "Says what would happen; nothing changes.")
  private boolean dryRun;

  @Override
  void run() throws InterruptedException {
    Optional<SigningMode> wanted =
        Optional.ofNullable(mode).flatMap(SigningMode::parse).filter(SigningMode::isAssignable);
    if (mode != null && wanted.isEmpty()) {
      throw wrongUsage("--mode " + mode + " is none of " + SigningMode.words());
    }
    Optional<Algorithm> chosen = Optional.empty();
    if (algorithm != null) {
      chosen = Algorithm.parse(algorithm);
      if (chosen.isEmpty()) {
        throw wrongUsage("--algorithm " + algorithm + " is none of " + Algorithm.mnemonics());
      }
    }
    if (dryRun) {
      preview(chosen, wanted);
      return;
    }
    try (SigningRequests signer = SigningRequests.open(config())) {
      Map<Name, Long> requests = new LinkedHashMap<>();
      Progress asking = new Progress(err());
      for (Name zone : names()) {
        asking.at("asking for zones", requests.size(), zones.size());
        requests.put(
            zone,
            signer.assign(zone, token, label, chosen, wanted, reason, Actor.operatingSystemUser()));
      }
      asking.clear();
      await(signer, requests);
    }
  }

  private List<Name> names() {
    return zones.stream().map(ZoneAdministration::name).toList();
  }

  private void preview(Optional<Algorithm> chosen, Optional<SigningMode> wanted) {
    List<String> refused = new ArrayList<>();
    try (SigningPreview preview = SigningPreview.open(config())) {
      for (Name zone : names()) {
        try {
          out().println(preview.assign(zone, token, label, chosen, wanted));
        } catch (ConflictException e) {
          refused.add(NameText.of(zone));
          err().println("keyward: " + NameText.about(zone, e.getMessage()));
        }
      }
    }
    if (!refused.isEmpty()) {
      throw new CommandFailed("would not be assigned: " + String.join(", ", refused));
    }
  }

  /**
   * One line a zone, as they turn signed; a zone that is refused does not end the wait for others.
   */
  private void await(SigningRequests signer, Map<Name, Long> requests) throws InterruptedException {
    List<String> refused = new ArrayList<>();
    int answered = 0;
    SigningWait wait = new SigningWait(signer, token, err());
    for (Map.Entry<Name, Long> request : requests.entrySet()) {
      answered++;
      String progress =
          requests.size() == 1 ? "" : " (" + answered + " of " + requests.size() + ")";
      try {
        String answer = wait.await(request.getValue(), requests.size() - answered + 1);
        out().println(NameText.about(request.getKey(), answer) + progress);
        out().flush();
      } catch (IllegalStateException e) {
        refused.add(NameText.of(request.getKey()));
        err().println("keyward: " + NameText.about(request.getKey(), e.getMessage()) + progress);
        err().flush();
      }
    }
    if (!refused.isEmpty()) {
      throw new CommandFailed("not assigned: " + String.join(", ", refused));
    }
  }
}
