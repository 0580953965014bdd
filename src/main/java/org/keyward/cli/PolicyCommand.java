package org.keyward.cli;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.keyward.app.KeyPolicies;
import org.keyward.app.SigningRequests;
import org.keyward.app.ZoneAdministration;
import org.keyward.audit.Actor;
import org.keyward.dnssec.TimeText;
import org.keyward.signing.SigningRequest;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "policy",
    description = "How keys of zones are kept: how long they live, and what is waited for.",
    subcommands = {
      PolicyCommand.ListAll.class,
      PolicyCommand.Show.class,
      PolicyCommand.Set.class,
      PolicyCommand.Unset.class,
      PolicyCommand.Assign.class,
      PolicyCommand.Delete.class
    })
final class PolicyCommand {
  private PolicyCommand() {}

  @Command(
      name = "list",
      description = "All policies, with what each comes to with what it is based on.")
  static final class ListAll extends Action {
    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Override
    void run() {
      try (KeyPolicies policies = KeyPolicies.open(config())) {
        List<Map<String, Object>> rows = policies.all();
        Listing listing = new Listing(rows.get(0).keySet().toArray(String[]::new));
        rows.forEach(row -> listing.add(row.values().toArray()));
        listing.print(out(), json);
      }
    }
  }

  @Command(name = "show", description = "Each field of a policy, and which policy says it.")
  static final class Show extends Action {
    @Parameters(paramLabel = "POLICY", description = "The policy.")
    private String policy;

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Override
    void run() {
      Listing listing = new Listing("field", "value", "said_by");
      Optional<Instant> otherwise;
      try (KeyPolicies policies = KeyPolicies.open(config())) {
        policies.one(policy).forEach(row -> listing.add(row.values().toArray()));
        otherwise = policies.otherwiseSignedUntil(policy);
      }
      listing.print(out(), json);
      otherwise.ifPresent(
          until ->
              err()
                  .println(
                      "DNSKEY sets that were signed for another validity or TTL are used until "
                          + TimeText.of(until)
                          + " at the latest"));
    }
  }

  /** Asks the signer, and waits for its answer. */
  abstract static class Asking extends Action {
    @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "", description = "For audit.")
    private String reason;

    final void ask(String command, Name zone, String policy, String settings)
        throws InterruptedException {
      try (SigningRequests signer = SigningRequests.open(config())) {
        long request =
            signer.policy(
                new SigningRequest.OfPolicy(
                    zone, command, policy, settings, reason, Actor.operatingSystemUser()));
        out().println(signer.await(request, () -> {}));
      }
    }
  }

  /** Lets a policy say something else. */
  abstract static class Changing extends Asking {
    @Parameters(index = "0", paramLabel = "POLICY", description = "The policy.")
    private String policy;

    @Option(
        names = "--dry-run",
        description = {
          "Changes nothing, and says of each zone when the next roll of each key begins by itself now,"
              + " and then; or why it would be refused."
        })
    private boolean dryRun;

    @Option(names = "--json", description = "With --dry-run: as JSON.")
    private boolean json;

    final void change(List<String> settings) throws InterruptedException {
      if (!dryRun) {
        ask("set", Name.root, policy, String.join(" ", settings));
        return;
      }
      Listing listing = new Listing("zone", "role", "begins", "then", "under_way");
      try (KeyPolicies policies = KeyPolicies.open(config())) {
        Progress progress = new Progress(err());
        policies
            .dryRun(
                policy,
                String.join(" ", settings),
                zones -> progress.show(() -> "zones looked at: " + zones))
            .forEach(row -> listing.add(row.values().toArray()));
        progress.clear();
      }
      listing.print(out(), json);
    }
  }

  @Command(
      name = "set",
      description = {
        "Lets a policy say something, or makes a new one. Fields: zsk-lifetime and ksk-lifetime (a"
            + " duration, or never), next-ksk (TOKEN/LABEL of the key that takes the place of a KSK),"
            + " pace (lazy or now, of rolls that begin by themselves), parent-ds (hand, or write: a parent"
            + " zone in the same database gets its DS records from Keyward), propagation, parent-propagation,"
            + " ds-ttl, data-ttl, publish-safety, retire-safety, and how zones are signed: validity, step,"
            + " runway and dnskey-ttl; signatures that are made stay as they are.",
        "What is unsafe is refused. No roll begins by it: each zone has its turn, which follows from its"
            + " name, once in a lifetime."
      })
  static final class Set extends Changing {
    @Parameters(
        index = "1..*",
        paramLabel = "FIELD=VALUE",
        description = "What it says; what it leaves out, its base says.")
    private List<String> settings = new ArrayList<>();

    @Option(
        names = "--base",
        paramLabel = "POLICY",
        description =
            "The policy that says what this one leaves out; that of a new one is default.")
    private String base;

    @Override
    void run() throws InterruptedException {
      List<String> all = new ArrayList<>(settings);
      if (base != null) {
        all.add("base=" + base);
      }
      if (all.isEmpty()) {
        throw wrongUsage("say what it is to say: FIELD=VALUE, or --base POLICY");
      }
      change(all);
    }
  }

  @Command(name = "unset", description = "Lets the base of a policy say these fields.")
  static final class Unset extends Changing {
    @Parameters(index = "1..*", arity = "1..*", paramLabel = "FIELD", description = "The fields.")
    private List<String> fields = new ArrayList<>();

    @Override
    void run() throws InterruptedException {
      change(fields.stream().map(field -> field + "=").collect(Collectors.toList()));
    }
  }

  @Command(
      name = "assign",
      description = {
        "Lets the keys of zones be kept by a policy: the metadata X-KEYWARD-POLICY.",
        "Zones that have none are kept by default; those that came with keys, by as-before."
      })
  static final class Assign extends Asking {
    @Parameters(index = "0", paramLabel = "POLICY", description = "The policy.")
    private String policy;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "ZONE", description = "The zones.")
    private List<String> zones = new ArrayList<>();

    @Override
    void run() throws InterruptedException {
      for (String zone : zones) {
        ask("assign", ZoneAdministration.name(zone), policy, "");
      }
    }
  }

  @Command(name = "delete", description = "Deletes a policy that no zone has.")
  static final class Delete extends Asking {
    @Parameters(paramLabel = "POLICY", description = "The policy.")
    private String policy;

    @Override
    void run() throws InterruptedException {
      ask("delete", Name.root, policy, "");
    }
  }
}
