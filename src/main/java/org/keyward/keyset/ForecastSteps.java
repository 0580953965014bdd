package org.keyward.keyset;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.keyward.keyset.Forecast.Kind;
import org.keyward.keyset.Forecast.Step;

/** Writes down what happens in a simulated zone. */
final class ForecastSteps {
  private final List<Step> steps = new ArrayList<>();

  void stands(Roll roll, Instant now) {
    add(Kind.STANDS, roll, Optional.of(roll.phase()), now);
  }

  void begins(Roll roll, Instant now) {
    add(Kind.BEGINS, roll, Optional.of(roll.phase()), now);
  }

  void wentOn(RollEvent event, KeySet after, Instant now) {
    Optional<Roll> roll = after.roll(event.roll().role());
    add(roll.isPresent() ? Kind.GOES_ON : Kind.ENDS, roll.orElse(event.roll()), event.to(), now);
  }

  void needsKey(int ksk, Instant now) {
    steps.add(
        new Step(
            now,
            Kind.NEEDS_KEY,
            KeyRole.KSK,
            ksk,
            Optional.empty(),
            Optional.empty(),
            List.of(WaitsFor.PERSON),
            Optional.empty(),
            true));
  }

  boolean needsKey() {
    return steps.stream().anyMatch(step -> step.kind() == Kind.NEEDS_KEY);
  }

  private void add(Kind kind, Roll roll, Optional<RollPhase> phase, Instant now) {
    last(roll.role())
        .ifPresent(
            at -> {
              Step former = steps.get(at);
              steps.set(at, changed(former, former.waits(), Optional.of(now)));
            });
    steps.add(
        new Step(
            now,
            kind,
            roll.role(),
            roll.oldKey(),
            Optional.of(roll.newKey()),
            phase,
            List.of(),
            Optional.empty(),
            phase.filter(RollPhase.SUBMITTED::equals).isPresent()));
  }

  /** A roll waits in the phase that it is in. */
  void waits(Waiting waiting) {
    int at = last(waiting.roll().role()).orElseThrow();
    Step step = steps.get(at);
    if (!step.waits().contains(waiting.what())) {
      List<WaitsFor> waits = new ArrayList<>(step.waits());
      waits.add(waiting.what());
      steps.set(at, changed(step, waits, step.until()));
    }
  }

  private static Step changed(Step step, List<WaitsFor> waits, Optional<Instant> until) {
    return new Step(
        step.at(),
        step.kind(),
        step.role(),
        step.oldKey(),
        step.newKey(),
        step.phase(),
        waits,
        until,
        step.person() || waits.contains(WaitsFor.PERSON));
  }

  /** The step of a roll that is under way. */
  private Optional<Integer> last(KeyRole role) {
    for (int at = steps.size() - 1; at >= 0; at--) {
      if (steps.get(at).role() == role) {
        return steps.get(at).phase().isEmpty() ? Optional.empty() : Optional.of(at);
      }
    }
    return Optional.empty();
  }

  List<Step> list() {
    return List.copyOf(steps);
  }
}
