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
      defaultValue = "365d",
      description = "How far ahead; 365d unless said.")
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
      description = "As if the policy of each zone said so; may be given more than once.")
  private List<String> whatIf = new ArrayList<>();

  @Option(names = "--json", description = "As JSON.")
  private boolean json;

  @Override
  void run() {
    Duration ahead = duration("--until", until);
    Duration takes = duration("--parent-takes", parentTakes);
    KeyPlans.Plan plan;
    try (KeyPlans plans = KeyPlans.open(config())) {
      plan =
          plans.plan(
              Optional.ofNullable(zone).map(ZoneAdministration::name),
              ahead,
              takes,
              whatIf.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", whatIf)));
    }
    Listing steps = new Listing(COLUMNS.toArray(String[]::new));
    plan.steps().forEach(step -> steps.add(COLUMNS.stream().map(step::get).toArray()));
    Listing signatures = new Listing("month", "token", "signatures");
    plan.signatures().forEach(month -> signatures.add(month.values().toArray()));
    if (json) {
      out()
          .println(
              Listing.json(Map.of("steps", steps.objects(), "signatures", signatures.objects())));
      return;
    }
    steps.print(out(), false);
    out().println();
    signatures.print(out(), false);
    if (plan.left() > 0) {
      err()
          .println(
              plan.left()
                  + (plan.left() == 1 ? " zone is" : " zones are")
                  + " left out: keys are replaced in zones that are signed in mode presigned");
    }
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
