package org.keyward.cli;

import org.keyward.admin.ParentDesk;
import org.keyward.app.SigningRequests;
import org.keyward.app.ZoneAdministration;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.TimeText;
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
        "Has the signer ask each name server of the zone's parent now, at each of its addresses, and"
            + " says whether its DS fits the zone's keys: MATCH, differs, none; lame: it does not"
            + " answer for the parent; unreachable. SINCE is when a server was first seen to show"
            + " this.",
        "Exit code 1 when the DS does not fit, or nobody can say."
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
      Listing servers = servers(view);
      if (json) {
        Listing listing = new Listing("zone", "verdict", "detail", "checked_at", "servers");
        listing.add(
            NameText.of(view.zone()),
            view.verdict(),
            view.detail(),
            TimeText.of(view.checkedAt()),
            servers.objects());
        listing.print(out(), true);
      } else {
        servers.print(out(), false);
        Listing listing = new Listing("zone", "verdict", "detail", "checked_at");
        listing.add(
            NameText.of(view.zone()), view.verdict(), view.detail(), TimeText.of(view.checkedAt()));
        out().println();
        listing.print(out(), false);
      }
      if (!view.fits()) {
        throw new CommandFailed(
            "the DS at the parent does not fit: "
                + view.verdict()
                + "; 'keyward findings' says what to do");
      }
    }

    private static Listing servers(ParentDesk.View view) {
      Listing listing =
          new Listing("parent", "server", "address", "shows", "ds", "ttl", "since", "at", "detail");
      view.servers()
          .forEach(
              one ->
                  listing.add(
                      one.parent(),
                      one.server(),
                      one.address(),
                      one.shows(),
                      one.ds(),
                      one.ttl(),
                      TimeText.of(one.since()),
                      TimeText.of(one.at()),
                      one.detail()));
      return listing;
    }
  }
}
