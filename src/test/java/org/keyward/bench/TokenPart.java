package org.keyward.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.keyward.config.Secret;
import org.keyward.config.TokenSettings;
import org.keyward.signing.RunwaySimulation;
import org.keyward.signing.Seal;
import org.keyward.signing.SignerLoop;
import org.keyward.token.RawToken;
import org.keyward.token.SoftHsm;
import org.keyward.token.TestToken;

/** What reaches the token of what it could do, and what that means for a million zones. */
final class TokenPart implements Part {
  private static final int ROUNDS = 3;

  /** Until Java has compiled what a signer that runs for days has long compiled. */
  private static final int WARM_UPS = 3;

  /** Between a token of hardware and SoftHSM, which signs in a tenth of that. */
  private static final String MODERATE = "a token of a millisecond";

  private static final String KEY_TYPE = "EC:prime256v1";
  private static final double SLOW_PER_SECOND = 6;
  private static final Duration OUTAGE_FROM = Duration.ofDays(25);

  @Override
  public String name() {
    return "token";
  }

  @Override
  public String title() {
    return "the rate of a fast and of a slow token, and a simulated million zones";
  }

  @Override
  public List<Requirement> needs() {
    return List.of(Requirement.SOFTHSM, Requirement.TOOLS, Requirement.GCC);
  }

  @Override
  public void run(Lab lab) throws Exception {
    batches(lab);
    slow(lab);
    simulate(lab);
  }

  private static void batches(Lab lab) throws Exception {
    TokenSettings softHsm = SoftHsm.token(SigningQueue.TOKEN, SoftHsm.PIN);
    SoftHsm.makeKey(softHsm, KEY_TYPE, SigningQueue.KEY);
    TestToken moderate = TestToken.in(Files.createDirectory(lab.folder().resolve("moderate")));
    moderate.makeKey(KEY_TYPE, SigningQueue.KEY);
    moderate.delay(Duration.ofMillis(1));
    try (BenchDatabase database = BenchDatabase.start(lab.folder().resolve("d"))) {
      database.create("empty");
      int zones = lab.either(2_000, 20);
      for (int i = 0; i < lab.either(lab.rounds(WARM_UPS), 0); i++) {
        lab.say("warming up");
        batch(database, softHsm, lab.many(2_000, 1_000, 20));
      }
      batches(lab, database, "SoftHSM", softHsm, zones, lab.rounds(ROUNDS));
      batches(
          lab,
          database,
          MODERATE,
          moderate.settings(SigningQueue.TOKEN),
          lab.many(2_000, 1_000, 20),
          lab.rounds(2));
    }
  }

