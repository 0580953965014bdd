package org.keyward.demo;

import static org.keyward.demo.Checks.DENIAL_VALIDATED;
import static org.keyward.demo.Checks.VALIDATED;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.keyward.app.DatabasePrompt;
import org.keyward.app.SelfProcess;

/**
 * The main job from start to end, with the commands that an operator types: a token with a key, the
 * service, two zones, PowerDNS, and a validator that agrees.
 */
public final class Demo {
  private static final String MODULE = "/usr/lib/softhsm/libsofthsm2.so";
  private static final String PIN = "123456";
  private static final String EXAMPLE = "example.com.";
  private static final String ROOT = ".";

  /** About as many records as the root zone has. */
  private static final String LARGEST_ZONE = "5000";

  private static final Duration START_LIMIT = Duration.ofSeconds(90);

  private final boolean check;
  private final Optional<Path> chosenFolder;
  private final PrintWriter out;
  private final Narrator narrator;
  private final Shell shell = new Shell();
  private DemoFolder folder;
  private Checks checks;
  private int dnsPort;
  private int adminPort;
  private Path psql;

  /**
   * @param check whether to end after the checks instead of staying up
   * @param folder where to put everything; empty for a new folder under the temporary one
   */
  public Demo(boolean check, Optional<Path> folder, PrintWriter out) {
    this.check = check;
    this.chosenFolder = folder;
    this.out = out;
    this.narrator = new Narrator(out);
  }

  /** Runs it and gives the number of checks that failed. */
  public int run() throws IOException, InterruptedException {
    folder = new DemoFolder(chosenFolder);
    Thread cleanUp = new Thread(this::cleanUp, "demo-clean-up");
    Runtime.getRuntime().addShutdownHook(cleanUp);
    dnsPort = DemoFolder.freePort();
    checks = new Checks(shell, out, folder.path(), dnsPort);
    try {
      show();
    } catch (DemoFailed e) {
      checks.record(false, e.getMessage());
      showLogs();
    }
    String verdict =
        "demo: %d checks passed, %d failed".formatted(checks.passed(), checks.failed());
    if (!check && checks.failed() == 0) {
      narrator.say("\n" + verdict);
      invite();
      new java.util.concurrent.CountDownLatch(1).await(); // until Ctrl-C runs the hook
    }
    Runtime.getRuntime().removeShutdownHook(cleanUp);
    cleanUp();
    narrator.say(verdict);
    return checks.failed();
  }

  private void show() throws IOException, InterruptedException {
    narrator.say("Everything is in " + folder.path());
    makeToken();
    startKeyward();
    importZones();
    assign();
    startPowerDns();
    narrator.say("");
    checkExample();
    checkRoot();
    changeWithSql();
    new RollDemo(shell, folder, narrator, checks, dnsPort, psql, this::keyward).show();
    checkStory();
  }

  private void makeToken() throws IOException, InterruptedException {
    folder.write(
        "softhsm2.conf",
        "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n"
            .formatted(Files.createDirectory(folder.file("tokens"))));
    folder.write("pin", PIN + "\n");
    shell.set("SOFTHSM2_CONF", folder.file("softhsm2.conf").toString());
    String init =
        "softhsm2-util --init-token --free --label keyward-demo --so-pin 12345678 --pin " + PIN;
    String key =
        "pkcs11-tool --module %s --token-label keyward-demo -l --pin %s -k --key-type EC:prime256v1 -a powerdns"
            .formatted(MODULE, PIN);
    String second = init.replace("keyward-demo", "keyward-demo-2");
    String secondKey =
        key.replace("--token-label keyward-demo", "--token-label keyward-demo-2")
            .replace("-a powerdns", "-a " + RollDemo.SECOND_KEY);
    narrator.step(
        "Two PKCS#11 tokens, each with a key signing key that never leaves it",
        List.of(init, key, second, secondKey),
        () -> {
          for (String command : List.of(init, key, second, secondKey)) {
            shell.run(List.of(command.split(" ")));
          }
        });
  }

  private void startKeyward() throws IOException, InterruptedException {
    adminPort = DemoFolder.freePort();
    folder.write(
        "keyward.yaml",
        """
        data-dir: %1$s/data
        backend: { http: "127.0.0.1:%2$d", unix: %1$s/pdns.sock, path: /dns }
        admin: { http: "127.0.0.1:%3$d" }
        tokens:
          - { name: office, module: %4$s, label: keyward-demo, pin-file: %1$s/pin }
          - { name: %5$s, module: %4$s, label: keyward-demo-2, pin-file: %1$s/pin }
        %6$s
        """
            .formatted(
                folder.path(),
                DemoFolder.freePort(),
                adminPort,
                MODULE,
                RollDemo.SECOND_TOKEN,
                RollDemo.SETTINGS.formatted(dnsPort)));
    narrator.step(
        "Keyward with an embedded PostgreSQL: the server, and the signer in a process of its own",
        List.of("keyward run --config keyward.yaml"),
        () -> {
          shell.set("KEYWARD_SUPERVISED", "yes");
          Process service = shell.start(keyward("run"), folder.file("keyward.log"));
          await("keyward run", service, this::ready);
        });
  }

