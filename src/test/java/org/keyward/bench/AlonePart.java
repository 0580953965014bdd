package org.keyward.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.keyward.config.SealKey;
import org.keyward.signing.Seal;
import org.keyward.token.TestToken;

/** Whether those who ask PowerDNS notice that the token has more to do than it can. */
final class AlonePart implements Part {
  private static final int ZONES = 800;
  private static final Duration SLOW = Duration.ofMillis(160);

  /** Of the six a second that such a token makes. */
  private static final double LEAST_SIGNED = 4;

  private static final Duration FAST = Duration.ofMillis(3);
  private static final int IN_SLICE = 6;
  private static final int READ_AGAIN = 6;
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
                  fronts.all().get(0).powerDns().port(),
                  keyward.pid(),
                  List.of(
                      new Busy("Keyward's server", () -> Programs.cpuSeconds(keyward.pid())),
                      new Busy("the signer", () -> Programs.cpuSeconds(signer.pid())),
                      new Busy("PostgreSQL", database::cpuSeconds)));
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

  /** A program whose processor time is watched. */
  private record Busy(String program, Clock seconds) {
    /** Tells how many seconds of processor time a program has used. */
    private interface Clock {
      double read() throws IOException;
    }
  }

  /**
   * What was found beside a token in one state, an entry for each round.
   *
   * @param p99 in milliseconds
   * @param signed signatures that the token made in a second
   * @param busy by program, processor time in a second, in milliseconds
   */
  private record Found(List<Double> p99, List<Double> signed, List<List<Double>> busy) {
    Found(int programs) {
      this(
          new ArrayList<>(),
          new ArrayList<>(),
          Stream.generate(() -> (List<Double>) new ArrayList<Double>()).limit(programs).toList());
    }
  }

  private record Measurement(
      Lab lab,
      SigningQueue queue,
      TestToken token,
      Dnsperf dnsperf,
      int port,
      long server,
      List<Busy> programs) {
    private int seconds() {
      return lab.either(5, 1);
    }

    /** Gives whether the token was saturated whenever it was to be. */
    boolean run() throws Exception {
      warmUp();
      double most = dnsperf.flatOut(port, seconds()).perSecond();
      return measure("a tenth", most / 10, lab.many(20, 3, 1))
          && measure("half", most / 2, lab.many(12, 2, 1));
    }

    /** One answer in a hundred tells of a compiler at work, too. */
    private void warmUp() throws Exception {
      lab.say("warming up, until Java has compiled what a process of days has long compiled");
      dnsperf.flatOut(port, lab.warmUp(Front.WARM_UP));
      token.delay(FAST);
      // In many small slices, since each is work for the compiler.
      int waiting = queue.signatures();
      while (waiting > lab.either(ZONES * 3, 300)) {
        queue.resume(IN_SLICE);
        waiting -= IN_SLICE;
        Thread.sleep(FAST.multipliedBy(IN_SLICE * 2).toMillis());
      }
      queue.awaitAtMost(waiting);
      token.delay(SLOW);
      queue.park();
      for (int i = 0; i < lab.either(READ_AGAIN, 0); i++) {
        queue.touchZones();
        Programs.awaitIdle(server, START.toSeconds());
      }
    }

    /** The machine changes while it is measured: so each of them comes first in turn. */
    private boolean measure(String share, double rate, int rounds) throws Exception {
      Map<State, Found> found = new EnumMap<>(State.class);
      List<State> order = new ArrayList<>(List.of(State.values()));
      order.forEach(state -> found.put(state, new Found(programs.size())));
      for (int round = 0; round < rounds; round++) {
        lab.say("round " + (round + 1) + ", at " + share + " of the highest rate");
        for (State state : order) {
          if (state == State.SATURATED) {
            queue.resume();
          } else {
            queue.park();
          }
          Thread.sleep(1_000);
          ask(rate, found.get(state));
        }
        Collections.rotate(order, 1);
      }
      report(share, rate, found);
      return Collections.min(found.get(State.SATURATED).signed()) > LEAST_SIGNED;
    }

    private void ask(double rate, Found found) throws Exception {
      long signed = token.counters().signs();
      double[] busy = read();
      found.p99().add(dnsperf.atRate(port, seconds(), rate).percentile(0.99));
      double[] after = read();
      found.signed().add((token.counters().signs() - signed) / (double) seconds());
      for (int i = 0; i < busy.length; i++) {
        found.busy().get(i).add((after[i] - busy[i]) * 1e3 / seconds());
      }
    }

    private double[] read() throws IOException {
      double[] seconds = new double[programs.size()];
      for (int i = 0; i < seconds.length; i++) {
        seconds[i] = programs.get(i).seconds().read();
      }
      return seconds;
    }

    private void report(String share, double rate, Map<State, Found> found) {
      Found idle = found.get(State.IDLE);
      Found saturated = found.get(State.SATURATED);
      Section report = lab.report();
      report.measured(share + " of the highest rate", "queries/s", rate);
      Series first = report.measured(share + ": p99, token idle", "ms", idle.p99());
      Series again =
          report.measured(
              share + ": p99, token idle, once more", "ms", found.get(State.IDLE_AGAIN).p99());
      Series busy = report.measured(share + ": p99, token saturated", "ms", saturated.p99());
      report.measured(share + ": the token makes", "signatures/s", saturated.signed());
      report.ratio(share + ": saturated / idle", busy, first, Target.atMost(1.05));
      report.ratio(share + ": idle / idle", again, first);
      for (int i = 0; i < programs.size(); i++) {
        String program = share + ": a second of " + programs.get(i).program();
        report.measured(program + ", token idle", "ms", idle.busy().get(i));
        report.measured(program + ", token saturated", "ms", saturated.busy().get(i));
      }
    }
  }
}
