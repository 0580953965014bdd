package org.keyward;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.keyward.remote.Form;
import org.keyward.remote.PowerDns;
import org.keyward.remote.PowerDnsVersion;
import org.keyward.token.SoftHsm;
import org.keyward.token.TestToken;

/**
 * Keyward as a user installs it, in a folder of its own: the packaged jar as processes, an embedded
 * PostgreSQL, a SoftHSM2 token with a key made by pkcs11-tool, PowerDNS with the generated
 * configuration. Everything on loopback; {@link #close} stops all of it.
 */
final class Installation implements AutoCloseable {
  static final String TOKEN = "office";
  static final String KEY = "powerdns";
  private static final String PROGRAMS = "data/server";
  private static final String SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so";

  final Path dir;
  final Path config;
  final int adminPort = freePort();
  final int httpPort = freePort();
  int dnsPort;
  private final String token;
  private final Map<String, String> printedConfigs = new HashMap<>();
  private Process service;
  private Process signer;
  private Process powerDns;

  /** With a SoftHSM2 token. */
  Installation(Path dir) {
    this(dir, "");
  }

  /**
   * With a SoftHSM2 token.
   *
   * @param more lines for the configuration
   */
  Installation(Path dir, String more) {
    this(dir, "module: " + SOFTHSM + ", label: keyward-test, powerdns-module: softhsm2", more);
    makeToken();
  }

  /** With a token that the test steers, whose calls may hang for no more than five seconds. */
  Installation(Path dir, TestToken token) {
    this(
        dir,
        "module: %s, serial: '%s', hang-timeout: 5s".formatted(token.module(), token.serial()),
        "");
    token.makeKey("EC:prime256v1", KEY);
  }

  private Installation(Path dir, String token, String more) {
    this.dir = dir;
    this.token = token;
    this.config = configure("keyward.yaml", more);
    write("pin", SoftHsm.PIN);
    shareServerPrograms();
  }

