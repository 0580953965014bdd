package org.keyward.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Several fronts asked the same questions, turn by turn (A B C A B C …), so that what disturbs the
 * machine disturbs all.
 */
final class Contest {
  private final Lab lab;
  private final List<Front> fronts;
  private final Dnsperf dnsperf;
  private final int rounds;
  private final int seconds;

  Contest(Lab lab, List<Front> fronts, Dnsperf dnsperf) {
    this.lab = lab;
    this.fronts = List.copyOf(fronts);
    this.dnsperf = dnsperf;
    this.rounds = lab.either(lab.rounds(5), 2);
    this.seconds = lab.many(3, 2, 1);
  }

  /** One run of each that does not count. */
  Contest warmUp() throws IOException, InterruptedException {
    for (Front front : fronts) {
      dnsperf.flatOut(front.port(), lab.warmUp(front.warmUp()));
    }
    return this;
  }

  /**
   * Queries per second of each, by the front's name. Reports the CPU of both programs, too: it
   * tells which of them is the limit, and other work on the machine changes it little.
   */
  Map<String, Series> flatOut() throws IOException, InterruptedException {
    Rounds measured = new Rounds();
    Rounds cpu = new Rounds();
    for (int round = 1; round <= rounds; round++) {
      for (Front front : fronts) {
        double powerDns = front.cpuSeconds();
        double backend = front.backend().seconds();
        Dnsperf.Result result = dnsperf.flatOut(front.port(), seconds);
        checked(front, result);
        measured.add(front.name(), result.perSecond());
        double each = 1e6 / result.answered();
        cpu.add("CPU of PowerDNS: " + front.name(), (front.cpuSeconds() - powerDns) * each);
        cpu.add(
            "CPU of the backend: " + front.name(), (front.backend().seconds() - backend) * each);
      }
      lab.say("round " + round + " of " + rounds + ": " + measured);
    }
    Map<String, Series> found = measured.report(lab.report(), "queries/s");
    cpu.report(lab.report(), "us/query");
    return found;
  }

  /**
   * The times that answers take at a steady rate, of which half and 99 % of the answers stay below;
   * gives the latter, by the front's name.
   */
  Map<String, Series> atRate(double perSecond) throws IOException, InterruptedException {
    Rounds p99 = new Rounds();
    Rounds p50 = new Rounds();
    for (int round = 1; round <= rounds; round++) {
      for (Front front : fronts) {
        Dnsperf.Result result = dnsperf.atRate(front.port(), seconds, perSecond);
        checked(front, result);
        p50.add("p50 at half rate: " + front.name(), result.percentile(0.5));
        p99.add("p99 at half rate: " + front.name(), result.percentile(0.99));
      }
    }
    p50.report(lab.report(), "ms");
    return p99.report(lab.report(), "ms");
  }

  private void checked(Front front, Dnsperf.Result result) {
    if (result.lost() > result.sent() / 1_000) {
      lab.report()
          .note(front.name() + ": " + result.lost() + " of " + result.sent() + " went unanswered");
    }
    if (result.answered() > 1_000 && (result.nxdomain() < 5 || result.nxdomain() > 15)) {
      throw new IllegalStateException(
          front.name() + " says NXDOMAIN to " + result.nxdomain() + " % instead of 10");
    }
  }

  /** Values by name, in order. */
  private static final class Rounds {
    private final Map<String, ArrayList<Double>> values = new LinkedHashMap<>();

    void add(String name, double value) {
      values.computeIfAbsent(name, unknown -> new ArrayList<>()).add(value);
    }

    Map<String, Series> report(Section section, String unit) {
      Map<String, Series> all = new LinkedHashMap<>();
      values.forEach((name, each) -> all.put(name, section.measured(name, unit, each)));
      return all;
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder();
      values.forEach(
          (name, each) ->
              text.append(text.isEmpty() ? "" : ", ")
                  .append(name)
                  .append(' ')
                  .append(Table.number(each.get(each.size() - 1))));
      return text.toString();
    }
  }
}