  private static void batches(
      Lab lab, BenchDatabase database, String name, TokenSettings token, int zones, int rounds)
      throws Exception {
    List<Double> raw = new ArrayList<>();
    List<Batch> batches = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      lab.say(name + ", round " + (round + 1) + ": a bare loop, then " + zones + " zones");
      try (RawToken loop = RawToken.open(token, SigningQueue.KEY)) {
        raw.add(loop.rate(zones * 3));
      }
      batches.add(batch(database, token, zones));
    }
    Section report = lab.report();
    Series bare = report.measured(name + ", bare loop", "signatures/s", raw);
    Series keyward =
        report.measured(
            name + ", " + zones + " new zones", "signatures/s", each(batches, Batch::rate));
    report.ratio(name + ", batch / bare loop", keyward, bare, Target.atLeast(0.95));
    report.measured(name + ", Keyward's processor time", "µs", each(batches, Batch::keyward));
    report.measured(name + ", PostgreSQL's", "µs", each(batches, Batch::postgres));
  }

  /**
   * What a batch took.
   *
   * @param rate signatures a second
   * @param keyward processor time of this process for a signature, in microseconds
   * @param postgres the same of the database
   */
  private record Batch(double rate, double keyward, double postgres) {}

  private static List<Double> each(List<Batch> batches, Function<Batch, Double> figure) {
    return batches.stream().map(figure).toList();
  }

  private static Batch batch(BenchDatabase database, TokenSettings token, int zones)
      throws Exception {
    database.copy("empty", "batch");
    Batch batch;
    try (SigningQueue queue =
        new SigningQueue(database.pool("batch"), new Seal(Secret.of(new byte[32])), token, zones)) {
      double keyward = Programs.cpuSeconds(ProcessHandle.current().pid());
      double postgres = database.cpuSeconds();
      double rate = queue.sign();
      batch =
          new Batch(
              rate,
              micros(Programs.cpuSeconds(ProcessHandle.current().pid()) - keyward, queue),
              micros(database.cpuSeconds() - postgres, queue));
      checkOnce(queue, zones);
    }
    database.drop("batch");
    return batch;
  }

  private static double micros(double seconds, SigningQueue queue) {
    return seconds * 1e6 / queue.signatures();
  }

  /**
   * A zone that comes to its next step while it waits has one signature more, or one less: that of
   * a step that is over is not made any more.
   */
  private static void checkOnce(SigningQueue queue, int zones) {
    String found =
        queue
            .jdbi()
            .withHandle(
                handle ->
                    handle
                        .createQuery(
                            """
                            SELECT concat_ws(' ',
                              CASE WHEN l.count <> s.count
                                THEN l.count || ' of ' || s.count || ' are in the log' END,
                              CASE WHEN z.count <> :zones THEN z.count || ' zones are signed' END)
                            FROM (SELECT count(*) FROM keyward.signed_set) s,
                              (SELECT count(*) FROM keyward.audit
                                WHERE action = 'KSK_SIGNATURE') l,
                              (SELECT count(*) FROM keyward.assignment
                                WHERE state = 'signed') z
                            """)
                        .bind("zones", zones)
                        .mapTo(String.class)
                        .one());
    if (!found.isEmpty()) {
      throw new IllegalStateException(
          "not every signature was made once for " + zones + " zones: " + found);
    }
  }

  /** The first third is not measured: a forecast needs to have seen the token sign. */
  private static void slow(Lab lab) throws Exception {
    Path folder = Files.createDirectory(lab.folder().resolve("token"));
    TestToken token = TestToken.in(folder);
    token.makeKey(KEY_TYPE, SigningQueue.KEY);
    long each = Math.round(1000 / lab.either(SLOW_PER_SECOND, 50.0));
    token.delay(Duration.ofMillis(each));
    int zones = lab.many(60, 20, 6);
    lab.say(zones + " zones on a token that takes " + each + " ms for a signature");
    try (SigningQueue queue = new SigningQueue(token.settings(SigningQueue.TOKEN), zones);
        SignerLoop loop = queue.loop()) {
      loop.start();
      await(token, queue.signatures() / 3);
      long from = token.counters().signs();
      long start = System.nanoTime();
      double forecast = forecast(queue);
      await(token, queue.signatures());
      double took = (System.nanoTime() - start) / 1e9;
      // The last use is written down a moment after it is counted.
      List<TestToken.Use> uses = token.uses();
      lab.report()
          .measured(
              "slow token, busy share",
              "ratio",
              Target.atLeast(0.95),
              TestToken.busyShare(uses.subList((int) from, uses.size())));
      lab.report().measured("slow token, forecast / truth", "ratio", forecast / took);
      lab.report()
          .measured("slow token, overlapping uses", "uses", Target.atMost(0), overlaps(token));
    }
  }

  private static double overlaps(TestToken token) {
    return token.counters().overlaps();
  }

  private static void await(TestToken token, long signs) throws InterruptedException {
    while (token.counters().signs() < signs) {
      Thread.sleep(2);
    }
  }

  private static double forecast(SigningQueue queue) throws IOException {
    return queue
        .jdbi()
        .withHandle(
            handle ->
                handle
                    .createQuery(
                        "SELECT extract(epoch FROM seen_at + empty_in - clock_timestamp())"
                            + " FROM keyward.token_forecast")
                    .mapTo(Double.class)
                    .one());
  }

  private static void simulate(Lab lab) {
    RunwaySimulation.Settings million = RunwaySimulation.Settings.million(OUTAGE_FROM);
    lab.say("sixty days of a million zones, with the token away for ten");
    int zones = lab.many(1_000_000, 100_000, 2_000);
    RunwaySimulation.Result result = RunwaySimulation.run(million.scaledTo(zones));
    if (zones < 1_000_000) {
      lab.report()
          .note("simulated with " + Table.number(zones) + " zones on a token slower by as much");
    }
    Section report = lab.report();
    report.measured(
        "simulated zones without a signature",
        "zones",
        Target.atMost(0),
        (double) result.withoutSignature());
    report.measured(
        "simulated zones not signed", "zones", Target.atMost(0), (double) result.unsigned());
    report.measured("longest wait for a signature", "days", days(result.longestWait()));
    report.measured("nearest to an end that a signature came", "days", days(result.leastMargin()));
    report.measured("until all new zones were signed", "days", days(result.allSigned()));
    report.measured("until the queue was empty after the outage", "days", days(result.caughtUp()));
    report.measured("longest queue", "signatures", result.longestQueue());
    report.measured("signatures made", "signatures", (double) result.signatures());
  }

  private static double days(Duration duration) {
    return duration.toSeconds() / 86_400.0;
  }
}
