package org.keyward.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;

/** PowerDNS in front of Keyward and of gpgsql, on the same rows, with its caches off or on. */
final class QueriesPart implements Part {
  static final Duration START = Duration.ofMinutes(10);

  private static final int RECORDS = BenchZones.RECORDS_MOST;

  private final boolean cached;

  /**
   * @param cached with PowerDNS's default caches, instead of none
   */
  QueriesPart(boolean cached) {
    this.cached = cached;
  }

  @Override
  public String name() {
    return cached ? "cached" : "queries";
  }

  @Override
  public String title() {
    return "queries with PowerDNS's caches " + (cached ? "as they are by default" : "off");
  }

  @Override
  public List<Requirement> needs() {
    return List.of(
        Requirement.DNSPERF,
        Requirement.POWERDNS,
        Requirement.REMOTE,
        Requirement.GPGSQL,
        Requirement.JAR);
  }

  @Override
  public void run(Lab lab) throws Exception {
    int zones = lab.many(10_000, 2_000, 200);
    // Few enough without caches that every live signature is made once and kept, many enough with
    // them that not every answer comes from the cache.
    List<String> questions =
        BenchZones.questions(zones, RECORDS, lab.either(cached ? 200_000 : 20_000, 2_000));
    Path file = BenchZones.write(lab.folder().resolve("questions"), questions);
    try (BenchDatabase database =
        BenchDatabase.start(Files.createDirectory(lab.folder().resolve("pg")))) {
      lab.say("filling the database");
      database.create("plain");
      BenchZones.fill(database, "plain", zones, RECORDS);
      unsigned(lab, database, questions, file);
      if (!cached || lab.effort() != Effort.SHORT) {
        new SignedQueries(lab, database, questions, file, caches(), cached).measure();
      }
    }
  }

  private List<String> caches() {
    return cached ? Front.CACHES_DEFAULT : Front.CACHES_OFF;
  }

  private void unsigned(Lab lab, BenchDatabase database, List<String> questions, Path file)
      throws IOException, InterruptedException, TimeoutException {
    lab.say("unsigned");
    try (KeywardServer keyward =
            KeywardServer.start(lab.folder().resolve("k1"), database, "plain", "", START);
        Fronts fronts = new Fronts(lab.folder())) {
      int few = Front.threads(keyward.powerDnsConfig("4.7", "unix"));
      int many = Front.threads(keyward.powerDnsConfig("4.7", "http"));
      fronts.keyward("keyward, unix socket", keyward, "unix", caches());
      fronts.gpgsql("gpgsql, " + few + " threads", database, "plain", true, few, caches());
      if (cached) {
        fronts.keyward("keyward, caches as recommended", keyward, "unix", List.of());
      } else {
        fronts.keyward("keyward, HTTP", keyward, "http", caches());
        fronts.gpgsql("gpgsql, " + many + " threads", database, "plain", true, many, caches());
        if (lab.effort() != Effort.SHORT) {
          fronts.gpgsql("gpgsql without DNSSEC", database, "plain", false, few, caches());
        }
      }
      SameAnswers.check(fronts.all(), questions, false);
      Contest contest = new Contest(lab, fronts.all(), new Dnsperf(file, false));
      Map<String, Series> found = contest.warmUp().flatOut();
      Section report = lab.report();
      Series ours = found.get("keyward, unix socket");
      Series theirs = found.get("gpgsql, " + few + " threads");
      report.ratio(
          "keyward, unix socket / gpgsql", ours, theirs, Target.atLeast(cached ? 1.0 : 1.5));
      if (cached) {
        report.ratio(
            "keyward, as recommended / gpgsql",
            found.get("keyward, caches as recommended"),
            theirs);
        return;
      }
      report.ratio(
          "keyward, HTTP / gpgsql, as many threads",
          found.get("keyward, HTTP"),
          found.get("gpgsql, " + many + " threads"),
          Target.atLeast(0.8));
      if (lab.effort() != Effort.SHORT) {
        report.ratio(
            "keyward, unix socket / gpgsql without DNSSEC",
            ours,
            found.get("gpgsql without DNSSEC"));
      }
      latency(lab, fronts.all().subList(0, 3), theirs.median() / 2, file);
    }
  }

  private static void latency(Lab lab, List<Front> fronts, double rate, Path file)
      throws IOException, InterruptedException {
    lab.say("at " + Table.number(rate) + " queries/s, half of what gpgsql can");
    Map<String, Series> p99 = new Contest(lab, fronts, new Dnsperf(file, false)).atRate(rate);
    Series theirs = p99.get("p99 at half rate: " + fronts.get(1).name());
    lab.report()
        .ratio(
            "p99 at half of gpgsql's maximum: unix socket / gpgsql",
            p99.get("p99 at half rate: " + fronts.get(0).name()),
            theirs,
            Target.atMost(1.0));
    lab.report()
        .ratio(
            "p99 at half of gpgsql's maximum: HTTP / gpgsql",
            p99.get("p99 at half rate: " + fronts.get(2).name()),
            theirs);
  }
}
