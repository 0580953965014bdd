package org.keyward.cli;

import java.util.List;
import java.util.Map;
import org.keyward.app.RollPicture;
import org.keyward.app.SigningRequests;
import org.keyward.app.ZoneAdministration;
import org.keyward.audit.Actor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "roll",
    description = "Lets one key of a zone take the place of another, without a bogus moment.",
    subcommands = {
      RollCommand.Start.class,
      RollCommand.ListAll.class,
      RollCommand.Show.class,
      RollCommand.Hold.class,
      RollCommand.Resume.class,
      RollCommand.Cancel.class
    })
final class RollCommand {
  private RollCommand() {}

  /** Asks the signer, and waits for its answer. */
  abstract static class Asking extends Action {
    @Parameters(paramLabel = "ZONE", description = "The zone.")
    String zone;

    @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "", description = "For audit.")
    String reason;

    final void ask(String command, String role) throws InterruptedException {
      try (SigningRequests signer = SigningRequests.open(config())) {
        long request =
            signer.roll(
                ZoneAdministration.name(zone), command, role, reason, Actor.operatingSystemUser());
        out().println(signer.await(request, () -> {}));
      }
    }
  }

  @Command(
      name = "start",
      description = {
        "Replaces the zone signing key by a new one.",
        "Each step waits until all name servers show the one before, and until caches have"
            + " forgotten what was before; 'keyward roll show ZONE' says how far it is."
      })
  static final class Start extends Asking {
    @Option(names = "--zsk", description = "The zone signing key.")
    private boolean zsk;

    @Option(
        names = "--ksk",
        description = "The key signing key; refused: Keyward does not replace it yet.")
    private boolean ksk;

    @Option(
        names = "--pace",
        paramLabel = "PACE",
        defaultValue = "lazy",
        description = {
          "lazy: the new key enters where nothing is signed yet, which costs the token nothing and"
              + " takes about twice the runway; the default.",
          "now: DNSKEY sets that are signed already are signed anew."
        })
    private String pace;

    @Override
    void run() throws InterruptedException {
      if (!pace.equals("lazy") && !pace.equals("now")) {
        throw wrongUsage("--pace is lazy or now, not '" + pace + "'");
      }
      if (zsk == ksk) {
        throw wrongUsage("say which key: --zsk or --ksk");
      }
      ask(pace.equals("now") ? "start-now" : "start", ksk ? "ksk" : "zsk");
    }
  }

  @Command(name = "list", description = "Rolls that are under way, and what each waits for.")
  static final class ListAll extends Action {
    private static final List<String> COLUMNS =
        List.of(
            "zone",
            "role",
            "old_tag",
            "new_tag",
            "phase",
            "since",
            "waits_for",
            "waits_until",
            "began_at",
            "began_by");

    @Option(
        names = "--waits-for",
        paramLabel = "WHAT",
        description = "Only those that wait for this: stock, servers, caches, person or clock.")
    private String waitsFor;

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Override
    void run() {
      Listing listing = new Listing(COLUMNS.toArray(String[]::new));
      try (SigningRequests signer = SigningRequests.open(config())) {
        for (Map<String, Object> row : signer.rolls()) {
          if (waitsFor == null || waitsFor.equals(row.get("waits_for"))) {
            listing.add(COLUMNS.stream().map(row::get).toArray());
          }
        }
      }
      listing.print(out(), json);
    }
  }

  @Command(
      name = "show",
      description = "How far the roll of a zone is, what it waits for, and what to do.")
  static final class Show extends Action {
    @Parameters(paramLabel = "ZONE", description = "The zone.")
    private String zone;

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Override
    void run() {
      try (SigningRequests signer = SigningRequests.open(config())) {
        RollPicture picture = signer.rollPicture(ZoneAdministration.name(zone));
        if (json) {
          out().println(Listing.json(picture.values()));
        } else {
          picture.lines().forEach(out()::println);
        }
      }
    }
  }

  @Command(name = "hold", description = "Lets the roll of a zone stay where it is, which is safe.")
  static final class Hold extends Asking {
    @Override
    void run() throws InterruptedException {
      ask("hold", "zsk");
    }
  }

  @Command(name = "resume", description = "Lets a roll go on that is held.")
  static final class Resume extends Asking {
    @Override
    void run() throws InterruptedException {
      ask("resume", "zsk");
    }
  }

  @Command(
      name = "cancel",
      description =
          "Lets the roll of a zone go back to the former key, from any phase and with all waits.")
  static final class Cancel extends Asking {
    @Override
    void run() throws InterruptedException {
      ask("cancel", "zsk");
    }
  }
}
