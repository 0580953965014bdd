package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.config.SealKey;
import org.keyward.store.Database;
import org.keyward.store.TestDatabase;

/** What each role tells of its own process. */
@Tag("once")
@Timeout(180)
class ProcessMetricsTest {
  @TempDir Path dir;

  @ParameterizedTest
  @CsvSource({"serve, http", "sign, signer-http"})
  void aRoleTellsOfItsProcess(String role, String listener) throws Exception {
    try (Database database = TestDatabase.create()) {
      int port = freePort();
      Process process = start(role, listener + ": \"127.0.0.1:" + port + "\"", database);
      try {
        assertThat(metrics(process, port))
            .contains(
                "keyward_build_info{java_version=\"" + Runtime.version() + "\",version=\"",
                "\nprocess_start_time_seconds ",
                "\nprocess_uptime_seconds ",
                "\nprocess_files_open_files ",
                "\nprocess_files_max_files ",
                "\nprocess_cpu_usage ",
                "\nprocess_cpu_time_ns_total ",
                "\nsystem_cpu_count ",
                "\njvm_memory_used_bytes{area=\"heap\"",
                "\njvm_gc_memory_allocated_bytes_total ",
                "\njvm_gc_live_data_size_bytes ",
                "\njvm_threads_live_threads ",
                "\nhikaricp_connections{pool=\"keyward\"} ",
                "\nhikaricp_connections_active{pool=\"keyward\"} ",
                "\nhikaricp_connections_pending{pool=\"keyward\"} ",
                "\nhikaricp_connections_max{pool=\"keyward\"} 8.0",
                "\nhikaricp_connections_acquire_seconds_count{pool=\"keyward\"} ");
      } finally {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
      }
    }
  }

  /** As soon as the role answers; Java's own client tells a refused connection at once. */
  private String metrics(Process process, int port) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build();
    while (true) {
      assertThat(process.isAlive()).as(printed()).isTrue();
      try {
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
      } catch (ConnectException e) {
        Thread.sleep(100);
      }
    }
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private Process start(String role, String listener, Database database) throws Exception {
    String name =
        TestDatabase.jdbi(database)
            .withHandle(h -> h.createQuery("SELECT current_database()").mapTo(String.class).one());
    Map<String, String> psql = TestDatabase.server().psqlEnvironment();
    Files.writeString(dir.resolve("password"), psql.get("PGPASSWORD"));
    Path file =
        Files.writeString(
            dir.resolve("keyward.yaml"),
            """
            data-dir: %1$s/data
            database: { url: "jdbc:postgresql://127.0.0.1:%2$s/%3$s", user: %4$s, password-file: %1$s/password }
            backend: { unix: %1$s/pdns.sock }
            admin: { %5$s, validate: none }
            secrets: { key-file: %1$s/seal }
            """
                .formatted(dir, psql.get("PGPORT"), name, psql.get("PGUSER"), listener));
    SealKey.readOrCreate(dir.resolve("seal"));
    List<String> command =
        List.of(
            ProcessHandle.current().info().command().orElseThrow(),
            "-cp",
            System.getProperty("java.class.path"),
            "org.keyward.Main",
            role,
            "--config",
            file.toString());
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(dir.resolve("printed").toFile())
        .start();
  }

  private String printed() throws Exception {
    return Files.readString(dir.resolve("printed"));
  }
}
