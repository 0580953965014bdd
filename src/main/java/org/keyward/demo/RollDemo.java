package org.keyward.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/**
 * A zone signing key takes the place of another, with waits of seconds, while a resolver that
 * validates and has caches is asked all the time.
 */
final class RollDemo {
  static final String ZONE = "roll.example";

  /** For the configuration: with TTLs of 3 s, as the zone has them, each wait is one of seconds. */
  static final String SETTINGS =
      "signing: { dnskey-ttl: 3s, roll-propagation: 1s, roll-safety: 1s, roll-data-ttl: 3s,"
          + " zone-servers: \"127.0.0.1:%d\" }";

  private static final String STEPS =
      "entering, published, switching, retiring, leaving, forgotten, over";
  private static final String ROLLS =
      "SELECT phase || ', waits for ' || waits_for FROM keyward.rolls";
  private static final String HISTORY =
      "SELECT string_agg(coalesce(next_phase, 'over'), ', ' ORDER BY id) FROM keyward.roll_history";
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final Shell shell;
  private final DemoFolder folder;
  private final Narrator narrator;
  private final Checks checks;
  private final int dnsPort;
  private final Path psql;
  private final Function<String[], List<String>> keyward;

  /**
   * @param dnsPort of PowerDNS
   * @param psql connected to the database
   * @param keyward the command line for these arguments
   */
  RollDemo(
      Shell shell,
      DemoFolder folder,
      Narrator narrator,
      Checks checks,
      int dnsPort,
      Path psql,
      Function<String[], List<String>> keyward) {
    this.shell = shell;
    this.folder = folder;
    this.narrator = narrator;
    this.checks = checks;
    this.dnsPort = dnsPort;
    this.psql = psql;
    this.keyward = keyward;
  }

  void show() throws IOException, InterruptedException {
    int port = DemoFolder.freePort();
    narrator.step(
        "Unbound, a resolver that validates and has caches",
        List.of("unbound -c unbound.conf"),
        () -> startUnbound(port));
    String before = zsks();
    try (Questions questions = new Questions(shell, port)) {
      narrator.step(
          "The zone signing key is replaced, while Unbound is asked all the time",
          List.of("keyward roll start " + ZONE + " --zsk --pace now", "psql -c \"" + ROLLS + "\""),
          this::roll);
      questions.stop();
      checks.record(
          questions.asked() > 0 && questions.failures().isEmpty(),
          "ZSK roll: %d answers, %d failures (unbound: validated)"
              .formatted(questions.asked(), questions.failures().size()));
      questions.failures().stream().limit(3).forEach(narrator::say);
    }
    String after = zsks();
    checks.record(
        !after.equals(before) && after.lines().count() == 1, "ZSK roll: another key is in use");
  }

  private void startUnbound(int port) throws IOException, InterruptedException {
    String anchor = shell.run(command("ds", ZONE)).strip().replaceAll("\\s+", " ");
    folder.write(
        "unbound.conf",
        """
        server:
          interface: 127.0.0.1@%1$d
          directory: "%2$s"
          chroot: ""
          username: ""
          pidfile: ""
          do-daemonize: no
          use-syslog: no
          module-config: "validator iterator"
          val-log-level: 2
          do-not-query-localhost: no
          trust-anchor: "%3$s"
        remote-control:
          control-enable: no
        stub-zone:
          name: "%4$s"
          stub-addr: 127.0.0.1@%5$d
        """
            .formatted(port, folder.path(), anchor, ZONE, dnsPort));
    Process unbound =
        shell.start(
            List.of("unbound", "-c", folder.file("unbound.conf").toString()),
            folder.file("unbound.log"));
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!Questions.validated(shell, port, ZONE, "SOA").isEmpty()) {
      if (!unbound.isAlive() || System.nanoTime() > end) {
        throw new DemoFailed(
            "unbound does not validate: " + Files.readString(folder.file("unbound.log")));
      }
      Thread.sleep(100);
    }
  }

  /** Their base64, one a line. */
  private String zsks() throws IOException, InterruptedException {
    StringBuilder keys = new StringBuilder();
    shell
        .run(checks.dig("+short", ZONE, "DNSKEY"))
        .lines()
        .filter(line -> line.startsWith("256 "))
        .sorted()
        .forEach(line -> keys.append(line).append('\n'));
    return keys.toString();
  }

  private void roll() throws IOException, InterruptedException {
    narrator.say(
        "    "
            + shell
                .run(command("roll", "start", ZONE, "--zsk", "--pace", "now", "--reason", "demo"))
                .strip());
    String last = "";
    long end = System.nanoTime() + LIMIT.toNanos();
    String present = query(ROLLS);
    while (!present.isEmpty()) {
      if (System.nanoTime() > end) {
        throw new DemoFailed(
            "the roll is not over after "
                + LIMIT.toSeconds()
                + " s: "
                + shell.run(command("roll", "show", ZONE)));
      }
      if (!present.equals(last)) {
        narrator.say("    " + narrator.sinceBegin() + "  " + present);
      }
      last = present;
      Thread.sleep(100);
      present = query(ROLLS);
    }
    String steps = query(HISTORY);
    checks.record(steps.equals(STEPS), "ZSK roll: " + steps);
  }

  private String query(String sql) throws IOException, InterruptedException {
    return shell.run(List.of(psql.toString(), "-Atqc", sql)).strip();
  }

  private List<String> command(String... arguments) {
    return keyward.apply(arguments);
  }
}
