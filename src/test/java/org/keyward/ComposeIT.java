package org.keyward;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.remote.PowerDns;
import org.keyward.store.EmbeddedDatabase;

/**
 * What the containers of docker-compose.yml run, in their order, without containers: scripts and
 * commands as they stand there, with the places of a folder in place of the containers' own.
 */
@Tag("long")
class ComposeIT {
  private static final Path PROJECT = Path.of("").toAbsolutePath();

  /** The owner of the tables, and whichever of the logins is a superuser or may make roles. */
  private static final String SUPERUSERS_AMONG_US =
      "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('public', 'keyward') UNION ALL"
          + " SELECT rolname FROM pg_roles WHERE rolname LIKE 'keyward%'"
          + " AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls)";

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Map<String, String> places = new LinkedHashMap<>();
  private final List<Process> services = new ArrayList<>();
  private JsonNode compose;
  private Path dir;

  @Test
  void theZonesAreValidatedFromOutside(@TempDir Path folder) throws Exception {
    dir = folder;
    compose = new YAMLMapper().readTree(Files.readString(Path.of("docker-compose.yml")));
    int dnsPort = Installation.freePort();
    int adminPort = Installation.freePort();
    try (EmbeddedDatabase server = EmbeddedDatabase.open(dir.resolve("postgres"), true)) {
      for (String made :
          List.of(
              "bin",
              "etc",
              "etc-tools",
              "run",
              "lib/tokens",
              "lib/copy",
              "anchors",
              "pdns",
              "tools")) {
        Files.createDirectories(dir.resolve(made));
      }
      Files.createSymbolicLink(dir.resolve("bin/keyward"), PROJECT.resolve("bin/keyward"));
      places.put("/usr/bin/keyward-relay", PROJECT + "/bin/keyward-relay");
      places.put("/run/secrets", dir + "/docker/secrets");
      places.put("/etc/keyward", dir + "/docker");
      places.put("/etc/powerdns", dir + "/etc");
      places.put("/run/keyward", dir + "/run");
      places.put("--socket-dir=/tmp", "--socket-dir=" + dir + "/pdns");
      places.put("/var/lib/keyward", dir + "/lib");
      places.put("/anchors", dir + "/anchors");
      places.put("/usr/share/keyward/demo/", PROJECT + "/src/main/resources/demo/");
      places.put("/usr/share/keyward/", dir + "/docker/");
      places.put("//postgres/pdns", "//127.0.0.1:" + server.port() + "/pdns");
      places.put("0.0.0.0:8054", "127.0.0.1:" + adminPort);
      places.put("127.0.0.1:8054", "127.0.0.1:" + adminPort);
      places.put("0.0.0.0", "127.0.0.1");
      places.put("5300", String.valueOf(dnsPort));
      String api = "127.0.0.1:" + Installation.freePort();
      places.put("http://tools:8081", "http://" + api);
      places.put("webserver-port=8081", "webserver-port=" + api.split(":")[1]);
      places.put("local-port=5399", "local-port=" + Installation.freePort());
      places.put("gpgsql-host=postgres", "gpgsql-host=127.0.0.1");
      places.put("gpgsql-port=5432", "gpgsql-port=" + server.port());
      copy(Path.of("docker"), dir.resolve("docker"));
      copy(Path.of("pdns-config/pdns-4.7-pipe.conf"), dir.resolve("etc/pdns.conf"));

      Files.move(dir.resolve("docker/pdns-tools.conf"), dir.resolve("etc-tools/pdns.conf"));

      run(Map.of(), "docker/make-secrets");
      Map<String, String> owner = new LinkedHashMap<>(server.psqlEnvironment());
      // What PostgreSQL's image does before it runs the script.
      run(owner, "psql", "-q", "-c", "CREATE DATABASE pdns");
      owner.putAll(Map.of("POSTGRES_USER", "postgres", "POSTGRES_DB", "pdns"));
      run(owner, "docker/logins.sh");
      run(Map.of(), entrypoint("setup"));
      assertThat(
              run(owner, "psql", "-At", "-d", "pdns", "-c", SUPERUSERS_AMONG_US).lines().toList())
          .as("of the logins that Keyward uses, and the owner of its tables")
          .containsExactly("keyward_owner");
      assertThat(run(Map.of(), entrypoint("setup"))).as("the second time").doesNotContain("made");

      service("serve", keyward("serve"));
      service("sign", keyward("sign"));
      until("serve");
      service("powerdns", powerDns("powerdns"));
      run(Map.of(), entrypoint("demo"));
      until("powerdns");
      // A folder of its own, as its container has one.
      places.put("/etc/powerdns", dir + "/etc-tools");
      places.put("--socket-dir=/tmp", "--socket-dir=" + dir + "/tools");
      service("tools", powerDns("tools"));
      until("tools");

      List<String> check = new ArrayList<>(List.of("docker/check"));
      compose.at("/services/check/command").forEach(word -> check.add(real(word.asText())));
      check.set(1, "127.0.0.1"); // the service's name
      assertThat(run(Map.of(), check.toArray(String[]::new)))
          .endsWith("check: 8 passed, 0 failed\n");
      run(Map.of(), entrypoint("demo"));
    }
  }

