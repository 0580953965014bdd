package org.keyward.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.keyward.config.SealKey;
import org.keyward.signing.Seal;
import org.keyward.token.TestToken;

/** Whether those who ask PowerDNS notice that the token has more to do than it can. */
final class AlonePart implements Part {
  private static final int ROUNDS = 12;
  private static final int ZONES = 600;
  private static final Duration SLOW = Duration.ofMillis(160);

  /** Of the six a second that such a token makes. */
  private static final double LEAST_SIGNED = 4;

  private static final Duration FAST = Duration.ofMillis(3);
  private static final int ASKED = 200;
  private static final Duration START = Duration.ofMinutes(1);

  @Override
  public String name() {
    return "alone";
  }

  @Override
  public String title() {
    return "queries while a slow token is saturated, beside an idle one";
  }

  @Override
  public List<Requirement> needs() {
    return List.of(
        Requirement.DNSPERF,
        Requirement.POWERDNS,
        Requirement.REMOTE,
        Requirement.SOFTHSM,
        Requirement.TOOLS,
        Requirement.GCC,
        Requirement.JAR);
  }

  @Override
  public void run(Lab lab) throws Exception {
    int zones = lab.either(ZONES, 60);
    TestToken token = TestToken.in(Files.createDirectory(lab.folder().resolve("t")));
    token.makeKey("EC:prime256v1", SigningQueue.KEY);
    Path server = Files.createDirectory(lab.folder().resolve("k"));
    Seal seal = new Seal(SealKey.readOrCreate(KeywardServer.sealKey(server)));
    Path questions = questions(lab.folder());
    try (BenchDatabase database = BenchDatabase.start(lab.folder().resolve("d"))) {
      database.create("alone");
      lab.say("queueing " + zones + " zones");
      try (SigningQueue queue =
          new SigningQueue(
              database.pool("alone"), seal, token.settings(SigningQueue.TOKEN), zones)) {
        addZonesToAskFor(queue);
        queue.park();
        try (KeywardServer keyward = KeywardServer.start(server, database, "alone", "", START);
            Fronts fronts = new Fronts(lab.folder());
            KeywardSigner signer = KeywardSigner.start(keyward, token)) {
          fronts.keyward("keyward", keyward, "unix", Front.CACHES_OFF);
          Measurement measurement =
              new Measurement(
                  lab,
                  queue,
                  token,
                  new Dnsperf(questions, false),
                  fronts.all().get(0).powerDns().port());
          if (!measurement.run()) {
            throw new IllegalStateException(
                "the token was not saturated all the time; the signer says:\n" + signer.log());
          }
        }
      }
    }
  }

  /**
   * Zones beside those that wait for the token: one that turns signed costs PowerDNS more to answer
   * from then on, whatever the token does.
   */
  private static void addZonesToAskFor(SigningQueue queue) {
    queue
        .jdbi()
        .useTransaction(
            handle -> {
              handle.execute(
                  "INSERT INTO domains (name, type)"
                      + " SELECT 'asked' || i || '.example', 'NATIVE' FROM generate_series(1, ?) i",
                  ASKED);
              handle.execute(
                  """
                  INSERT INTO records (domain_id, name, type, content, ttl)
                  SELECT id, name, kind, content, 3600
                  FROM domains, (VALUES ('SOA', 'ns.example hostmaster.example 1 7200 3600 1209600 300'),
                    ('NS', 'ns.example')) AS r (kind, content)
                  WHERE name LIKE 'asked%'
                  """);
            });
  }

  private static Path questions(Path folder) throws Exception {
    List<String> lines =
        IntStream.rangeClosed(1, ASKED)
            .boxed()
            .flatMap(
                i -> List.of("asked" + i + ".example. NS", "no.asked" + i + ".example. A").stream())
            .toList();
    return Files.write(folder.resolve("questions"), lines);
  }

  private enum State {
    IDLE,
    SATURATED,
    IDLE_AGAIN
  }

  private record Measurement(
      Lab lab, SigningQueue queue, TestToken token, Dnsperf dnsperf, int port) {
    private int seconds() {
      return lab.either(5, 1);
    }

    /** Gives whether the token was saturated whenever it was to be. */
    boolean run() throws Exception {
      // One answer in a hundred tells of a compiler at work, too.
      dnsperf.flatOut(port, lab.either(Front.WARM_UP, 1));
      lab.say(
          "a fast token first, until Java has compiled what a signer of days has long compiled");
      token.delay(FAST);
      queue.resume();
      queue.awaitAtMost(lab.either(ZONES * 3, 300));
      token.delay(SLOW);
      queue.park();
      double most = dnsperf.flatOut(port, seconds()).perSecond();
      return measure("a tenth", most / 10, lab.rounds(ROUNDS))
          && measure("half", most / 2, lab.rounds(ROUNDS / 2));
    }

    /** The machine changes while it is measured: so each of them comes first in turn. */
    private boolean measure(String share, double rate, int rounds) throws Exception {
      Map<State, List<Double>> p99 = new EnumMap<>(State.class);
      List<Double> signed = new ArrayList<>();
      List<State> order = new ArrayList<>(List.of(State.values()));
      for (int round = 0; round < rounds; round++) {
        lab.say("round " + (round + 1) + ", at " + share + " of the highest rate");
        for (State state : order) {
          if (state == State.SATURATED) {
            queue.resume();
          } else {
            queue.park();
          }
          Thread.sleep(1_000);
          long before = token.counters().signs();
          p99.computeIfAbsent(state, first -> new ArrayList<>())
              .add(dnsperf.atRate(port, seconds(), rate).percentile(0.99));
          if (state == State.SATURATED) {
            signed.add((token.counters().signs() - before) / (double) seconds());
          }
        }
        Collections.rotate(order, 1);
      }
      report(share, rate, p99, signed);
      return Collections.min(signed) > LEAST_SIGNED;
    }

    private void report(
        String share, double rate, Map<State, List<Double>> p99, List<Double> signed) {
      Section report = lab.report();
      report.measured(share + " of the highest rate", "queries/s", rate);
      Series idle = report.measured(share + ": p99, token idle", "ms", p99.get(State.IDLE));
      Series again =
          report.measured(share + ": p99, token idle, once more", "ms", p99.get(State.IDLE_AGAIN));
      Series saturated =
          report.measured(share + ": p99, token saturated", "ms", p99.get(State.SATURATED));
      report.measured(share + ": the token makes", "signatures/s", signed);
      report.ratio(share + ": saturated / idle", saturated, idle, Target.atMost(1.05));
      report.ratio(share + ": idle / idle", again, idle);
    }
  }
}