  private boolean ready() throws IOException, InterruptedException {
    if (!Files.exists(folder.file("pdns.sock"))) {
      return false;
    }
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPort + "/readyz")).build();
    return HttpClient.newHttpClient()
            .send(request, HttpResponse.BodyHandlers.discarding())
            .statusCode()
        == 200;
  }

  private void importZones() throws IOException, InterruptedException {
    Path example = folder.copy("example.com.zone");
    Path root = folder.copy("root-2020-11-27.zone");
    Path parent = folder.copy("example.zone");
    Path roll = folder.copy("roll.example.zone");
    narrator.step(
        "Three small zones, and the root zone as of 2020-11-27 (4,697 records)",
        List.of(
            "keyward zone import example.com example.com.zone",
            "keyward zone import example example.zone",
            "keyward zone import roll.example roll.example.zone",
            "keyward zone import . root-2020-11-27.zone"),
        () -> {
          shell.run(keyward("zone", "import", RollDemo.PARENT, parent.toString()));
          shell.run(keyward("zone", "import", RollDemo.ZONE, roll.toString()));
          shell.run(keyward("zone", "import", "example.com", example.toString()));
          shell.run(keyward("zone", "import", ".", root.toString()));
        });
  }

  private void assign() throws IOException, InterruptedException {
    narrator.step(
        "The zones get the key: the token signs five weeks ahead, then they turn signed",
        List.of(
            "keyward assign example.com example roll.example . --token office --label powerdns"),
        () ->
            narrator.say(
                indent(
                    shell.run(
                        keyward(
                            "assign",
                            "example.com",
                            RollDemo.PARENT,
                            RollDemo.ZONE,
                            ".",
                            "--token",
                            "office",
                            "--label",
                            "powerdns",
                            "--reason",
                            "demo")))));
  }

  private void startPowerDns() throws IOException, InterruptedException {
    String own =
        """

        # The demo's own: a private place and port, no other user.
        local-address=127.0.0.1
        local-port=%d
        socket-dir=%s/pdns
        setuid=
        setgid=
        daemon=no
        guardian=no
        security-poll-suffix=
        allow-axfr-ips=127.0.0.0/8
        """
            .formatted(dnsPort, folder.path());
    List<String> print =
        List.of(
            "pdns-config",
            "--powerdns",
            "4.7",
            "--largest-zone",
            LARGEST_ZONE,
            "--relay",
            folder.program("keyward-relay").toString());
    narrator.step(
        "PowerDNS, with the configuration that Keyward prints for zones as large as the root zone",
        List.of(
            "keyward " + String.join(" ", print) + " > pdns/pdns.conf",
            "pdns_server --config-dir=pdns"),
        () -> {
          folder.write("pdns/pdns.conf", shell.run(keyward(print.toArray(String[]::new))) + own);
          Process server =
              shell.start(
                  List.of("pdns_server", "--config-dir=" + folder.file("pdns")),
                  folder.file("pdns.log"));
          await("pdns_server", server, () -> answers("version.bind", "TXT", "CH"));
        });
    for (String zone : List.of(EXAMPLE, ROOT)) {
      narrator.step(
          "The trust anchor: what the registry of the parent would get",
          List.of("keyward ds " + zone),
          () -> {
            String ds = shell.run(keyward("ds", zone));
            narrator.say(indent(ds));
            checks.trust(zone, ds);
          });
    }
  }

  private boolean answers(String... question) throws IOException, InterruptedException {
    List<String> command = checks.dig("+short");
    command.addAll(List.of(question));
    return !shell.tryRun(command).printed().isBlank();
  }

  private void checkExample() throws IOException, InterruptedException {
    String zone = EXAMPLE;
    checks.validates("positive", zone, "www." + zone, "A", VALIDATED, "192.0.2.80");
    narrator.say(
        "      first validated answer %s after the start".formatted(narrator.sinceBegin()));
    for (String type : List.of("SOA", "NS", "MX", "TXT", "CAA", "DNSKEY")) {
      checks.validates("positive", zone, zone, type, VALIDATED);
    }
    checks.validates("service", zone, "_sip._tcp." + zone, "SRV", VALIDATED);
    checks.validates("alias", zone, "ftp." + zone, "A", VALIDATED, "192.0.2.80");
    checks.validates("wildcard", zone, "any.wild." + zone, "A", VALIDATED, "192.0.2.99");
    checks.validates("wildcard NODATA", zone, "any.wild." + zone, "MX", DENIAL_VALIDATED);
    checks.validates("NODATA", zone, "www." + zone, "MX", DENIAL_VALIDATED);
    checks.validates("empty non-terminal", zone, "ent." + zone, "A", DENIAL_VALIDATED);
    checks.validates("NXDOMAIN", zone, "nothing." + zone, "A", DENIAL_VALIDATED);
    checks.validates("secure delegation", zone, "secure." + zone, "DS", VALIDATED);
    checks.validates("insecure delegation", zone, "insecure." + zone, "DS", DENIAL_VALIDATED);
    checks.printedBy(
        checks.dig("+dnssec", "host.insecure." + zone, "A"), "referral", "NSEC", "ns.insecure");
  }

  private void checkRoot() throws IOException, InterruptedException {
    for (String type : List.of("SOA", "NS", "DNSKEY")) {
      checks.validates("root, positive", ROOT, ROOT, type, VALIDATED);
    }
    checks.validates("root, NODATA", ROOT, ROOT, "MX", DENIAL_VALIDATED);
    checks.validates("root, NXDOMAIN", ROOT, "no-such-tld.", "A", DENIAL_VALIDATED);
    checks.validates("root, insecure delegation", ROOT, "com.", "DS", DENIAL_VALIDATED);
    checks.printedBy(
        checks.dig("+dnssec", "www.example.org", "A"), "root, referral", "NSEC", "org.");
    checks.printedBy(checks.dig("AXFR", ROOT), "root, transfer", "XFR size: ");
  }

  private void changeWithSql() throws IOException, InterruptedException {
    String sql =
        "INSERT INTO records (domain_id, name, type, content, ttl)"
            + " SELECT id, 'new.example.com', 'A', '192.0.2.200', 300"
            + " FROM domains WHERE name = 'example.com'";
    psql = DatabasePrompt.write(folder.file("data"), folder.file("psql"));
    long serial = serial("+notcp");
    narrator.step(
        "A record comes with plain SQL: no rectify, no serial, no restart",
        List.of("psql -c \"" + sql + "\""),
        () -> {
          shell.run(List.of(psql.toString(), "-q", "-c", sql));
          Thread.sleep(100);
          checks.validates(
              "new record 100 ms later", EXAMPLE, "new." + EXAMPLE, "A", VALIDATED, "192.0.2.200");
        });
    // PowerDNS keeps packets for 20 s, those over UDP and over TCP apart.
    long moved = serial("+tcp");
    checks.record(
        moved == serial + 1,
        "the serial moved by itself (dig: " + serial + ", then " + moved + ")");
  }

  /** As PowerDNS answers it; -1 when it does not. */
  private long serial(String transport) throws IOException, InterruptedException {
    String[] soa =
        shell.tryRun(checks.dig(transport, "+short", EXAMPLE, "SOA")).printed().strip().split(" ");
    return soa.length == 7 ? Long.parseLong(soa[2]) : -1;
  }

  private void checkStory() throws IOException, InterruptedException {
    checks.printedBy(keyward("audit", "verify"), "every use of the key is on record", "verified");
  }

  private void invite() {
    String server = "@127.0.0.1 -p " + dnsPort;
    narrator.say(
        """

        It stays up until Ctrl-C, which leaves nothing behind. Try:
          dig %1$s +dnssec www.example.com A
          delv %1$s -a %2$s +root=example.com. any.wild.example.com A
          %3$s/psql -c "UPDATE records SET content = '192.0.2.81' WHERE name = 'www.example.com' AND type = 'A'"
          bin/keyward --config %3$s/keyward.yaml status
          bin/keyward --config %3$s/keyward.yaml audit list
          pkcs11-tool --module %4$s -l --pin %5$s -O     (with SOFTHSM2_CONF=%3$s/softhsm2.conf)
        """
            .formatted(server, checks.anchorFile(EXAMPLE), folder.path(), MODULE, PIN));
  }

  private List<String> keyward(String... arguments) {
    boolean service = arguments[0].equals("run");
    List<String> command =
        new ArrayList<>(service ? SelfProcess.command() : SelfProcess.lightCommand());
    command.addAll(List.of(arguments));
    command.addAll(List.of("--config", folder.file("keyward.yaml").toString()));
    return command;
  }

  /** Something that comes true in a while. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  private static void await(String what, Process process, Condition condition)
      throws InterruptedException {
    long end = System.nanoTime() + START_LIMIT.toNanos();
    while (System.nanoTime() < end) {
      if (!process.isAlive()) {
        throw new DemoFailed(what + " ended with status " + process.exitValue());
      }
      try {
        if (condition.holds()) {
          return;
        }
      } catch (IOException e) {
        // nobody listens yet
      }
      Thread.sleep(50);
    }
    throw new DemoFailed(what + " is not ready after " + START_LIMIT.toSeconds() + " s");
  }

  private void showLogs() throws IOException {
    for (String log : List.of("keyward.log", "pdns.log", "unbound.log")) {
      if (Files.exists(folder.file(log))) {
        narrator.say("      the end of " + log + ":");
        List<String> lines = Files.readAllLines(folder.file(log));
        lines
            .subList(Math.max(0, lines.size() - 15), lines.size())
            .forEach(line -> narrator.say("      " + line));
      }
    }
  }

  private static String indent(String printed) {
    return Stream.of(printed.strip().split("\n"))
        .map(line -> "    " + line)
        .collect(Collectors.joining("\n"));
  }

  private void cleanUp() {
    shell.close();
    folder.close();
  }
}
