package org.keyward.cli;

import org.keyward.admin.ParentDesk;
import org.keyward.app.SigningRequests;
import org.keyward.app.ZoneAdministration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "parent",
    description = "What the parents of zones have of them.",
    subcommands = ParentCommand.Check.class)
final class ParentCommand {
  private ParentCommand() {}

  @Command(
      name = "check",
      description = {
        "Has the signer ask the zone's parent now, and says whether its DS fits the zone's keys.",
        "Exit code 1 when it does not, or nobody can say."
      })
  static final class Check extends Action {
    @Parameters(paramLabel = "ZONE", description = "The zone.")
    private String zone;

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Override
    void run() {
      ParentDesk.View view;
      try (SigningRequests signer = SigningRequests.open(config())) {
        view = signer.askParent(ZoneAdministration.name(zone));
      }
      Listing listing = new Listing("zone", "verdict", "detail", "checked_at");
      listing.add(view.zone(), view.verdict(), view.detail(), view.checkedAt());
      listing.print(out(), json);
      if (!view.fits()) {
        throw new CommandFailed(
            "the DS at the parent does not fit: "
                + view.verdict()
                + "; 'keyward findings' says what to do");
      }
    }
  }
}
