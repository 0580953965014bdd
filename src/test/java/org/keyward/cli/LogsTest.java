package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.config.ConfigException;
import org.keyward.config.ConfigLoader;
import org.keyward.config.LogSettings.Format;
import org.keyward.store.Database;
import org.keyward.store.TestDatabase;

/** The forms of logs, their levels, and what is never in them. */
@Tag("once")
class LogsTest {
  private static final String SECRET = "path-secret-0123456789abcdef0123456789";
  private static final int NOT_THERE = 0;
  private static final String PIN = "739152";

  @TempDir Path dir;

  private static LoggingEvent event(Level level, String message, Throwable failure) {
    return new LoggingEvent(
        "",
        new LoggerContext().getLogger("org.keyward.signing.Signer"),
        level,
        message,
        failure,
        new Object[0]);
  }

  private static String line(boolean journal, Format format, LoggingEvent event) {
    LogLayout layout = new LogLayout(journal);
    layout.use(format);
    layout.start();
    return layout.doLayout(event);
  }

  @Test
  void textHasTheTimeInUtcAndNothingThatMovesTheCursor() {
    assertThat(line(false, Format.TEXT, event(Level.WARN, "zone \u001b[2J\nx", null)))
        .matches(
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z WARN  Signer - zone \uFFFD\\[2J\uFFFDx\n");
  }

  @Test
  void journaldReadsAPriorityInEachLine() {
    Map.of(Level.ERROR, "<3>", Level.WARN, "<4>", Level.INFO, "<6>", Level.DEBUG, "<7>")
        .forEach(
            (level, priority) ->
                assertThat(
                        line(true, Format.TEXT, event(level, "x", new IllegalStateException("why")))
                            .lines())
                    .hasSizeGreaterThan(1)
                    .allMatch(one -> one.startsWith(priority)));
  }

  @Test
  void jsonIsAnObjectALine() throws Exception {
    String line =
        line(true, Format.JSON, event(Level.ERROR, "a \"b\"\n", new IllegalStateException("why")));
    assertThat(line).endsWith("}\n").doesNotStartWith("<");
    assertThat(line.lines()).hasSize(1);
    JsonNode read = new ObjectMapper().readTree(line);
    assertThat(read.get("level").asText()).isEqualTo("error");
    assertThat(read.get("logger").asText()).isEqualTo("Signer");
    assertThat(read.get("message").asText()).isEqualTo("a \"b\"\uFFFD");
    assertThat(read.get("error").asText()).contains("why");
  }

  @Test
  void levelsAreOfKeywardAlone() {
    for (String wrong :
        new String[] {"org.eclipse.jetty=debug", "signing=loud", "root=debug=x", "signing"}) {
      assertThatThrownBy(
              () ->
                  ConfigLoader.load(
                      Optional.of(
                          Files.writeString(
                              dir.resolve("k.yaml"), "log: { levels: '" + wrong + "' }")),
                      Map.of()))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("log.levels");
    }
  }

  @Test
  void aServiceLogsAsItIsToldAndNoSecret() throws Exception {
    try (Database database = TestDatabase.create()) {
      String json =
          served(
              database,
              Map.of("KEYWARD_LOG_FORMAT", "json", "KEYWARD_LOG_LEVELS", "keyward=debug"));
      for (String line : json.lines().toList()) {
        assertThat(new ObjectMapper().readTree(line).get("message").asText()).isNotBlank();
      }
      assertThat(json).contains("\"level\":\"info\"");
      String text = served(database, Map.of());
      assertThat(text.lines()).isNotEmpty().allMatch(line -> line.matches("<[346]>.*"));
      String password = TestDatabase.server().psqlEnvironment().get("PGPASSWORD");
      assertThat(json + text)
          .doesNotContain(SECRET, PIN, password, Files.readString(dir.resolve("seal")));
    }
  }

  /** The log of a service that has been asked, rightly and wrongly. */
  private String served(Database database, Map<String, String> environment) throws Exception {
    int port = free();
    Path config = config(database, port);
    Path log = Files.createFile(dir.resolve("log" + System.nanoTime()));
    ProcessBuilder builder =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "--add-modules=jdk.crypto.cryptoki",
                "--add-exports=jdk.crypto.cryptoki/sun.security.pkcs11.wrapper=ALL-UNNAMED",
                "-cp",
                classPath(),
                "org.keyward.Main",
                "serve",
                "--config",
                config.toString())
            .redirectError(log.toFile())
            .redirectOutput(dir.resolve("out").toFile());
    Map<String, Object> file = Files.readAttributes(log, "unix:dev,ino");
    builder.environment().put("JOURNAL_STREAM", file.get("dev") + ":" + file.get("ino"));
    builder.environment().putAll(environment);
    Process service = builder.start();
    try {
      int status = ask(port, SECRET);
      while (status == NOT_THERE) {
        assertThat(service.isAlive()).as(Files.readString(log)).isTrue();
        LockSupport.parkNanos(100_000_000);
        status = ask(port, SECRET);
      }
      assertThat(status).isEqualTo(200);
      ask(port, SECRET + "wrong");
    } finally {
      service.destroy();
      service.waitFor();
    }
    return Files.readString(log);
  }

  private static int ask(int port, String secret) throws InterruptedException {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/dns/" + secret))
                  .header("Content-Type", "application/json")
                  .POST(
                      BodyPublishers.ofString(
                          "{\"method\":\"lookup\",\"parameters\":{\"qtype\":\"SOA\",\"qname\":\"example.com.\",\"zone-id\":-1}}"))
                  .build(),
              BodyHandlers.ofString())
          .statusCode();
    } catch (java.io.IOException e) {
      return NOT_THERE; // it does not listen yet
    }
  }

  private Path config(Database database, int port) throws Exception {
    String name =
        TestDatabase.jdbi(database)
            .withHandle(h -> h.createQuery("SELECT current_database()").mapTo(String.class).one());
    Map<String, String> psql = TestDatabase.server().psqlEnvironment();
    Files.writeString(dir.resolve("password"), psql.get("PGPASSWORD"));
    Files.writeString(dir.resolve("pin"), PIN);
    Files.writeString(dir.resolve("secret"), SECRET);
    Files.writeString(dir.resolve("seal"), Base64.getEncoder().encodeToString(new byte[32]));
    return Files.writeString(
        dir.resolve("keyward.yaml"),
        """
        database: { url: "jdbc:postgresql://127.0.0.1:%1$s/%2$s", user: %3$s, password-file: %4$s/password }
        backend: { http: "127.0.0.1:%5$d", secret-file: %4$s/secret }
        admin: { http: "127.0.0.1:%6$d", validate: none }
        secrets: { key-file: %4$s/seal }
        tokens: [{ name: office, module: /usr/lib/softhsm/libsofthsm2.so, label: x, pin-file: %4$s/pin, powerdns-module: softhsm2 }]
        """
            .formatted(psql.get("PGPORT"), name, psql.get("PGUSER"), dir, port, free()));
  }

  private static int free() throws java.io.IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Without the tests' own configuration of logs. */
  private static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.endsWith("test-classes"))
        .collect(Collectors.joining(File.pathSeparator));
  }
}
