package org.keyward.cli;

import java.util.List;
import java.util.Map;
import org.keyward.app.SigningRequests;
import org.keyward.audit.Actor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "request",
    description = "What people have asked for.",
    subcommands = {RequestCommand.ListAll.class, RequestCommand.Cancel.class})
final class RequestCommand {
  private RequestCommand() {}

  @Command(name = "list", description = "The newest requests, the newest first.")
  static final class ListAll extends Action {
    private static final List<String> COLUMNS =
        List.of(
            "id",
            "state",
            "kind",
            "zone",
            "token",
            "label",
            "asks_for",
            "actor",
            "asked_at",
            "approved_by",
            "reason",
            "answer");

    @Option(names = "--waiting", description = "Only those that wait for a second person.")
    private boolean waiting;

    @Option(
        names = "--limit",
        paramLabel = "COUNT",
        defaultValue = "200",
        description = "At most this many; default: 200.")
    private int limit;

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Override
    void run() {
      Listing listing = new Listing(COLUMNS.toArray(String[]::new));
      try (SigningRequests signer = SigningRequests.open(config())) {
        for (Map<String, Object> row : signer.requests(waiting, limit)) {
          listing.add(COLUMNS.stream().map(row::get).toArray());
        }
      }
      listing.print(out(), json);
    }
  }

  @Command(name = "cancel", description = "Takes back a request that nobody has carried out.")
  static final class Cancel extends Action {
    @Parameters(paramLabel = "REQUEST", description = "Its number: see 'keyward request list'.")
    private long request;

    @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "", description = "For audit.")
    private String reason;

    @Override
    void run() {
      try (SigningRequests signer = SigningRequests.open(config())) {
        signer.cancel(request, reason, Actor.operatingSystemUser());
      }
      out().println("request " + request + " is cancelled");
    }
  }
}
