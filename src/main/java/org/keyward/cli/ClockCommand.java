package org.keyward.cli;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.keyward.app.SigningRequests;
import org.keyward.audit.Actor;
import org.keyward.config.Durations;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "clock",
    description = "How far the clocks of the hosts are from the database's.",
    subcommands = {ClockCommand.ListAll.class, ClockCommand.Accept.class})
final class ClockCommand {
  private ClockCommand() {}

  @Command(name = "list", description = "What each host said last of its clock.")
  static final class ListAll extends Action {
    private static final List<String> COLUMNS =
        List.of("role", "host", "seconds_ahead", "checked_at");

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Override
    void run() {
      Listing listing = new Listing(COLUMNS.toArray(String[]::new));
      try (SigningRequests signer = SigningRequests.open(config())) {
        for (Map<String, Object> row : signer.clocks()) {
          listing.add(COLUMNS.stream().map(row::get).toArray());
        }
      }
      listing.print(out(), json);
    }
  }

  @Command(
      name = "accept",
      description = {
        "Lets the signer go on though its clock and the database's differ by more than a minute.",
        "It goes by the database's clock. Another difference needs another word."
      })
  static final class Accept extends Action {
    @Option(
        names = "--for",
        paramLabel = "DURATION",
        defaultValue = "1h",
        description = "How long this counts; default: 1h.")
    private String lasting;

    @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "For audit.")
    private String reason;

    @Override
    void run() throws InterruptedException {
      Duration duration = duration();
      try (SigningRequests signer = SigningRequests.open(config())) {
        long request = signer.acceptClocks(duration, reason, Actor.operatingSystemUser());
        out().println(signer.await(request, () -> {}));
      }
    }

    private Duration duration() {
      try {
        return Durations.parse(lasting);
      } catch (IllegalArgumentException e) {
        throw wrongUsage("--for: " + e.getMessage());
      }
    }
  }
}
