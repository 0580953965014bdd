package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.store.Database;
import org.keyward.store.TestDatabase;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;
import org.xbill.DNS.dnssec.ValidatingResolver;

/**
 * Twenty sessions change a zone as fast as they can while PowerDNS is stopped for up to half a
 * second now and then: a validator that asks once finds every answer secure.
 */
@Tag("once")
@Tag("alone")
class TornAnswersTest {
  private static final String ZONE = "moving.example.";
  private static final String RECORDS =
      "@ 60 IN SOA ns h 1 3600 600 604800 60\n@ 60 IN NS ns.example.net.\nwww 60 IN A 192.0.2.1\n*.wild 60 IN A 192.0.2.2\n";
  private static final int[] AT_APEX = {Type.TXT, Type.SOA, Type.SOA};
  private static final int SESSIONS = 20;
  private static final int CLIENTS = 4;
  private static final Duration FOR =
      Boolean.getBoolean("keyward.test.thorough") ? Duration.ofMinutes(5) : Duration.ofSeconds(5);

  @TempDir Path folder;
  private final AtomicInteger changes = new AtomicInteger();
  private final AtomicInteger answers = new AtomicInteger();
  private final AtomicInteger unanswered = new AtomicInteger();
  private final AtomicInteger pauses = new AtomicInteger();
  private final Queue<String> bogus = new ConcurrentLinkedQueue<>();
  private volatile boolean over;

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  @ParameterizedTest
  @CsvSource({"UNIX,,no", "POST_JSON,1 0 0 -,no", "UNIX,1 0 0 -,yes", "POST_JSON,,yes"})
  void noAnswerIsOfTwoMoments(Form form, String nsec3param, String consistentBackends)
      throws Exception {
    try (ServedDatabase served = new ServedDatabase(folder, TransactionLimits.DEFAULT)) {
      served.load(ZONE, RECORDS);
      if (nsec3param != null) {
        served.metadata("moving.example", "NSEC3PARAM", nsec3param);
      }
      served.sign(ZONE);
      try (PowerDns powerDns =
          PowerDns.start(
              folder,
              List.of(
                  "launch=remote",
                  "remote-dnssec=yes",
                  form.connection(served.servers.socket(), served.servers.url()),
                  "consistent-backends=" + consistentBackends,
                  "cache-ttl=0",
                  "query-cache-ttl=0",
                  "negquery-cache-ttl=0"))) {
        run(served, powerDns);
      }
    }
    System.out.printf(
        "%s %s: %d changes, %d pauses, %d answers, %d unanswered, %d bogus%n",
        form,
        nsec3param,
        changes.get(),
        pauses.get(),
        answers.get(),
        unanswered.get(),
        bogus.size());
    assertThat(changes.get()).isGreaterThan(SESSIONS);
    assertThat(pauses.get()).isPositive();
    assertThat(answers.get()).isGreaterThan(100);
    assertThat(bogus).isEmpty();
  }

