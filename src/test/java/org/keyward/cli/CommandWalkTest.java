package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.config.SealKey;
import org.keyward.config.TokenSettings;
import org.keyward.store.Database;
import org.keyward.store.TestDatabase;
import org.keyward.token.SoftHsm;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/**
 * Every command, run on a real installation: a server, a signer with a SoftHSM2 token, zones of
 * every kind. What any of them prints, refuses or logs is written in the forms of {@link Outputs}.
 */
@Tag("once")
class CommandWalkTest {
  /** What each runs for good is a process of its own here: {@code run} is both of the others. */
  private static final Set<String> ELSEWHERE = Set.of("serve", "sign", "demo");

  private static final String NOBODY = "none.walk.test";

  @TempDir Path dir;
  private final Database database = TestDatabase.create();
  private final Outputs outputs = new Outputs();
  private final TimeZone zone = TimeZone.getDefault();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final List<List<String>> done = new ArrayList<>();
  private final Set<String> walked = new TreeSet<>(Set.of("run"));
  private final Set<String> asJson = new TreeSet<>();
  private final List<String> surprises = new ArrayList<>();
  private Path config;
  private Process service;
  private int port;
  private String printed;

  @BeforeEach
  void start() throws Exception {
    TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kolkata"));
    log.start();
    ((Logger) LoggerFactory.getLogger("org.keyward")).addAppender(log);
    TokenSettings token = SoftHsm.token("office", SoftHsm.PIN);
    SoftHsm.makeKey(token, "EC:prime256v1", "powerdns");
    String name = text("SELECT current_database()");
    Map<String, String> psql = TestDatabase.server().psqlEnvironment();
    Files.writeString(dir.resolve("password"), psql.get("PGPASSWORD"));
    Files.writeString(dir.resolve("pin"), SoftHsm.PIN);
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    config =
        Files.writeString(
            dir.resolve("keyward.yaml"),
            """
            data-dir: %1$s/data
            database: { url: "jdbc:postgresql://127.0.0.1:%2$s/%3$s", user: %4$s, password-file: %1$s/password }
            backend: { unix: %1$s/pdns.sock }
            admin: { http: "127.0.0.1:%5$d", validate: none }
            secrets: { key-file: %1$s/seal }
            tokens: [{ name: office, module: %6$s, label: %7$s, pin-file: %1$s/pin, powerdns-module: softhsm2 }]
            """
                .formatted(
                    dir,
                    psql.get("PGPORT"),
                    name,
                    psql.get("PGUSER"),
                    port,
                    SoftHsm.MODULE,
                    token.label().orElseThrow()));
    SealKey.readOrCreate(dir.resolve("seal"));
    ProcessBuilder builder =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-Duser.timezone=Asia/Kolkata",
                "--add-modules=jdk.crypto.cryptoki",
                "--add-exports=jdk.crypto.cryptoki/sun.security.pkcs11.wrapper=ALL-UNNAMED",
                "-cp",
                classPath(),
                "org.keyward.Main",
                "run",
                "--config",
                config.toString())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("printed").toFile());
    builder.environment().put("TZ", "Asia/Kolkata");
    service = builder.start();
  }

  /** Without the tests' own configuration of logs. */
  private static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.endsWith("test-classes"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  @AfterEach
  void stop() throws Exception {
    TimeZone.setDefault(zone);
    ((Logger) LoggerFactory.getLogger("org.keyward")).detachAppender(log);
    stopService();
    database.close();
  }

  private void stopService() throws Exception {
    service.destroy();
    if (!service.waitFor(30, TimeUnit.SECONDS)) {
      service.destroyForcibly().waitFor();
    }
    printed = Files.readString(dir.resolve("printed"));
  }

  private String text(String query) {
    return TestDatabase.jdbi(database)
        .withHandle(h -> h.createQuery(query).mapTo(String.class).one());
  }

  /** Runs a command with arguments that have no spaces; gives what it printed. */
  private String run(int expected, String words) {
    List<String> args = Arrays.asList(words.split(" "));
    if (expected < 2) {
      done.add(args);
    }
    Ran ran = run(args);
    CommandLine.ParseResult parsed =
        KeywardCommand.commandLine().parseArgs(args.toArray(String[]::new));
    while (parsed.hasSubcommand()) {
      parsed = parsed.subcommand();
    }
    String command = command(parsed.commandSpec().commandLine());
    walked.add(command);
    if (args.contains("--json")) {
      asJson.add(command);
      outputs.json(words, ran.out());
    }
    if (ran.status() != expected) {
      surprises.add(words + " ended with " + ran.status() + ": " + ran.out() + ran.err());
    }
    return ran.out();
  }

  private record Ran(int status, String out, String err) {}

  private Ran run(List<String> args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = KeywardCommand.commandLine();
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    List<String> whole = new ArrayList<>(args);
    if (!whole.contains("--config")) {
      whole.addAll(List.of("--config", config.toString()));
    }
    int status = line.execute(whole.toArray(String[]::new));
    String words = String.join(" ", args);
    outputs.check(words, out.toString());
    outputs.check(words + " (stderr)", err.toString());
    return new Ran(status, out.toString(), err.toString());
  }

  private static String command(CommandLine line) {
    return line.getCommandSpec().qualifiedName().replaceFirst("^keyward ", "");
  }

  private static List<CommandLine> leaves(CommandLine parent) {
    List<CommandLine> leaves = new ArrayList<>();
    for (CommandLine sub : new java.util.LinkedHashSet<>(parent.getSubcommands().values())) {
      leaves.addAll(sub.getSubcommands().isEmpty() ? List.of(sub) : leaves(sub));
    }
    return leaves;
  }

  private void sql(String statement) {
    TestDatabase.jdbi(database).useHandle(h -> h.execute(statement));
  }

  @Test
  void whatCommandsPrintIsWrittenInOneForm() throws Exception {
    zones();
    keys();
    signedByPowerDns();
    signing();
    parent();
    rolls();
    wrongNames();
    people();
    audit();
    outputs.check("/metrics", get("/metrics"));
    outputs.check("/healthz", get("/healthz"));
    outputs.check("/readyz", get("/readyz"));
    stopService();
    printed.lines().forEach(line -> outputs.logLine("log of run", line));
    log.list.forEach(event -> outputs.check("log", event.getFormattedMessage()));
    Path seal = dir.resolve("new-seal");
    SealKey.readOrCreate(seal);
    Path other =
        Files.writeString(
            dir.resolve("other.yaml"),
            Files.readString(config)
                .replace(
                    "key-file: " + dir + "/seal",
                    "key-file: %s, former-key-file: %s/seal".formatted(seal, dir)));
    run(0, "seal rotate --config " + other);
    run(1, "leave --config " + other);
    run(1, "leave --apply %s --config %s".formatted(dir.resolve("back.sql"), other));
    run(0, "migrate --check --config " + other);
    run(0, "migrate --check --json --config " + other);
    run(0, "migrate --config " + other);
    run(2, "migrate --json --config " + other);
    run(2, "setup --dry-run --yes --token card --folder " + dir.resolve("etc"));

    surprises.addAll(outputs.faults());
    assertThat(surprises).isEmpty();
    Set<String> commands = new TreeSet<>();
    Set<String> withJson = new TreeSet<>();
    for (CommandLine leaf : leaves(KeywardCommand.commandLine())) {
      commands.add(command(leaf));
      if (leaf.getCommandSpec().findOption("--json") != null) {
        withJson.add(command(leaf));
      }
    }
    commands.removeAll(ELSEWHERE);
    assertThat(walked).as("commands without a step here").containsAll(commands);
    assertThat(asJson).as("commands without a step with --json here").containsAll(withJson);
  }

  private String get(String path) throws Exception {
    URI address = URI.create("http://127.0.0.1:" + port + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString())
        .body();
  }

  private void zones() throws Exception {
    for (String name : List.of("signed", "pdns", "xn--bcher-kva", "gone")) {
      run(0, "zone create " + name + ".walk.test --ns ns1.example.net ns2.example.net");
    }
    Path file =
        Files.writeString(
            dir.resolve("split.zone"),
            """
            $TTL 3600
            @ IN SOA ns1.example.net. hm.example.net. 1 10800 3600 604800 3600
            @ IN NS ns1.example.net.
            @ IN MX 10 mail
            mail IN A 192.0.2.1
            """);
    run(0, "zone import split.walk.test " + file + " --dry-run");
    run(0, "zone import split.walk.test " + file);
    run(0, "zone import split.walk.test " + file + " --dry-run");
    sql(
        "INSERT INTO domains (name, type, master) VALUES ('secondary.walk.test', 'SLAVE', '192.0.2.1')");
    sql(
        "INSERT INTO records (domain_id, name, type, content, ttl)"
            + " SELECT id, 'www.pdns.walk.test', 'CNAME', 'nowhere.pdns.walk.test', 60"
            + " FROM domains WHERE name = 'pdns.walk.test'");
    run(0, "zone list");
    run(0, "zone list --json");
    run(0, "zone show split.walk.test");
    run(0, "zone show split.walk.test --json");
    run(0, "zone export split.walk.test");
    run(0, "zone denial split.walk.test nsec3");
  }

  private void keys() {
    run(0, "key generate office second --algorithm ecdsap384sha384");
    for (String json : List.of("", " --json")) {
      run(0, "token list" + json);
      run(0, "token check" + json);
      run(0, "token keys office" + json);
    }
    run(0, "token bench office --label powerdns --count 2");
  }

  /** It and a zone in mode split cannot be at once. */
  private void signedByPowerDns() {
    TestDatabase.jdbi(database)
        .useHandle(
            h ->
                h.execute(
                    "INSERT INTO cryptokeys (domain_id, flags, active, published, content)"
                        + " SELECT id, 257, true, true, ? FROM domains WHERE name = 'pdns.walk.test'",
                    TestDatabase.KEY));
    run(0, "ds pdns.walk.test.");
    run(0, "status pdns.walk.test");
    run(0, "key list");
    run(1, "zone check");
    run(1, "mode signed.walk.test split --dry-run");
    sql("DELETE FROM cryptokeys");
  }

  private void signing() {
    String key = " --token office --label powerdns --reason ticket";
    await("SELECT count(*) FROM keyward.token_key WHERE label = 'powerdns'", "1");
    run(0, "assign signed.walk.test" + key + " --dry-run");
    run(0, "assign signed.walk.test. xn--bcher-kva.walk.test" + key);
    run(0, "assign split.walk.test" + key + " --mode split");
    run(0, "mode signed.walk.test split --dry-run");
    run(1, "mode signed.walk.test. powerdns --reason ticket");
    run(0, "unassign xn--bcher-kva.walk.test --dry-run");
    run(0, "unassign xn--bcher-kva.walk.test --reason ticket");
    run(1, "zone delete xn--bcher-kva.walk.test");
    run(0, "zone delete xn--bcher-kva.walk.test --insist --reason ticket --dry-run");
    run(0, "unassign xn--bcher-kva.walk.test. --cancel");
    run(0, "zone delete gone.walk.test");
    run(0, "ds signed.walk.test");
    run(1, "ds split.walk.test --publish on");
    run(0, "ds signed.walk.test --publish on");
    for (String json : List.of("", " --json")) {
      run(1, "zone check" + json);
      run(0, "zone check pdns.walk.test" + json);
      run(0, "status" + json);
      run(0, "status signed.walk.test" + json);
      run(0, "status pdns.walk.test" + json);
      run(0, "status secondary.walk.test." + json);
      run(0, "findings" + json);
      run(0, "key list" + json);
      run(0, "clock list" + json);
      run(0, "adopt-hsm" + json);
    }
    run(0, "pdns-config");
    run(0, "pdns-config --for tools");
    run(1, "clock accept --for 1h --reason ticket");
  }

  /** No parent can be asked here: what a signer found is put where it would be. */
  private void parent() throws Exception {
    Thread signer =
        new Thread(
            () -> {
              while (!Thread.currentThread().isInterrupted()) {
                sql(
                    "INSERT INTO keyward.parent_view SELECT domain_id, 'missing', '', clock_timestamp()"
                        + " FROM keyward.parent_question ON CONFLICT (domain_id)"
                        + " DO UPDATE SET checked_at = excluded.checked_at");
                LockSupport.parkNanos(100_000_000);
              }
            });
    sql(
        "INSERT INTO keyward.parent_server SELECT id, 'ns1.example', '192.0.2.1', 'test', 'none',"
            + " '{}', NULL, '', now() FROM public.domains WHERE name = 'signed.walk.test'");
    signer.start();
    run(1, "parent check signed.walk.test");
    run(1, "parent check signed.walk.test --json");
    signer.interrupt();
    signer.join();
  }

  private void rolls() {
    run(0, "roll start signed.walk.test zsk --dry-run");
    run(0, "roll start signed.walk.test ksk --to office/new --pace 3d --dry-run");
    run(2, "roll start signed.walk.test zsk --pace fast");
    for (String json : List.of("", " --json")) {
      run(0, "roll key office/powerdns --to office/second --dry-run" + json);
    }
    run(1, "roll key office/powerdns --to office/nothing --dry-run");
    run(1, "roll key office/nothing --to office/second");
    run(2, "roll key office/powerdns --to second");
    run(2, "roll key office/powerdns --to office/second --waves 1,10");
    run(0, "plan signed.walk.test --what-if start=ksk --until 1y");
    run(0, "roll start signed.walk.test zsk --reason ticket");
    run(1, "roll start signed.walk.test zsk --dry-run");
    run(2, "roll start signed.walk.test ksk");
    run(2, "roll start signed.walk.test csk");
    run(2, "roll start signed.walk.test");
    run(1, "roll confirm signed.walk.test");
    run(1, "roll start split.walk.test zsk");
    run(1, "roll start split.walk.test zsk --dry-run");
    for (String json : List.of("", " --json")) {
      run(0, "roll list" + json);
      run(0, "roll ds-due" + json);
      run(0, "roll show signed.walk.test" + json);
      run(0, "roll show split.walk.test" + json);
    }
    run(0, "roll ds-due --csv");
    run(2, "roll ds-due --csv --json");
    run(0, "roll list --waits-for token");
    run(2, "roll list --waits-for nothing");
    run(0, "roll hold signed.walk.test.");
    run(0, "roll resume signed.walk.test");
    run(0, "roll cancel signed.walk.test");
    policies();
  }

  private void policies() {
    run(0, "policy set banks zsk-lifetime=120d pace=now --reason ticket");
    run(1, "policy set banks zsk-lifetime=1d");
    run(2, "policy set banks");
    run(0, "policy set banks retire-safety=2h --base as-before");
    run(0, "policy unset banks pace");
    run(1, "policy unset banks colour");
    run(0, "policy assign banks signed.walk.test");
    run(1, "policy assign nothing signed.walk.test");
    run(1, "policy delete banks");
    run(0, "policy set other pace=now");
    run(0, "policy delete other");
    run(1, "policy show nothing");
    for (String json : List.of("", " --json")) {
      run(0, "policy list" + json);
      run(0, "policy show banks" + json);
      run(0, "policy set banks zsk-lifetime=100d --dry-run" + json);
      run(0, "policy unset banks retire-safety --dry-run" + json);
      run(0, "plan signed.walk.test" + json);
      run(0, "plan --until 30d --parent-takes 2d" + json);
      run(0, "plan signed.walk.test --until 3652d --what-if zsk-lifetime=91d" + json);
    }
    assertThat(run(0, "plan --limit 2 --json"))
        .contains("\"more\"")
        .containsPattern("\"at\"(?s:.*)\"at\"");
    assertThat(run(0, "plan --limit 0 --person --json")).doesNotContain("\"person\" : null");
    run(2, "plan --limit -1");
    run(1, "plan signed.walk.test --what-if zsk-lifetime=1d");
    run(1, "plan nothing.walk.test");
    run(2, "plan --until soon");
    run(2, "plan --until 999999d");
  }

  private void people() {
    run(0, "api-token create eve --role auditor --expires 90d");
    run(0, "api-token list");
    run(0, "api-token list --json");
    run(0, "api-token revoke eve");
    run(0, "two-person on");
    run(0, "two-person");
    String request = text("SELECT keyward.set_mode('split.walk.test', 'presigned', 'by SQL')");
    await("SELECT state FROM keyward.requests WHERE id = " + request, "waiting");
    run(0, "unassign signed.walk.test --reason ticket");
    run(0, "zone delete signed.walk.test --insist --reason ticket");
    run(0, "ds signed.walk.test --publish delete");
    run(0, "two-person off --reason ticket");
    for (String options : List.of("", " --json", " --waiting", " --waiting --json")) {
      run(0, "request list" + options);
    }
    run(0, "approve " + request);
    String own = text("SELECT max(id) FROM keyward.requests");
    run(1, "approve " + own);
    run(0, "request cancel " + own + " --reason slip");
    run(1, "approve " + own);
    run(0, "request list");
  }

  private void await(String query, String value) {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
    while (!text(query).equals(value) && System.nanoTime() < end) {
      LockSupport.parkNanos(50_000_000);
    }
    assertThat(text(query)).isEqualTo(value);
  }

  private void audit() {
    run(0, "audit list");
    run(0, "audit list --json");
    run(0, "audit keys signed.walk.test");
    run(0, "audit keys signed.walk.test --json");
    run(0, "audit verify");
    run(0, "audit export");
    run(0, "audit export --format csv");
    String period = "audit report --from 2026-01-01 --to 2100-01-01";
    run(0, period);
    run(0, period + " --html " + dir.resolve("report.html"));
  }

  /**
   * Each command of zones, keys and tokens that was run, with a zone, token, key or request that is
   * not there.
   */
  private void wrongNames() {
    List<List<String>> steps = List.copyOf(done);
    for (List<String> step : steps) {
      wrong(step, "[a-z0-9-]+[.]walk[.]test[.]?", NOBODY, Set.of("create", "import"));
      wrong(step, "office", "nowhere", Set.of());
    }
    for (String command : List.of("approve 99999", "request cancel 99999")) {
      refused(List.of(command.split(" ")), "99999");
    }
    refused(List.of("api-token", "revoke", "nobody"), "nobody");
    refused(List.of("token", "bench", "office", "--label", "nothing"), "nothing");
    refused(
        List.of("assign", "gone.walk.test", "--token", "office", "--label", "powerdns"),
        "gone.walk.test");
    refused(
        List.of("assign", "split.walk.test", "--token", "office", "--label", "nothing"), "nothing");
    refused(List.of("zone", "import", "new.walk.test", "/nowhere/file"), "/nowhere/file");
  }

  private void wrong(List<String> step, String right, String wrong, Set<String> made) {
    int at = -1;
    for (int i = step.size() - 1; i > 0; i--) {
      at = step.get(i).matches(right) ? i : at;
    }
    if (at < 0 || step.stream().anyMatch(made::contains)) {
      return;
    }
    List<String> other = new ArrayList<>(step);
    other.removeIf(word -> word.matches(right));
    other.add(at, wrong);
    refused(other, wrong);
  }

  private final Set<List<String>> refused = new java.util.HashSet<>();

  private void refused(List<String> args, String named) {
    if (!refused.add(args)) {
      return;
    }
    Ran ran = run(args);
    boolean plain = ran.err().lines().allMatch(line -> line.startsWith("keyward: "));
    if (ran.status() != 1 || !plain || !ran.err().contains(named)) {
      surprises.add(args + " ended with " + ran.status() + ": " + ran.out() + ran.err());
    }
  }
}
