package org.keyward.bench;

import java.util.List;
import java.util.Locale;
import org.keyward.dnssec.SigningBenchmark;
import org.keyward.zone.ZoneBenchmark;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** JMH on the hot paths: how often a second on one thread, and what each allocates. */
final class MicroPart implements Part {
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  @Override
  public String name() {
    return "micro";
  }

  @Override
  public String title() {
    return "JMH on the hot paths, with what they allocate";
  }

  @Override
  public List<Requirement> needs() {
    return List.of();
  }

  @Override
  public void run(Lab lab) throws Exception {
    lab.say("some ten seconds for each of them");
    Options options =
        new OptionsBuilder()
            .include(ZoneBenchmark.class.getName())
            .include(SigningBenchmark.class.getName())
            .include("org\\.keyward\\.remote\\.RequestBenchmark")
            .addProfiler(GCProfiler.class)
            .warmupIterations(lab.rounds(3))
            .warmupTime(TimeValue.milliseconds(lab.either(1_000, 20)))
            .measurementIterations(lab.rounds(5))
            .measurementTime(TimeValue.milliseconds(lab.many(1_000, 500, 20)))
            .forks(lab.either(1, 0))
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true)
            .build();
    for (RunResult result : new Runner(options).run()) {
      report(lab.report(), result);
    }
  }

  private static void report(Section report, RunResult result) {
    String name = result.getParams().getBenchmark().replaceAll(".*\\.(\\w+)$", "$1");
    report.measured(
        name,
        "calls/s",
        result.getAggregatedResult().getIterationResults().stream()
            .map(iteration -> iteration.getPrimaryResult().getScore())
            .toList());
    for (String profiled : result.getSecondaryResults().keySet()) {
      if (profiled.toLowerCase(Locale.ROOT).endsWith(ALLOCATED)) {
        double bytes = result.getSecondaryResults().get(profiled).getScore();
        report.measured(name + " allocates", "bytes", bytes);
      }
    }
  }
}
