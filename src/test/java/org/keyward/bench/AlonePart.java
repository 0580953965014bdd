package org.keyward.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.keyward.config.SealKey;
import org.keyward.signing.Seal;
import org.keyward.token.TestToken;

/** Whether those who ask PowerDNS notice that the token has more to do than it can. */
final class AlonePart implements Part {
  private static final int ROUNDS = 6;
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
    int zones = lab.either(300, 20);
    TestToken token = TestToken.in(Files.createDirectory(lab.folder().resolve("t")));
    token.makeKey("EC:prime256v1", SigningQueue.KEY);
    token.delay(Duration.ofMillis(160));
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
          measure(
              lab,
              queue,
              token,
              new Dnsperf(questions, false),
              fronts.all().get(0).powerDns().port());
          if (queue.waiting() == 0 || queue.waiting() == queue.signatures()) {
            throw new IllegalStateException(
                "the token was not saturated all the time:\n" + signer.log());
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

  private static void measure(
      Lab lab, SigningQueue queue, TestToken token, Dnsperf dnsperf, int port) throws Exception {
    int seconds = lab.either(8, 1);
    // One answer in a hundred tells of a compiler at work, too.
    dnsperf.flatOut(port, lab.either(Front.WARM_UP, 1));
    double most = dnsperf.flatOut(port, seconds).perSecond();
    lab.say("the signer's first signatures, which do not count");
    queue.resume();
    dnsperf.atRate(port, lab.warmUp(Front.WARM_UP / 2), most / 2);
    List<Double> idle = new ArrayList<>();
    List<Double> saturated = new ArrayList<>();
    List<Double> signed = new ArrayList<>();
    for (int round = 0; round < lab.rounds(ROUNDS); round++) {
      lab.say("round " + (round + 1) + ": the token idle and saturated");
      // The machine changes while it is measured: so each of them comes first in turn.
      for (boolean busy : round % 2 == 0 ? List.of(false, true) : List.of(true, false)) {
        if (busy) {
          queue.resume();
        } else {
          queue.park();
        }
        TimeUnit.SECONDS.sleep(lab.either(2, 1));
        long before = token.counters().signs();
        (busy ? saturated : idle).add(dnsperf.atRate(port, seconds, most / 2).percentile(0.99));
        if (busy) {
          signed.add((token.counters().signs() - before) / (double) seconds);
        }
      }
    }
    Series quiet = lab.report().measured("p99, token idle", "ms", idle);
    Series busy = lab.report().measured("p99, token saturated", "ms", saturated);
    lab.report().ratio("saturated / idle", busy, quiet, Target.atMost(1.05));
    lab.report().measured("at a rate of", "queries/s", most / 2);
    lab.report().measured("the saturated token makes", "signatures/s", signed);
  }
}