  /** Goes on for the time, and until enough was seen. */
  private void run(ServedDatabase served, PowerDns powerDns) throws Exception {
    byte[] anchor = anchor(powerDns);
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<Future<?>> work = new ArrayList<>();
      for (int i = 0; i < SESSIONS; i++) {
        int session = i;
        work.add(threads.submit(forever(() -> change(served, session))));
      }
      for (int i = 0; i < CLIENTS; i++) {
        int client = i;
        work.add(threads.submit(forever(() -> ask(powerDns, anchor, client))));
      }
      work.add(threads.submit(forever(() -> pause(powerDns))));
      Instant end = Instant.now().plus(FOR);
      while (Instant.now().isBefore(end) || answers.get() < 500 || pauses.get() < 3) {
        assertThat(work).as("all go on").noneMatch(Future::isDone);
        Thread.sleep(100);
      }
      over = true;
      for (Future<?> each : work) {
        each.get();
      }
    } finally {
      over = true;
      threads.shutdown();
      signal(powerDns, "CONT");
    }
  }

  private interface Step {
    void run() throws Exception;
  }

  private static Callable<Void> forever(Step step) {
    return () -> {
      step.run();
      return null;
    };
  }

  private static byte[] anchor(PowerDns powerDns) {
    String key =
        powerDns.digShort(ZONE, "DNSKEY").stream()
            .filter(line -> line.startsWith("257 "))
            .findFirst()
            .orElseThrow();
    return (ZONE + " 3600 IN DNSKEY " + key + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  /** Each transaction moves the serial; some add a name before or between others, or remove it. */
  private void change(ServedDatabase served, int session) {
    Random random = new Random(session);
    try (Database database = TestDatabase.again(served.database);
        Handle handle = TestDatabase.jdbi(database).open()) {
      while (!over) {
        String owner = "n" + random.nextInt(40) + ".moving.example";
        switch (random.nextInt(3)) {
          case 0 -> handle.execute("SELECT keyward.bump_serial(id) FROM domains");
          case 1 ->
              handle.execute(
                  "INSERT INTO records (domain_id, name, type, content, ttl)"
                      + " SELECT id, ?, 'A', '192.0.2.7', 60 FROM domains d"
                      + " WHERE NOT EXISTS (SELECT FROM records r WHERE r.name = ?)",
                  owner,
                  owner);
          default -> handle.execute("DELETE FROM records WHERE name = ?", owner);
        }
        changes.incrementAndGet();
      }
    }
  }

  private void ask(PowerDns powerDns, byte[] anchor, int client) throws IOException {
    SimpleResolver server = new SimpleResolver("127.0.0.1");
    server.setPort(powerDns.port());
    server.setTimeout(Duration.ofSeconds(5));
    ValidatingResolver validator = new ValidatingResolver(server);
    validator.loadTrustAnchors(new ByteArrayInputStream(anchor));
    Random random = new Random(client);
    while (!over) {
      String name =
          switch (random.nextInt(8)) {
            case 0 -> "www.";
            case 1 -> "n" + random.nextInt(40) + ".";
            case 2 -> "n" + random.nextInt(40) + "x" + random.nextInt() + ".";
            case 3, 4 -> "x" + random.nextInt() + ".wild.";
            default -> "";
          };
      int type = name.isEmpty() ? AT_APEX[random.nextInt(AT_APEX.length)] : Type.A;
      Message question =
          Message.newQuery(Record.newRecord(Name.fromString(name + ZONE), type, DClass.IN));
      if (random.nextInt(3) == 0) {
        askWithoutSignatures(server, question);
      } else {
        judge(question, validator);
      }
    }
  }

  /** As secondaries and most stub resolvers do: PowerDNS then makes fewer calls. */
  private void askWithoutSignatures(SimpleResolver server, Message question) {
    try {
      server.send(question);
    } catch (IOException e) {
      unanswered.incrementAndGet();
    }
  }

  private void judge(Message question, ValidatingResolver validator) {
    Message answer;
    try {
      answer = validator.send(question);
    } catch (IOException e) {
      unanswered.incrementAndGet();
      return;
    }
    answers.incrementAndGet();
    boolean there = answer.getRcode() == Rcode.NOERROR || answer.getRcode() == Rcode.NXDOMAIN;
    if (!there || !answer.getHeader().getFlag(Flags.AD)) {
      bogus.add(answer.toString());
    }
  }

  private void pause(PowerDns powerDns) throws Exception {
    Random random = new Random(7);
    while (!over) {
      Thread.sleep(50 + random.nextInt(450));
      signal(powerDns, "STOP");
      Thread.sleep(50 + random.nextInt(450));
      signal(powerDns, "CONT");
      pauses.incrementAndGet();
    }
  }

  private static void signal(PowerDns powerDns, String signal)
      throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + signal, Long.toString(powerDns.pid())).start().waitFor();
  }
}