  private List<String> keyward(String service) {
    List<String> command = new ArrayList<>(List.of(dir + "/bin/keyward"));
    compose
        .at("/services/" + service + "/command")
        .forEach(word -> command.add(real(word.asText())));
    return command;
  }

  private List<String> powerDns(String service) {
    List<String> command = new ArrayList<>(List.of(PowerDns.program("pdns_server")));
    command.add(real("--config-dir=/etc/powerdns"));
    compose
        .at("/services/" + service + "/command")
        .forEach(word -> command.add(real(word.asText())));
    return command;
  }

  private String entrypoint(String service) {
    return real(compose.at("/services/" + service + "/entrypoint/0").asText());
  }

  /** Waits as the engine does, by the health check. */
  private void until(String service) {
    List<String> test = new ArrayList<>();
    compose
        .at("/services/" + service + "/healthcheck/test")
        .forEach(word -> test.add(real(word.asText())));
    Installation.await(
        service + " to be healthy",
        LIMIT,
        () -> builder(Map.of(), test.subList(1, test.size())).start().waitFor() == 0);
  }

  private String run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    Process process = builder(environment, List.of(command)).start();
    process.getOutputStream().close();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as("%s:%n%s", List.of(command), printed).isZero();
    return printed;
  }

  private void service(String name, List<String> command) throws IOException {
    services.add(
        builder(Map.of(), command).redirectOutput(dir.resolve(name + ".log").toFile()).start());
  }

  private ProcessBuilder builder(Map<String, String> environment, List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(dir.toFile());
    builder.redirectErrorStream(true);
    Map<String, String> all = builder.environment();
    all.putAll(environment);
    all.put("PATH", dir + "/bin:" + all.get("PATH") + ":/usr/sbin");
    all.put("JAVA_HOME", System.getProperty("java.home"));
    all.put("KEYWARD_JAR", ClassArchive.JAR.toString());
    all.put("KEYWARD_JAVA_OPTS", String.join(" ", ClassArchive.options()));
    all.put("KEYWARD_CONFIG", real("/etc/keyward/keyward.yaml"));
    all.put("SOFTHSM2_CONF", real("/etc/keyward/softhsm2.conf"));
    return builder;
  }

  private String real(String text) {
    return DocInstallation.replace(text, places);
  }

  private void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (file.startsWith("docker/secrets")) {
          continue;
        }
        Path copy = to.resolve(from.relativize(file).toString());
        Files.createDirectories(copy.getParent());
        Files.writeString(copy, real(Files.readString(file)));
        assertThat(copy.toFile().setExecutable(Files.isExecutable(file))).isTrue();
      }
    }
  }

  @AfterEach
  void stop() throws Exception {
    services.forEach(Process::destroy);
    for (Process service : services) {
      service.waitFor(20, TimeUnit.SECONDS);
    }
    Files.deleteIfExists(dir.resolve("bin/keyward"));
  }
}
