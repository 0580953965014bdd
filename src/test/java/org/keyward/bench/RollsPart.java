package org.keyward.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.keyward.store.ManyRolls;

/** How long the signer's looks at many rolls take, and what they need of the heap. */
final class RollsPart implements Part {
  private static final int ROUNDS = 6;

  @Override
  public String name() {
    return "rolls";
  }

  @Override
  public String title() {
    return "a hundred thousand keys that are being replaced at once";
  }

  @Override
  public List<Requirement> needs() {
    return List.of();
  }

  @Override
  public void run(Lab lab) throws Exception {
    int zones = lab.quick() ? 500 : Math.min(100_000, lab.scale());
    lab.say("making " + Table.number(zones) + " zones with a roll each");
    try (ManyRolls rolls = new ManyRolls(zones)) {
      ticks(lab, rolls);
      rolls.end();
      rolls.lookAtLifetimes();
      List<Double> looks = new ArrayList<>();
      for (int round = 0; round < lab.rounds(ROUNDS); round++) {
        looks.add(seconds(rolls::lookAtLifetimes));
      }
      lab.report()
          .measured(
              "zones whose turn has come, both queries", "s", Target.atMost(0.3), array(looks));
    }
    lab.report().note("with " + Table.number(zones) + " rolls");
  }

  private static void ticks(Lab lab, ManyRolls rolls) {
    List<Double> seconds = new ArrayList<>();
    List<Double> heap = new ArrayList<>();
    for (int round = 0; round < lab.rounds(ROUNDS); round++) {
      lab.say("tick " + (round + 1));
      System.gc();
      pools().forEach(MemoryPoolMXBean::resetPeakUsage);
      long before = peak();
      // Each one looks at lifetimes, too.
      seconds.add(seconds(() -> rolls.tick(Duration.ofMinutes(2))));
      heap.add(Math.max(0, peak() - before) / 1024.0 / 1024);
    }
    lab.report().measured("tick", "s", Target.atMost(5), array(seconds));
    lab.report().measured("tick: growth of the heap", "MiB", Target.atMost(200), array(heap));
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static double seconds(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e9;
  }

  private static List<MemoryPoolMXBean> pools() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .toList();
  }

  private static long peak() {
    return pools().stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
  }
}
