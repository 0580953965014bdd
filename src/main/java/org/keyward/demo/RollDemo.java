package org.keyward.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * A zone signing key takes the place of another, and then a key signing key on another token, with
 * waits of seconds, while a resolver that validates and has caches is asked all the time. The
 * parent is a zone of the same database, into which Keyward writes the DS.
 */
final class RollDemo {
  static final String PARENT = "example";
  static final String ZONE = "roll.example";
  static final String SECOND_TOKEN = "vault";
  static final String SECOND_KEY = "powerdns-2";

  /** For the configuration: with TTLs of 3 s, as the zone has them, each wait is one of seconds. */
  static final String SETTINGS =
      "signing: { dnskey-ttl: 3s, roll-propagation: 1s, roll-safety: 1s, roll-data-ttl: 3s,"
          + " roll-parent-propagation: 1s, roll-ds-ttl: 3s, zone-servers: \"127.0.0.1:%1$d\","
          + " parent-check: resolver, parent-resolver: \"127.0.0.1:%1$d\" }";

  private static final String ZSK_STEPS =
      "entering, published, switching, retiring, leaving, forgotten, over";
  private static final String KSK_STEPS =
      "entering, published, submitted, retiring, leaving, forgotten, over";
  private static final String ROLLS =
      "SELECT phase || ', waits for ' || waits_for FROM keyward.rolls";
  private static final String HISTORY =
      "SELECT string_agg(coalesce(next_phase, 'over'), ', ' ORDER BY id) FROM keyward.roll_history"
          + " WHERE role = '%s'";
  private static final String DS =
      "SELECT count(*) || ' DS, of key ' || string_agg(split_part(content, ' ', 1), ', ')"
          + " FROM records WHERE type = 'DS' AND name = '"
          + ZONE
          + "'";
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
        "The parent of " + ZONE + " is a zone here, too: Keyward writes the DS into it",
        List.of("keyward policy set here parent-ds=write", "keyward policy assign here " + ZONE),
        this::writeParent);
    narrator.step(
        "Unbound, a resolver that validates and has caches; it trusts the parent alone",
        List.of("unbound -c unbound.conf"),
        () -> startUnbound(port));
    String zsks = keys("256 ");
    roll(
        port,
        "The zone signing key is replaced, while Unbound is asked all the time",
        "ZSK",
        ZSK_STEPS,
        "zsk");
    String otherZsks = keys("256 ");
    checks.record(
        !otherZsks.equals(zsks) && otherZsks.lines().count() == 1,
        "ZSK roll: another key is in use");
    String ds = query(DS);
    roll(
        port,
        "The key signing key is replaced by one on another token",
        "KSK",
        KSK_STEPS,
        "ksk",
        "--to",
        SECOND_TOKEN + "/" + SECOND_KEY);
    String otherDs = query(DS);
    checks.record(
        otherDs.startsWith("1 DS, ") && !otherDs.equals(ds), "KSK roll: the parent has " + otherDs);
    checks.record(
        query("SELECT token FROM keyward.zone_status WHERE zone = '" + ZONE + "'")
            .equals(SECOND_TOKEN),
        "KSK roll: the key is on the token " + SECOND_TOKEN);
  }

  private void writeParent() throws IOException, InterruptedException {
    shell.run(command("policy", "set", "here", "parent-ds=write"));
    shell.run(command("policy", "assign", "here", ZONE));
    await("the parent has no DS", () -> query(DS).startsWith("1 DS, "));
    narrator.say("    " + query(DS));
  }

  private void roll(int port, String title, String role, String steps, String... which)
      throws IOException, InterruptedException {
    List<String> start = new ArrayList<>(List.of("roll", "start", ZONE));
    start.addAll(List.of(which));
    start.addAll(List.of("--pace", "now"));
    try (Questions questions = new Questions(shell, port)) {
      narrator.step(
          title,
          List.of("keyward " + String.join(" ", start), "psql -c \"" + ROLLS + "\""),
          () -> roll(role, steps, start));
      questions.stop();
      checks.record(
          questions.asked() > 0 && questions.failures().isEmpty(),
          "%s roll: %d answers, %d failures (unbound: validated)"
              .formatted(role, questions.asked(), questions.failures().size()));
      questions.failures().stream().limit(3).forEach(narrator::say);
    }
  }

  private void startUnbound(int port) throws IOException, InterruptedException {
    String anchor = shell.run(command("ds", PARENT)).strip().replaceAll("\\s+", " ");
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
          stub-addr: 127.0.0.1@%6$d
        stub-zone:
          name: "%5$s"
          stub-addr: 127.0.0.1@%6$d
        """
            .formatted(port, folder.path(), anchor, PARENT, ZONE, dnsPort));
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
  private String keys(String flags) throws IOException, InterruptedException {
    StringBuilder keys = new StringBuilder();
    shell
        .run(checks.dig("+short", ZONE, "DNSKEY"))
        .lines()
        .filter(line -> line.startsWith(flags))
        .sorted()
        .forEach(line -> keys.append(line).append('\n'));
    return keys.toString();
  }

  private void roll(String role, String steps, List<String> start)
      throws IOException, InterruptedException {
    List<String> said = new ArrayList<>(start);
    said.addAll(List.of("--reason", "demo"));
    narrator.say("    " + shell.run(command(said.toArray(String[]::new))).strip());
    StringBuilder last = new StringBuilder();
    await(
        "the roll is not over",
        () -> {
          String present = query(ROLLS);
          if (!present.isEmpty() && !present.contentEquals(last)) {
            narrator.say("    " + narrator.sinceBegin() + "  " + present);
          }
          last.replace(0, last.length(), present);
          return present.isEmpty();
        });
    String taken = query(HISTORY.formatted(role.toLowerCase(Locale.ROOT)));
    checks.record(taken.equals(steps), role + " roll: " + taken);
  }

  /** Something that comes true in a while. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  private void await(String otherwise, Condition condition)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new DemoFailed(
            "%s after %d s: %s"
                .formatted(otherwise, LIMIT.toSeconds(), shell.run(command("roll", "show", ZONE))));
      }
      Thread.sleep(100);
    }
  }

  private String query(String sql) throws IOException, InterruptedException {
    return shell.run(List.of(psql.toString(), "-Atqc", sql)).strip();
  }

  private List<String> command(String... arguments) {
    return keyward.apply(arguments);
  }
}
