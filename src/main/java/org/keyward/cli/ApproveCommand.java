package org.keyward.cli;

import java.util.Map;
import org.keyward.app.SigningRequests;
import org.keyward.app.ZoneAdministration;
import org.keyward.audit.Actor;
import org.keyward.dnssec.NameText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "approve",
    description = "Lets take effect what another person asked for; waits until it has.")
final class ApproveCommand extends Action {
  @Parameters(paramLabel = "REQUEST", description = "Its number: see 'keyward request list'.")
  private long request;

  @Option(names = "--reject", description = "Ends the request instead; your own, too.")
  private boolean reject;

  @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "", description = "For --reject.")
  private String reason;

  @Override
  void run() throws InterruptedException {
    try (SigningRequests signer = SigningRequests.open(config())) {
      Map<String, Object> what = signer.request(request);
      if (reject) {
        signer.reject(request, reason, Actor.operatingSystemUser());
        out().println("request " + request + " is rejected: " + what.get("asks_for"));
        return;
      }
      signer.approve(request, Actor.operatingSystemUser());
      String answer = carriedOut(signer, (String) what.get("token"));
      String zone = (String) what.get("zone");
      // The rule of two people and clocks are of no zone.
      out()
          .println(
              zone.isEmpty() || zone.equals(".")
                  ? answer
                  : NameText.about(ZoneAdministration.name(zone), answer));
    }
  }

  private String carriedOut(SigningRequests signer, String token) throws InterruptedException {
    return token == null
        ? signer.await(request, () -> {})
        : new SigningWait(signer, token, err()).await(request, 1);
  }
}
