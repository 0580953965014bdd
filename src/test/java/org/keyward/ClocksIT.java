package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A server, a signer and a database of which one has a wrong clock, and PowerDNS and a validator
 * that have the right one: nothing is bogus for longer than the clock is wrong, and it is said
 * which one that is.
 */
@Tag("once")
class ClocksIT {
  private static final String ZONE = "example.com.";

  /** It is said within a minute; the machine may be busy. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private static final Duration FAR = Duration.ofDays(1);

  /** Whose clock is wrong. */
  enum Wrong {
    SERVER,
    SIGNER,
    DATABASE
  }

  @Test
  void aServerWhoseClockIsAheadForAMomentSaysSoAndServesWhatIsValidAgain(@TempDir Path dir)
      throws Exception {
    try (Hosts hosts = new Hosts(dir, Wrong.SERVER)) {
      hosts.start();
      hosts.sign();
      hosts.isWrongForAMoment(Duration.ofDays(60));
    }
  }

  @ParameterizedTest
  @EnumSource
  @Tag("long")
  void eachClockWrongByEach(Wrong who, @TempDir Path dir) throws Exception {
    try (Hosts hosts = new Hosts(dir, who)) {
      hosts.start();
      hosts.sign();
      for (Duration by : (Iterable<Duration>) all()::iterator) {
        hosts.isWrongForAMoment(by);
      }
      for (Duration by : (Iterable<Duration>) all()::iterator) {
        hosts.startsWrong(by);
      }
    }
  }

  private static Stream<Duration> all() {
    return Stream.of("PT1M", "PT1H", "P1D", "P60D", "P365D")
        .map(Duration::parse)
        .flatMap(by -> Stream.of(by, by.negated()));
  }

  /** Three processes with a clock each, and PowerDNS. */
  private static final class Hosts implements AutoCloseable {
    private final Installation keyward;
    private final Wrong who;
    private final FakeClock clock;
    private final Path database;
    private Process databaseHost;

    Hosts(Path dir, Wrong who) {
      this.who = who;
      keyward = new Installation(dir);
      clock = new FakeClock(dir.resolve("clock"));
      keyward.write(
          "database.yaml",
          "data-dir: %1$s/data\nbackend: { unix: %1$s/database.sock }\nadmin: { http: \"127.0.0.1:0\" }\n"
              .formatted(dir));
      database = dir.resolve("database.yaml");
    }

    void start() {
      databaseHost = spawn(Wrong.DATABASE, "database.log", database, "run");
      Installation.await(
          "the database", PATIENCE, () -> keyward.read("database.log").contains("is ready"));
      keyward.adopt(
          spawn(Wrong.SERVER, "keyward.log", keyward.config, "serve"),
          spawn(Wrong.SIGNER, "signer.log", keyward.config, "sign"));
      Installation.await(
          "the server", PATIENCE, () -> keyward.read("keyward.log").contains("is ready"));
      Installation.await(
          "the signer", PATIENCE, () -> keyward.read("signer.log").contains("is ready"));
    }

    private Process spawn(Wrong host, String log, Path config, String role) {
      return keyward.spawnWith(host == who ? clock.prefix() : List.of(), log, config, role);
    }

    void sign() {
      keyward.cli("zone", "create", ZONE, "--ns", "ns." + ZONE);
      assign();
      keyward.startPowerDns("unix");
      Installation.await(
          "the zone", PATIENCE, () -> keyward.dig("+short", ZONE, "DNSKEY").contains("257 "));
      keyward.trust(ZONE);
      keyward.awaitRunways();
      isValid();
    }

    /** On a busy machine the command gives up before the signer has seen what it asks for. */
    private void assign() {
      try {
        keyward.cli("assign", ZONE, "--token", Installation.TOKEN, "--label", Installation.KEY);
      } catch (AssertionError e) {
        assertThat(e).hasMessageContaining("it stays queued");
      }
    }

    private boolean validates() {
      return keyward.delv(ZONE, ZONE, "SOA").contains("; fully validated")
          && keyward.delv(ZONE, "nothing." + ZONE, "A").contains("fully validated");
    }

    /** On a busy machine an answer may be late; one that is there validates. */
    private void isNotBogus(String when) {
      for (List<String> question : List.of(List.of(ZONE, "SOA"), List.of("nothing." + ZONE, "A"))) {
        String[] answer = {""};
        Installation.await(
            "an answer",
            PATIENCE,
            () -> {
              answer[0] = keyward.delv(ZONE, question.get(0), question.get(1));
              return !answer[0].contains("timed out");
            });
        assertThat(answer[0]).as(when).contains("fully validated");
      }
    }

    private void isValid() {
      Installation.await(ZONE + " to be valid", PATIENCE, this::validates);
    }

    /** While its clock is far away a server may serve signatures of another time. */
    private boolean mayBeBogus(Duration by) {
      return who == Wrong.SERVER && by.abs().compareTo(FAR) > 0;
    }

    void isWrongForAMoment(Duration by) throws Exception {
      List<String> before = signatures();
      clock.set(by);
      isSaid(by);
      if (!mayBeBogus(by)) {
        isNotBogus("%s %s".formatted(who, by));
      }
      clock.set(Duration.ZERO);
      isRightAgain();
      // What is signed until when is told by the database's clock, so it is asked for afterwards.
      assertThat(signatures()).as("%s %s", who, by).isEqualTo(before);
    }

    void startsWrong(Duration by) throws Exception {
      stop();
      clock.set(by);
      start();
      isSaid(by);
      if (!mayBeBogus(by)) {
        Installation.await(who + " " + by, PATIENCE, this::validates);
      }
      clock.set(Duration.ZERO);
      isRightAgain();
    }

    /** A minute is as far apart as clocks may be: it is a warning at most. */
    private void isSaid(Duration by) throws Exception {
      boolean critical = by.abs().compareTo(Duration.ofMinutes(1)) > 0;
      String of = who == Wrong.SERVER ? "server" : "signer";
      Installation.await(
          who + " " + by + " to be found",
          PATIENCE,
          () -> findings().stream().anyMatch(line -> line.contains("clock of " + of)));
      if (critical && who != Wrong.SIGNER) {
        Installation.await("/readyz to say it", PATIENCE, () -> keyward.status("/readyz") == 503);
      }
    }

    private void isRightAgain() throws Exception {
      isValid();
      Installation.await(
          "the finding to go",
          PATIENCE,
          () ->
              findings().stream()
                  .noneMatch(line -> line.contains("clock of") || line.contains("lapsed")));
      Installation.await("readiness", PATIENCE, () -> keyward.status("/readyz") == 200);
    }

    private List<String> findings() {
      return new ArrayList<>(Arrays.asList(keyward.cli("findings").split("\n")));
    }

    /** Until when the zone is signed without a gap. */
    private List<String> signatures() {
      return keyward
          .cli("status", ZONE, "--json")
          .lines()
          .filter(line -> line.contains("signed_until"))
          .toList();
    }

    private void stop() {
      keyward.stopRoles();
      databaseHost.destroy();
      try {
        databaseHost.waitFor();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {
      keyward.close();
      databaseHost.destroy();
      try {
        databaseHost.waitFor();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
