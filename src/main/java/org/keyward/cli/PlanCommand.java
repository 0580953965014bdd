package org.keyward.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.app.KeyPlans;
import org.keyward.app.ZoneAdministration;
import org.keyward.config.Durations;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "plan",
    description = {
      "What is to come of the keys of a zone, or of all: each step of each roll with what it waits for,"
          + " what only a person can do, and what tokens sign.",
      "The signer's own planner says so, on a simulated clock, as if tokens, name servers and parents did"
          + " at once what is asked of them: each time is the earliest. Nothing is written."
    })
final class PlanCommand extends Action {
  private static final Duration MOST = Duration.ofDays(36_525);
  private static final List<String> COLUMNS =
      List.of(
          "at",
          "zone",
          "role",
          "old_tag",
          "new_tag",
          "step",
          "phase",
          "waits_for",
          "until",
          "person");

  @Parameters(arity = "0..1", paramLabel = "ZONE", description = "The zone; all, if none is said.")
  private String zone;

  @Option(
      names = "--until",
      paramLabel = "DURATION",
      description = "How far ahead; 365d of one zone and 90d of all unless said.")
  private String until;

  @Option(
      names = "--parent-takes",
      paramLabel = "DURATION",
      defaultValue = "0s",
      description = "How long it takes until a DS that is due is at the parent; 0s unless said.")
  private String parentTakes;

  @Option(
      names = "--what-if",
      paramLabel = "FIELD=VALUE",
      description =
          "As if the policy of each zone said so; start=ksk or start=zsk: as if that key were replaced"
              + " from now on. May be given more than once.")
  private List<String> whatIf = new ArrayList<>();

  @Option(
      names = "--person",
      description = "Only steps that only a person can do: hand in a DS, name a key, resume.")
  private boolean person;

  @Option(
      names = "--limit",
      paramLabel = "STEPS",
      defaultValue = "1000",
      description = "The first steps, no more than this; 1000 unless said, 0 for all.")
  private int limit;

  @Option(names = "--json", description = "As JSON.")
  private boolean json;

  @Override
  void run() {
    String usual = zone == null ? "90d" : "365d";
    Duration ahead = duration("--until", until == null ? usual : until);
    Duration takes = duration("--parent-takes", parentTakes);
    if (limit < 0) {
      throw wrongUsage("--limit: 0 or more, not " + limit);
    }
    KeyPlans.Plan plan;
    Progress progress = new Progress(err());
    try (KeyPlans plans = KeyPlans.open(config())) {
      plan =
          plans.plan(
              new KeyPlans.Asked(
                  Optional.ofNullable(zone).map(ZoneAdministration::name),
                  ahead,
                  takes,
                  whatIf.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", whatIf)),
                  person,
                  limit),
              zones -> progress.show(() -> "zones foreseen: " + zones));
      progress.clear();
    }
    Listing steps = new Listing(COLUMNS.toArray(String[]::new));
    plan.steps().forEach(step -> steps.add(COLUMNS.stream().map(step::get).toArray()));
    Listing signatures = new Listing("month", "token", "signatures");
    plan.signatures().forEach(month -> signatures.add(month.values().toArray()));
    if (json) {
      out()
          .println(
              Listing.json(
                  Map.of(
                      "steps",
                      steps.objects(),
                      "more",
                      plan.more(),
                      "signatures",
                      signatures.objects())));
      return;
    }
    steps.print(out(), false);
    out().println();
    signatures.print(out(), false);
    if (plan.more() > 0) {
      err()
          .println(
              plan.more()
                  + (plan.more() == 1 ? " step is" : " steps are")
                  + " left out; --limit 0 shows all, --person those that wait for somebody");
    }
    plan.notes().forEach(err()::println);
  }

  private Duration duration(String option, String text) {
    try {
      Duration duration = Durations.parse(text);
      if (duration.compareTo(MOST) <= 0) {
        return duration;
      }
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw wrongUsage(option + ": " + e.getMessage());
    }
    throw wrongUsage(option + ": " + MOST.toDays() + "d at the most, not '" + text + "'");
  }
}
