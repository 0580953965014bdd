package org.keyward;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.keyward.config.ConfigLoader;
import org.keyward.store.EmbeddedDatabase;
import org.keyward.token.SoftHsm;

/**
 * A reader who does what the pages say: an {@link Installation} whose places, ports and token stand
 * for those that the pages name, and a PostgreSQL server that is there already.
 */
final class DocInstallation implements AutoCloseable {
  private static final Path PROJECT = Path.of("").toAbsolutePath();
  private static final List<String> LINKS = List.of("src", "bin/keyward");
  private static final Duration CACHED = Duration.ofSeconds(40);

  private final Path dir;
  private final EmbeddedDatabase server;
  private final Installation keyward;
  private final Map<String, String> real = new LinkedHashMap<>();

  DocInstallation(Path dir) throws IOException {
    this.dir = dir;
    for (String folder : List.of("bin", "etc/keyward", "etc/powerdns/pdns.d", "installation")) {
      Files.createDirectories(dir.resolve(folder));
    }
    for (String link : LINKS) {
      Files.createSymbolicLink(dir.resolve(link), PROJECT.resolve(link));
    }
    Path sudo = dir.resolve("bin/sudo");
    Files.writeString(sudo, "#!/bin/sh\n[ \"$1\" = -u ] && shift 2\nexec \"$@\"\n");
    assertThat(sudo.toFile().setExecutable(true)).isTrue();
    server = EmbeddedDatabase.open(dir.resolve("postgres"), true);
    keyward = new Installation(dir.resolve("installation"));
    real.put("/run/credentials/keyward-sign.service/pin", dir.resolve("etc/keyward/pin") + "");
    real.put("/etc/keyward", dir.resolve("etc/keyward").toString());
    real.put("/etc/powerdns", dir.resolve("etc/powerdns").toString());
    real.put("/run/keyward", keyward.dir.toString());
    real.put("/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so", SoftHsm.MODULE.toString());
    real.put("DENK0104322", serial());
    real.put("//localhost/pdns", "//127.0.0.1:" + server.port() + "/pdns");
    real.put("127.0.0.1:8053", "127.0.0.1:" + keyward.httpPort);
    real.put("127.0.0.1:8054", "127.0.0.1:" + keyward.adminPort);
  }

  private String serial() {
    return keyward
        .run("softhsm2-util --show-slots")
        .replaceFirst("(?s).*?Serial number:\\s+(\\S+).*", "$1");
  }

  /** What a page says happens between its blocks. */
  void event(String what) throws IOException, InterruptedException {
    switch (what) {
      case "keyward starts" ->
          keyward.start(
              dir.resolve("etc/keyward/keyward.yaml"), dir.resolve("etc/keyward/sign.yaml"));
      case "PowerDNS starts" -> {
        keyward.startPowerDnsWith(
            keyward.read("../etc/powerdns/pdns.d/keyward.conf")); // systemd's unit has the rest
        real.put("@127.0.0.1", "@127.0.0.1 -p " + keyward.dnsPort);
      }
      case "the signer starts anew with admin.two-person" -> startSignerAgain(true);
      case "the signer starts anew without admin.two-person" -> startSignerAgain(false);
      case "the next request has the number 17" ->
          assertThat(sql("ALTER TABLE keyward.request ALTER id RESTART WITH 17;")).isEmpty();
      default -> throw new AssertionError("a page says '" + what + "', which no test knows");
    }
  }

  private void startSignerAgain(boolean twoPerson) throws IOException {
    Path plain = dir.resolve("etc/keyward/sign.yaml");
    Path sign = dir.resolve("sign-with-rule.yaml");
    String rule = "\nadmin: { two-person: " + twoPerson + " }\n";
    keyward.startSignerAgain(Files.writeString(sign, Files.readString(plain) + rule));
    String asked = "psql -X -At -d pdns -c 'SELECT two_person FROM keyward.rule'";
    Installation.await(
        "the signer to write the rule down",
        Duration.ofSeconds(60),
        () -> bash("", asked).printed().startsWith(twoPerson ? "t" : "f"));
  }