  /** PostgreSQL's programs are unpacked once for all installations. */
  private void shareServerPrograms() {
    Path shared = ClassArchive.JAR.resolveSibling("postgres-programs");
    try {
      Files.createDirectories(shared);
      mkdir("data");
      Files.createSymbolicLink(dir.resolve(PROGRAMS), shared);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes another configuration of the same installation. */
  Path configure(String file, String more) {
    write(
        file,
        """
        data-dir: %1$s/data
        backend: { http: "127.0.0.1:%2$d", unix: %1$s/pdns.sock, secret-file: %1$s/data/backend-secret }
        admin: { http: "127.0.0.1:%3$d" }
        tokens:
          - { name: %4$s, pin-file: %1$s/pin, %5$s }
        %6$s
        """
            .formatted(dir, httpPort, adminPort, TOKEN, token, more));
    return dir.resolve(file);
  }

  private void makeToken() {
    mkdir("tokens");
    write(
        "softhsm2.conf",
        "directories.tokendir = " + dir.resolve("tokens") + "\nobjectstore.backend = file\n");
    run("softhsm2-util --init-token --free --label keyward-test --so-pin 12345678 --pin 123456");
    run("pkcs11-tool --module " + SOFTHSM + " -l -p 123456 -k --key-type EC:prime256v1 -a " + KEY);
  }

  /** Starts {@code keyward run} and waits until it is ready. */
  void start(String... options) {
    List<String> command = new ArrayList<>(keyward(config, "run"));
    command.addAll(List.of(options));
    service = spawn("keyward.log", command);
    await("keyward to be ready", Duration.ofMinutes(3), this::ready);
  }

  /** Starts the two roles as processes of their own, each with its configuration. */
  void start(Path serve, Path sign) {
    spawnRoles(serve, sign);
    awaitReady();
  }

  /** Has these two, which a test has started, as the roles of this installation. */
  void adopt(Process server, Process ofSigner) {
    service = server;
    signer = ofSigner;
  }

  /**
   * Starts a role.
   *
   * @param prefix what the command begins with
   */
  Process spawnWith(List<String> prefix, String log, Path config, String role) {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(keyward(config, role));
    write(log, "");
    return spawn(log, command);
  }

  void stopRoles() {
    stop(signer);
    stop(service);
  }

  void spawnRoles(Path serve, Path sign) {
    service = spawn("keyward.log", keyward(serve, "serve"));
    signer = spawn("signer.log", keyward(sign, "sign"));
  }

  void startSignerAgain(Path sign) {
    stop(signer);
    signer = spawn("signer.log", keyward(sign, "sign"));
  }

  void awaitReady() {
    await("keyward to be ready", Duration.ofMinutes(3), this::ready);
  }

  /** The signer that {@code keyward run} has started. */
  Optional<ProcessHandle> signerOfService() {
    return service
        .children()
        .filter(child -> child.info().commandLine().orElse("").contains(" sign "))
        .findFirst();
  }

  private boolean ready() throws Exception {
    if (!service.isAlive()) {
      throw new IllegalStateException("keyward ended:\n" + read("keyward.log"));
    }
    return Files.exists(dir.resolve("pdns.sock")) && status("/readyz") == 200;
  }

  int status(String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPort + path)).build();
    return HttpClient.newHttpClient()
        .send(request, HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  /** Where PowerDNS posts to; the service has made the secret part. */
  String backendUrl() {
    return "http://127.0.0.1:" + httpPort + "/dns/" + read("data/backend-secret").strip();
  }

  /** Starts PowerDNS with the configuration that Keyward prints for it. */
  void startPowerDns(String transport) {
    startPowerDnsWith(cli("pdns-config", "--powerdns", "4.7", "--transport", transport));
  }

  /** Starts PowerDNS with a configuration that Keyward has printed. */
  void startPowerDnsWith(String generated) {
    dnsPort = freePort();
    mkdir("pdns");
    write(
        "pdns/pdns.conf",
        generated
            + """

            local-address=127.0.0.1
            local-port=%d
            socket-dir=%s/pdns
            daemon=no
            guardian=no
            setuid=
            setgid=
            disable-axfr=no
            allow-axfr-ips=127.0.0.0/8
            security-poll-suffix=
            """
                .formatted(dnsPort, dir));
    startPowerDnsAgain();
  }

  /** Starts PowerDNS with the configuration that is there already. */
  void startPowerDnsAgain() {
    powerDns =
        spawn(
            "pdns.log",
            List.of(PowerDns.program("pdns_server"), "--config-dir=" + dir.resolve("pdns")));
    await(
        "PowerDNS to answer",
        Duration.ofSeconds(30),
        () -> dig("+tcp", "+short", "version.bind", "TXT", "CH").startsWith("\""));
  }

  /** Starts a PowerDNS of its own with the configuration that Keyward prints for its version. */
  PowerDns powerDns(PowerDnsVersion version, Form form) {
    boolean unix = form == Form.UNIX;
    String printed =
        printedConfigs.computeIfAbsent(
            version.name() + (unix ? " unix" : " http"),
            key ->
                cli(
                    "pdns-config",
                    "--powerdns",
                    version.name(),
                    "--transport",
                    unix ? "unix" : "http"));
    List<String> lines = new ArrayList<>(printed.lines().toList());
    if (form == Form.POST || form == Form.REST) {
      lines.removeIf(line -> line.startsWith("remote-connection-string="));
      lines.add(form.connection(dir.resolve("pdns.sock"), backendUrl()));
    }
    lines.add("allow-axfr-ips=127.0.0.0/8");
    if (!version.name().startsWith("4.") && !printed.contains("direct-dnskey=yes")) {
      // For zones in mode split, beside the pre-signed ones.
      lines.addAll(List.of("direct-dnskey=yes", "direct-dnskey-signature=yes"));
    }
    try {
      return PowerDns.start(version, Files.createTempDirectory(dir, "p"), lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void stopPowerDns() {
    stop(powerDns);
  }

  void stopService() {
    stop(service);
  }

  Process service() {
    return service;
  }

  /** Kills the service's JVM alone, as the kernel would; its children find out by themselves. */
  static void kill(Process process) {
    process.destroyForcibly();
    try {
      process.waitFor(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs a keyward command that must succeed, and gives what it printed. */
  String cli(String... arguments) {
    return cliWith(config, arguments);
  }

  /** Zones are served with their first signature; waits until the token has made all others. */
  void awaitRunways() {
    await(
        "all runways to be signed",
        Duration.ofMinutes(3),
        () -> {
          for (JsonNode zone : new ObjectMapper().readTree(cli("status", "--json")).get("zones")) {
            if (zone.get("steps_waiting").asLong() > 0) {
              return false;
            }
          }
          return true;
        });
  }

  String cliWith(Path config, String... arguments) {
    return run(keyward(config, arguments));
  }

  /** What {@link #cli} runs. */
  List<String> command(String... arguments) {
    return keyward(config, arguments);
  }

  private List<String> keyward(Path config, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(System.getProperty("java.home") + "/bin/java", "-XX:TieredStopAtLevel=1"));
    command.addAll(ClassArchive.options());
    command.addAll(List.of("-jar", ClassArchive.JAR.toString()));
    command.addAll(Arrays.asList(arguments));
    command.add("--config");
    command.add(config.toString());
    return command;
  }

  /** Programs that ask the PowerDNS that {@link #startPowerDns} has started. */
  Validators validators() {
    return new Validators(dir, dnsPort);
  }

  String dig(String... arguments) {
    return validators().dig(arguments);
  }

  /** What delv says of a name, with the zone's KSK as the only trust anchor. */
  String delv(String zone, String name, String type) {
    return validators().delv(zone, name, type);
  }

  /** Writes the trust anchor of a zone from the KSK in its DNSKEY set. */
  void trust(String zone) {
    validators().trust(zone);
  }

  String run(String command) {
    return run(List.of(command.split(" ")));
  }

  String run(List<String> command) {
    try {
      Process process = builder(command).start();
      process.getOutputStream().close();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError(
            command + " ended with " + process.exitValue() + ":\n" + printed + logs());
      }
      return printed;
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What the service and the signer have said, for the message of a test that failed. */
  private String logs() {
    StringBuilder all = new StringBuilder();
    for (String log : List.of("keyward.log", "signer.log")) {
      if (Files.exists(dir.resolve(log))) {
        all.append("--- ").append(log).append('\n').append(read(log));
      }
    }
    return all.toString();
  }

  private ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("SOFTHSM2_CONF", dir.resolve("softhsm2.conf").toString());
    return builder;
  }

  private Process spawn(String log, List<String> command) {
    ProcessBuilder builder = builder(command);
    builder.environment().put("JDK_JAVA_OPTIONS", ClassArchive.environment());
    try {
      return builder
          .redirectOutput(ProcessBuilder.Redirect.appendTo(dir.resolve(log).toFile()))
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void await(String what, Duration limit, Callable<Boolean> condition) {
    long end = System.nanoTime() + limit.toNanos();
    Exception last = null;
    while (System.nanoTime() < end) {
      try {
        if (condition.call()) {
          return;
        }
      } catch (IOException e) {
        last = e;
      } catch (Exception e) {
        throw new AssertionError("while waiting for " + what, e);
      }
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    throw new AssertionError("waited " + limit + " in vain for " + what, last);
  }

  void write(String name, String text) {
    try {
      Files.writeString(dir.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String read(String name) {
    try {
      return Files.readString(dir.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void mkdir(String name) {
    try {
      Files.createDirectories(dir.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The embedded PostgreSQL server's own process. */
  ProcessHandle postgres() throws IOException {
    try (Stream<Path> files = Files.walk(dir.resolve("data"))) {
      Path pidFile =
          files
              .filter(file -> file.endsWith("postmaster.pid"))
              .findFirst()
              .orElseThrow(() -> new AssertionError("no PostgreSQL runs in " + dir));
      long pid = Long.parseLong(Files.readAllLines(pidFile).get(0).strip());
      return ProcessHandle.of(pid).orElseThrow();
    }
  }

  private static void stop(Process process) {
    if (process == null) {
      return;
    }
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        kill(process);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    stop(powerDns);
    stop(signer);
    stop(service);
    try {
      postgres().destroy();
    } catch (IOException | RuntimeException | AssertionError e) {
      // it ended with the service, as it should
    }
    try {
      Files.deleteIfExists(dir.resolve(PROGRAMS));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
