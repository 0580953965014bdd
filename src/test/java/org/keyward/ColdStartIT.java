package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.store.Database;
import org.keyward.store.EmbeddedDatabase;
import org.keyward.store.TcpForward;
import org.keyward.store.TestDatabase;

/** A server that starts while PostgreSQL is stopped answers PowerDNS from its copy of the zones. */
@Tag("once")
class ColdStartIT {
  private static final String SIGNED = "example.com.";
  private static final Duration LONG = Duration.ofSeconds(90);

  @TempDir Path dir;
  private final int port = Installation.freePort();
  private Path config;
  private Installation keyward;
  private TcpForward way;

  @Test
  void theCopyIsServedUntilTheDatabaseIsThere() throws Exception {
    try (Installation installed = new Installation(dir)) {
      keyward = installed;
      keyward.write("seal-key", Base64.getEncoder().encodeToString(new byte[32]));
      config = keyward.configure("serve.yaml", settings());
      serveAndStopEverything();

      Process serve = startServing("Keyward is ready");
      keyward.startPowerDnsAgain();
      answersAreValid();
      assertThat(body("/readyz"))
          .contains("database has failed", "zones are served from the copy of 20");
      assertThat(body("/metrics")).contains("keyward_copy_served 1.0");

      try (EmbeddedDatabase server = startDatabase()) {
        insert(server, "new.example.com");
        insert(server, "new.plain.example");
        way = TcpForward.start(port, server.port());
        keyward.adopt(serve, keyward.spawnWith(List.of(), "signer.log", config, "sign"));
        keyward.awaitReady();
        Installation.await(
            "the change to be served",
            LONG,
            () -> keyward.dig("+short", "new.plain.example", "A").contains("192.0.2.77"));
        assertThat(keyward.delv(SIGNED, "new.example.com", "A")).contains("; fully validated");
        answersAreValid();
        assertThat(body("/metrics")).contains("keyward_copy_served 0.0");
        Installation.await(
            "the finding",
            LONG,
            () -> keyward.cliWith(config, "findings").contains("started without the database"));
        keyward.stopRoles();
        way.close();
      }

      // Nothing is served from a copy that is not what was written, and nothing else is lost.
      Path copy = dir.resolve("state/zones.copy");
      byte[] damaged = Files.readAllBytes(copy);
      damaged[damaged.length / 2] ^= 1;
      Files.write(copy, damaged);
      Process waiting = startServing("is not served: it is damaged");
      keyward.adopt(waiting, null);
      try (EmbeddedDatabase server = startDatabase()) {
        way = TcpForward.start(port, server.port());
        keyward.awaitReady();
        answersAreValid();
        keyward.stopRoles();
        way.close();
      }
    }
  }

  private String settings() {
    return """
        database: { url: "jdbc:postgresql://127.0.0.1:%d/postgres", user: postgres, password-file: %s }
        secrets: { key-file: %s }
        cache: { dir: %s, every: 1s }
        """
        .formatted(
            port,
            dir.resolve("postgres/postgres-password"),
            dir.resolve("seal-key"),
            dir.resolve("state"));
  }

  private EmbeddedDatabase startDatabase() {
    return EmbeddedDatabase.open(dir.resolve("postgres"), true);
  }

  private void serveAndStopEverything() throws Exception {
    try (EmbeddedDatabase server = startDatabase()) {
      way = TcpForward.start(port, server.port());
      keyward.cliWith(config, "migrate");
      keyward.start(config, config);
      String file = "src/main/resources/demo/example.com.zone";
      keyward.cliWith(config, "zone", "import", "example.com", file);
      keyward.cliWith(
          config,
          "assign",
          "example.com",
          "--token",
          Installation.TOKEN,
          "--label",
          Installation.KEY);
      keyward.cliWith(config, "zone", "create", "plain.example", "--ns", "ns.plain.example");
      insert(server, "www.plain.example");
      keyward.startPowerDnsWith(
          keyward.cliWith(config, "pdns-config", "--powerdns", "4.7", "--transport", "unix"));
      Installation.await(
          "the zones to be served",
          LONG,
          () -> !keyward.dig("+short", "www.plain.example", "A").isBlank());
      keyward.trust(SIGNED);
      answersAreValid();
      Installation.await(
          "both zones to be in the copy", LONG, () -> body("/metrics").contains("copy_zones 2.0"));
      insert(server, "last.plain.example");
      awaitCopyOfWhatIsThereNow();
      keyward.stopPowerDns();
      keyward.stopRoles();
      way.close();
    }
  }

  /** Of two that are written from now on the second was begun later than this. */
  private void awaitCopyOfWhatIsThereNow() throws IOException {
    Path copy = dir.resolve("state/zones.copy");
    for (int i = 0; i < 2; i++) {
      Object before = Files.readAttributes(copy, "unix:ino").get("ino");
      keyward.cliWith(config, "zone", "create", "more" + i + ".example", "--ns", "ns.x.example");
      Installation.await(
          "another copy",
          LONG,
          () -> !Files.readAttributes(copy, "unix:ino").get("ino").equals(before));
    }
  }

  private Process startServing(String awaited) throws IOException {
    Process serve = keyward.spawnWith(List.of(), "keyward.log", config, "serve");
    keyward.adopt(serve, null);
    Installation.await(
        "the log to have: " + awaited, LONG, () -> keyward.read("keyward.log").contains(awaited));
    return serve;
  }

  private static void insert(EmbeddedDatabase server, String name) {
    try (Database database = server.connect()) {
      TestDatabase.jdbi(database)
          .useHandle(
              h ->
                  h.execute(
                      "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, ?, 'A',"
                          + " '192.0.2.77', 60 FROM domains WHERE ? LIKE '%.' || name",
                      name, name));
    }
  }

  private void answersAreValid() {
    assertThat(keyward.delv(SIGNED, SIGNED, "SOA")).contains("; fully validated");
    assertThat(keyward.delv(SIGNED, SIGNED, "DNSKEY")).contains("; fully validated");
    assertThat(keyward.delv(SIGNED, "nothing-at-all." + SIGNED, "A")).contains("fully validated");
    assertThat(keyward.dig("+short", "www.plain.example", "A")).contains("192.0.2.77");
  }

  private String body(String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + keyward.adminPort + path)).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }
}