  /** What the command prints, both streams, as it would print it at the places of the page. */
  String run(DocPage.Command command) throws IOException, InterruptedException {
    boolean asks = command.text().matches("(?s)(dig|delv) .*");
    long end = System.nanoTime() + CACHED.toNanos();
    while (true) {
      String printed = bash(command.person(), command.text()).printed();
      if (!asks || DocPage.fits(command.printed(), printed) || System.nanoTime() > end) {
        return printed;
      }
      Thread.sleep(500); // PowerDNS may not have seen a new zone or name yet
    }
  }

  /** Runs a script that must succeed; else what it printed. */
  Optional<String> script(String text) throws IOException, InterruptedException {
    Ended ended = bash("", "set -eu\n" + text);
    return Optional.of("\n" + ended.printed()).filter(printed -> ended.status() != 0);
  }

  /** Runs statements as the owner of the tables. */
  Optional<String> sql(String text) throws IOException, InterruptedException {
    return script("psql -X -q -v ON_ERROR_STOP=1 -d pdns <<'SQL'\n" + text + "\nSQL\n");
  }

  /**
   * Holds it against the loader; a block that names its file in the first line is written there.
   */
  void configuration(String text) throws IOException {
    Path file = dir.resolve("shown.yaml");
    if (text.startsWith("# /etc/keyward/")) {
      file = Path.of(real(text.substring(2, text.indexOf(".yaml") + 5)));
    }
    Files.writeString(file, real(text));
    Matcher secret =
        Pattern.compile("/etc/keyward/[a-z-]+(?= |$)", Pattern.MULTILINE).matcher(text);
    while (secret.find()) {
      Path there = Path.of(real(secret.group()));
      if (!Files.exists(there)) {
        Files.writeString(there, "a secret\n");
      }
    }
    ConfigLoader.load(Optional.of(file), Map.of());
  }

  private record Ended(int status, String printed) {}

  private Ended bash(String person, String text) throws IOException, InterruptedException {
    List<String> shell =
        switch (person) {
          case "", "alice" -> new ArrayList<>();
          case "bob" -> asSomebodyElse();
          default -> throw new AssertionError("nobody here is " + person);
        };
    shell.addAll(List.of("bash", "-c", real(text)));
    ProcessBuilder builder = new ProcessBuilder(shell).directory(dir.toFile());
    builder.redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.putAll(server.psqlEnvironment());
    environment.put("PATH", dir.resolve("bin") + ":" + environment.get("PATH") + ":/usr/sbin");
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("KEYWARD_JAR", ClassArchive.JAR.toString());
    environment.put("KEYWARD_JAVA_OPTS", String.join(" ", ClassArchive.options()));
    environment.put("KEYWARD_CONFIG", dir.resolve("etc/keyward/keyward.yaml").toString());
    environment.put("SOFTHSM2_CONF", keyward.dir.resolve("softhsm2.conf").toString());
    Process process = builder.start();
    try (OutputStream keyboard = process.getOutputStream()) {
      keyboard.write((SoftHsm.PIN + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("Broken pipe"); // it asked for nothing and has ended
    }
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), shown(printed));
  }

  /** The kernel calls who runs this {@code daemon}; to files it is still who runs the test. */
  private static List<String> asSomebodyElse() throws IOException, InterruptedException {
    List<String> shell = new ArrayList<>(List.of("unshare", "--user", "--map-user=1"));
    List<String> id = new ArrayList<>(shell);
    id.addAll(List.of("id", "-u"));
    Process process = new ProcessBuilder(id).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(printed.strip())
        .as("a second person needs a user namespace, which this machine must allow: %s", shell)
        .isEqualTo("1");
    return shell;
  }

  /** What the page writes, at the places where it is here. */
  private String real(String text) {
    return replace(text, real);
  }

  /** What is printed here, as it is at the places of the page. */
  private String shown(String printed) {
    Map<String, String> places = new LinkedHashMap<>();
    real.forEach((page, here) -> places.put(here, page));
    return replace(printed, places);
  }

  static String replace(String text, Map<String, String> places) {
    return Pattern.compile(places.keySet().stream().map(Pattern::quote).collect(joining("|")))
        .matcher(text)
        .replaceAll(match -> Matcher.quoteReplacement(places.get(match.group())));
  }

  @Override
  public void close() throws IOException {
    keyward.close();
    server.close();
    for (String link : LINKS) {
      Files.delete(dir.resolve(link));
    }
  }
}
