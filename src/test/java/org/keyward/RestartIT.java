package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.remote.PowerDns;
import org.keyward.remote.PowerDnsVersion;

/**
 * PowerDNS lives on while Keyward restarts, with all of its threads at work: those that answer, the
 * one that looks for zones to notify and to transfer, and the one that reads the list of zones.
 */
@Tag("once")
class RestartIT {
  private static final String ZONE = "example.com";
  private static final int RESTARTS = 3;
  private static final int ASKERS = 4;
  private static final Duration WAIT = Duration.ofMinutes(3);

  @TempDir Path dir;

  @Test
  void theHostsVersionLivesOn() throws Exception {
    livesOn(PowerDnsVersion.HOST);
  }

  static Stream<PowerDnsVersion> versions() {
    return PowerDnsVersion.chosen().stream();
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("versions")
  void everyVersionLivesOn(PowerDnsVersion version) throws Exception {
    version.assumeThere();
    livesOn(version);
  }

  /** Recommended for a PowerDNS that only answers: no thread for primaries and secondaries. */
  @ParameterizedTest
  @ValueSource(strings = {"unix", "http"})
  void aPowerDnsThatOnlyAnswersLivesOn(String transport) throws Exception {
    try (Installation keyward = new Installation(dir)) {
      keyward.start();
      keyward.cli("zone", "import", ZONE, "src/main/resources/demo/example.com.zone");
      List<String> lines =
          new ArrayList<>(
              keyward
                  .cli("pdns-config", "--powerdns", "4.7", "--transport", transport)
                  .lines()
                  .toList());
      lines.addAll(List.of("zone-cache-refresh-interval=1", "cache-ttl=0"));
      try (PowerDns powerDns =
          PowerDns.start(PowerDnsVersion.HOST, Files.createTempDirectory(dir, "p"), lines)) {
        for (int i = 0; i < RESTARTS; i++) {
          if (i % 2 == 0) {
            Installation.kill(keyward.service());
          } else {
            keyward.stopService();
          }
          // Answered or not: PowerDNS has to get over it.
          powerDns.dig("mail.example.com", "AAAA", "+time=1", "+tries=1");
          Installation.await(
              "cycles of PowerDNS's threads", Duration.ofSeconds(30), new Cycles(3)::over);
          keyward.start();
          Installation.await(
              "answers after the restart",
              Duration.ofSeconds(60),
              () -> {
                // Over the unix socket each thread of PowerDNS fails once with its former
                // connection.
                for (int asked = 0; asked < 10; asked++) {
                  if (powerDns.digShort("mail.example.com", "A").isEmpty()) {
                    return false;
                  }
                }
                return true;
              });
          assertThat(ProcessHandle.of(powerDns.pid()).map(ProcessHandle::isAlive)).contains(true);
        }
      }
    }
  }

  static Stream<Arguments> hostAndTransports() {
    return Stream.of("unix", "relay").map(way -> Arguments.of(PowerDnsVersion.HOST, way));
  }

  @ParameterizedTest
  @MethodSource("hostAndTransports")
  void questionsAreAnsweredAllThroughARestart(PowerDnsVersion version, String way)
      throws Exception {
    answersThroughRestarts(version, way, 1);
  }

  static Stream<Arguments> versionsAndTransports() {
    return versions()
        .flatMap(v -> Stream.of("unix", "http", "relay").map(way -> Arguments.of(v, way)));
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("versionsAndTransports")
  void questionsAreAnsweredAllThroughRestarts(PowerDnsVersion version, String way)
      throws Exception {
    version.assumeThere();
    answersThroughRestarts(version, way, RESTARTS);
  }

  /** Systemd keeps the listening socket: who connects waits for the next process. */
  private void answersThroughRestarts(PowerDnsVersion version, String way, int restarts)
      throws Exception {
    try (Installation keyward = new Installation(dir)) {
      KeptSocket kept =
          KeptSocket.start(
              keyward,
              way.equals("http")
                  ? "127.0.0.1:" + keyward.httpPort
                  : dir.resolve("pdns.sock").toString());
      keyward.cli("zone", "import", ZONE, "src/main/resources/demo/example.com.zone");
      keyward.cli("assign", ZONE, "--token", Installation.TOKEN, "--label", Installation.KEY);
      try (PowerDns powerDns = powerDns(keyward, version, way);
          Questions questions = new Questions(powerDns.port(), "mail." + ZONE, ASKERS)) {
        for (int i = 0; i < restarts; i++) {
          questions.awaitMore(ASKERS * 10);
          kept.restart();
        }
        questions.awaitMore(ASKERS * 10);
        Map<String, Integer> answers = questions.stop();
        System.out.printf(
            "%s, %s, %d restarts: %s, %d asked again%n",
            version, way, restarts, answers, questions.askedAgain());
        // PowerDNS's own clients notice that a connection has ended when they ask over it.
        int failed = way.equals("relay") ? 0 : restarts * threads(powerDns);
        assertThat(answers.getOrDefault("SERVFAIL", 0)).isLessThanOrEqualTo(failed);
        answers.remove("SERVFAIL");
        assertThat(answers).containsOnlyKeys("NOERROR");
        assertThat(ProcessHandle.of(powerDns.pid()).map(ProcessHandle::isAlive)).contains(true);
      }
    }
  }

  private static int threads(PowerDns powerDns) throws IOException {
    return Files.readAllLines(powerDns.directory().resolve("pdns.conf")).stream()
        .filter(line -> line.startsWith("distributor-threads="))
        .mapToInt(line -> Integer.parseInt(line.substring(line.indexOf('=') + 1)))
        .reduce(0, (first, last) -> last);
  }

  private PowerDns powerDns(Installation keyward, PowerDnsVersion version, String way)
      throws Exception {
    if (way.equals("relay")) {
      return powerDns(keyward, version);
    }
    String number = version.equals(PowerDnsVersion.HOST) ? "4.7" : version.name();
    List<String> lines =
        new ArrayList<>(
            keyward.cli("pdns-config", "--powerdns", number, "--transport", way).lines().toList());
    // However long the start takes here, with a database of its own.
    lines.replaceAll(line -> line.replaceFirst("timeout=\\d+", "timeout=" + WAIT.toMillis()));
    lines.addAll(List.of("zone-cache-refresh-interval=60", "cache-ttl=0"));
    return PowerDns.start(version, Files.createTempDirectory(dir, "p"), lines);
  }

  private void livesOn(PowerDnsVersion version) throws Exception {
    try (Installation keyward = new Installation(dir)) {
      keyward.start();
      keyward.cli("zone", "import", ZONE, "src/main/resources/demo/example.com.zone");
      try (PowerDns powerDns = powerDns(keyward, version)) {
        for (int i = 0; i < RESTARTS; i++) {
          restart(keyward, powerDns, i % 2 == 0);
        }
        String log = powerDns.log();
        assertThat(log)
            .doesNotContain("communicator thread died")
            .doesNotContain("PDNSException while")
            .doesNotContain("Backend error");
      }
    }
  }

  /** Each thread of PowerDNS asks at least once a second. */
  private PowerDns powerDns(Installation keyward, PowerDnsVersion version) throws Exception {
    String number = version.equals(PowerDnsVersion.HOST) ? "4.7" : version.name();
    String relay = Path.of("bin/keyward-relay").toAbsolutePath().toString();
    List<String> lines =
        new ArrayList<>(
            keyward
                .cli("pdns-config", "--powerdns", number, "--transfers", "--relay", relay)
                .lines()
                .toList());
    lines.addAll(
        List.of(
            "allow-axfr-ips=127.0.0.0/8",
            "xfr-cycle-interval=1",
            "zone-cache-refresh-interval=1",
            "cache-ttl=0"));
    return PowerDns.start(version, Files.createTempDirectory(dir, "p"), lines);
  }

  private static void restart(Installation keyward, PowerDns powerDns, boolean killed) {
    assertThat(powerDns.digShort("mail.example.com", "A")).isNotEmpty();
    if (killed) {
      Installation.kill(keyward.service());
    } else {
      keyward.stopService();
    }
    // Asked while nothing is there to answer.
    CompletableFuture<String> udp = answer(powerDns, "mail.example.com", "A", "+notcp");
    CompletableFuture<String> tcp = answer(powerDns, "mail.example.com", "AAAA", "+tcp");
    CompletableFuture<String> transfer = answer(powerDns, ZONE, "AXFR");
    Installation.await("cycles of PowerDNS's threads", Duration.ofSeconds(30), new Cycles(3)::over);
    keyward.start();
    assertThat(udp.join()).contains("status: NOERROR");
    assertThat(tcp.join()).contains("status: NOERROR");
    assertThat(transfer.join()).contains("XFR size");
    assertThat(ProcessHandle.of(powerDns.pid()).map(ProcessHandle::isAlive)).contains(true);
  }

  private static CompletableFuture<String> answer(PowerDns powerDns, String... question) {
    List<String> command = new ArrayList<>(List.of(question));
    command.addAll(List.of("+time=60", "+tries=1"));
    return CompletableFuture.supplyAsync(() -> powerDns.dig(command.toArray(String[]::new)));
  }

  /** Seconds that pass, each with a call of every thread. */
  private static final class Cycles {
    private final long end;

    Cycles(int seconds) {
      end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    }

    boolean over() {
      return System.nanoTime() > end;
    }
  }
}
