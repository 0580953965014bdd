package org.keyward.cli;

import org.keyward.app.SigningRequests;
import org.keyward.audit.Actor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "two-person",
    description = {
      "Says whether what matters waits for a second person; turns that on, or asks to turn it off.",
      "It is turned off when somebody else approves."
    })
final class TwoPersonCommand extends Action {
  @Parameters(paramLabel = "on|off", arity = "0..1", description = "Default: says how it is.")
  private String wanted;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "For the second person and the audit log.")
  private String reason;

  @Override
  void run() {
    try (SigningRequests requests = SigningRequests.open(config())) {
      out().println(answer(requests));
    }
  }

  private String answer(SigningRequests requests) {
    boolean needed = requests.needsTwoPeople();
    if (wanted == null || wanted.equals(needed ? "on" : "off")) {
      return needed ? "on" : "off";
    }
    return switch (wanted) {
      case "on" -> {
        requests.needTwoPeople(Actor.operatingSystemUser());
        yield "on";
      }
      case "off" ->
          "it waits for a second person: 'keyward approve "
              + requests.askForOnePerson(reason, Actor.operatingSystemUser())
              + "'";
      default -> throw wrongUsage("'" + wanted + "' is neither on nor off");
    };
  }
}
