package org.keyward.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.keyward.app.KeyPlans;
import org.keyward.app.RollPicture;
import org.keyward.app.SigningRequests;
import org.keyward.app.ZoneAdministration;
import org.keyward.audit.Actor;
import org.keyward.signing.PaceText;
import org.keyward.signing.SigningRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "roll",
    description = "Lets one key of a zone take the place of another, without a bogus moment.",
    subcommands = {
      RollCommand.Start.class,
      RollKeyCommand.class,
      RollCommand.ListAll.class,
      RollCommand.Show.class,
      RollCommand.Hold.class,
      RollCommand.Resume.class,
      RollCommand.Cancel.class,
      RollCommand.Confirm.class,
      RollCommand.DsDue.class
    })
final class RollCommand {
  private RollCommand() {}

  /** Asks the signer, and waits for its answer. */
  abstract static class Asking extends Action {
    @Parameters(index = "0", paramLabel = "ZONE", description = "The zone.")
    String zone;

    @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "", description = "For audit.")
    String reason;

    final void ask(String command, String role, Optional<String> token, Optional<String> key)
        throws InterruptedException {
      try (SigningRequests signer = SigningRequests.open(config())) {
        long request =
            signer.roll(
                new SigningRequest.Roll(
                    ZoneAdministration.name(zone),
                    command,
                    role,
                    token,
                    key,
                    reason,
                    Actor.operatingSystemUser()));
        out().println(signer.await(request, () -> {}));
      }
    }
  }

  /** Which key of the zone, said in one of two ways. */
  abstract static class OfRole extends Asking {
    @Parameters(index = "1", arity = "0..1", paramLabel = "zsk|ksk", description = "Which key.")
    private String role;

    @Option(names = "--zsk", description = "The same as zsk.", hidden = true)
    private boolean zsk;

    @Option(names = "--ksk", description = "The same as ksk.", hidden = true)
    private boolean ksk;

    /** Empty when nothing is said. */
    final Optional<String> role() {
      Set<String> said = new TreeSet<>();
      Optional.ofNullable(role).ifPresent(said::add);
      if (zsk) {
        said.add("zsk");
      }
      if (ksk) {
        said.add("ksk");
      }
      if (said.size() > 1 || !Set.of("zsk", "ksk").containsAll(said)) {
        throw wrongUsage("say which key: zsk or ksk, not " + String.join(" and ", said));
      }
      return said.stream().findFirst();
    }
  }

  /** Says what becomes of a roll. */
  abstract static class Changing extends OfRole {
    /** Where nobody says which, the one that is under way. */
    final void ask(String command) throws InterruptedException {
      ask(command, role().orElseGet(this::only), Optional.empty(), Optional.empty());
    }

    private String only() {
      try (SigningRequests signer = SigningRequests.open(config())) {
        List<String> roles = signer.rollPicture(ZoneAdministration.name(zone)).roles();
        if (roles.size() > 1) {
          throw wrongUsage(zone + " has two rolls under way; say which: zsk or ksk");
        }
        return roles.isEmpty() ? "zsk" : roles.get(0);
      }
    }
  }

  @Command(
      name = "start",
      description = {
        "Replaces the zone signing key by a new one, or the key signing key by another on a token.",
        "Of a KSK the parent has to get another DS meanwhile: 'keyward roll ds-due' says when, and"
            + " which.",
        "Each step waits until all name servers show the one before, and until caches have"
            + " forgotten what was before; 'keyward roll show ZONE' says how far it is."
      })
  static final class Start extends OfRole {
    private static final List<String> FORESEEN =
        List.of("at", "step", "phase", "waits_for", "until", "person");

    @Option(
        names = "--to",
        paramLabel = "TOKEN/LABEL",
        description = "Of a KSK: the key that takes its place, which is on the token already.")
    private String to;

    @Option(
        names = "--pace",
        paramLabel = "PACE",
        defaultValue = "lazy",
        description = {
          "lazy: the new key enters where nothing is signed yet, which costs the token nothing and"
              + " takes about twice the runway; the default.",
          "now: DNSKEY sets that are signed already are signed anew.",
          "3d or the like: the same, spread over that time; the set in use is signed anew at once."
        })
    private String pace;

    @Option(
        names = "--dry-run",
        description =
            "Says what would happen when, at the earliest, and what it would cost. Whether the token has"
                + " the key is not tried.")
    private boolean dryRun;

    @Override
    void run() throws InterruptedException {
      String key = role().orElseThrow(() -> wrongUsage("say which key: zsk or ksk"));
      boolean ksk = key.equals("ksk");
      if (ksk != (to != null)) {
        throw wrongUsage(
            ksk
                ? "say which key takes the place of the KSK: --to TOKEN/LABEL; 'keyward key generate"
                    + " TOKEN LABEL' makes one"
                : "--to is for a KSK: a zone signing key is made anew");
      }
      int slash = to == null ? 0 : to.indexOf('/');
      if (slash < 0) {
        throw wrongUsage("--to is TOKEN/LABEL, not '" + to + "'");
      }
      String command = command();
      if (dryRun) {
        foresee(key);
        return;
      }
      ask(
          command,
          key,
          Optional.ofNullable(to).map(text -> text.substring(0, slash)),
          Optional.ofNullable(to).map(text -> text.substring(slash + 1)));
    }

    /** The command that asks for it. */
    private String command() {
      try {
        return SigningRequest.Roll.start(PaceText.parse(pace));
      } catch (IllegalArgumentException e) {
        throw wrongUsage("--pace: " + e.getMessage());
      }
    }

    private void foresee(String key) {
      try (KeyPlans plans = KeyPlans.open(config())) {
        KeyPlans.Roll roll = plans.roll(ZoneAdministration.name(zone), key, pace);
        Listing steps = new Listing(FORESEEN.toArray(String[]::new));
        roll.steps().forEach(step -> steps.add(FORESEEN.stream().map(step::get).toArray()));
        steps.print(out(), false);
        out()
            .println(
                "nothing was asked of the signer; it would cost tokens "
                    + roll.signatures()
                    + " signatures over DNSKEY sets more than no roll");
      }
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

    private static final List<String> WAITS =
        List.of("stock", "token", "servers", "parent", "caches", "person", "clock");

    @Option(
        names = "--waits-for",
        paramLabel = "WHAT",
        description =
            "Only those that wait for this: stock (token is the same), servers, parent, caches, person"
                + " or clock.")
    private String waitsFor;

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Override
    void run() {
      if (waitsFor != null && !WAITS.contains(waitsFor)) {
        throw wrongUsage(
            "--waits-for is one of " + String.join(", ", WAITS) + "; not '" + waitsFor + "'");
      }
      String what = "token".equals(waitsFor) ? "stock" : waitsFor;
      Listing listing = new Listing(COLUMNS.toArray(String[]::new));
      try (SigningRequests signer = SigningRequests.open(config())) {
        for (Map<String, Object> row : signer.rolls()) {
          if (waitsFor == null || what.equals(row.get("waits_for"))) {
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
  static final class Hold extends Changing {
    @Override
    void run() throws InterruptedException {
      ask("hold");
    }
  }

  @Command(name = "resume", description = "Lets a roll go on that is held.")
  static final class Resume extends Changing {
    @Override
    void run() throws InterruptedException {
      ask("resume");
    }
  }

  @Command(
      name = "cancel",
      description =
          "Lets the roll of a zone go back to the former key, from any phase and with all waits.")
  static final class Cancel extends Changing {
    @Override
    void run() throws InterruptedException {
      ask("cancel");
    }
  }

  @Command(
      name = "confirm",
      description = {
        "Says that all name servers of the parent have the DS of the new key signing key.",
        "For where the signer cannot ask them all. The wait for caches begins now; when it is over,"
            + " and they still cannot all be asked, say so once more."
      })
  static final class Confirm extends Asking {
    @Option(
        names = "--ds",
        paramLabel = "TAG",
        description = "The key tag of that DS; refused when it is of another key.")
    private String ds;

    @Override
    void run() throws InterruptedException {
      ask("confirm", "ksk", Optional.empty(), Optional.ofNullable(ds));
    }
  }

  @Command(
      name = "ds-due",
      description = "The DS records that parents are to get now, each in place of the old key's.")
  static final class DsDue extends Action {
    private static final List<String> COLUMNS =
        List.of(
            "zone",
            "old_tag",
            "new_tag",
            "since",
            "servers_with",
            "servers",
            "checked_at",
            "record");

    private static final List<String> BY_HAND =
        List.of(
            "zone", "parent", "key_tag", "algorithm", "digest_type", "digest", "action", "since");

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Option(
        names = "--csv",
        description = {
          "As CSV, a line for each DS that a person has to hand in: zone, parent, key tag, algorithm,"
              + " digest type, digest, action (add or remove), since.",
          "Without those that Keyward writes into a parent in the same database by itself."
        })
    private boolean csv;

    @Override
    void run() {
      if (csv && json) {
        throw wrongUsage("say which form: --csv or --json");
      }
      Listing listing = new Listing((csv ? BY_HAND : COLUMNS).toArray(String[]::new));
      if (csv) {
        try (SigningRequests signer = SigningRequests.open(config())) {
          signer.dsByHand().forEach(row -> listing.add(BY_HAND.stream().map(row::get).toArray()));
        }
        listing.printCsv(out());
        return;
      }
      try (SigningRequests signer = SigningRequests.open(config())) {
        for (Map<String, Object> row : signer.dsDue()) {
          listing.add(COLUMNS.stream().map(row::get).toArray());
        }
      }
      listing.print(out(), json);
    }
  }
}
