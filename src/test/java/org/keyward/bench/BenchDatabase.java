package org.keyward.bench;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.keyward.config.Secret;
import org.keyward.store.Database;
import org.keyward.store.Migrations;

/**
 * A PostgreSQL server set up as people do: buffers for what is asked often, durable commits. Its
 * unix socket, which gpgsql uses, lies in a private folder; Keyward comes over loopback.
 */
final class BenchDatabase implements AutoCloseable {
  static final String USER = "postgres";
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private final EmbeddedPostgres server;
  private final Path data;
  private final Path sockets;
  private final String password;

  private BenchDatabase(EmbeddedPostgres server, Path data, Path sockets, String password) {
    this.server = server;
    this.data = data;
    this.sockets = sockets;
    this.password = password;
  }

  /** Starts one in a new folder. */
  static BenchDatabase start(Path folder) throws IOException, SQLException {
    Path sockets =
        Files.createDirectories(
            folder.resolve("s"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path data = folder.resolve("data");
    EmbeddedPostgres server =
        EmbeddedPostgres.builder()
            .setDataDirectory(data)
            .setOverrideWorkingDirectory(folder.resolve("server").toFile())
            .setRegisterShutdownHook(true)
            .setPGStartupWait(START_LIMIT)
            .setServerConfig("listen_addresses", "127.0.0.1")
            .setServerConfig("unix_socket_directories", sockets.toString())
            .setServerConfig("password_encryption", "scram-sha-256")
            .setServerConfig("shared_buffers", "1GB")
            .setServerConfig("maintenance_work_mem", "512MB")
            .setServerConfig("max_wal_size", "8GB")
            .setServerConfig("fsync", "on")
            .setServerConfig("full_page_writes", "on")
            .setServerConfig("synchronous_commit", "on")
            .setOutputRedirector(
                ProcessBuilder.Redirect.appendTo(folder.resolve("postgres.log").toFile()))
            .setErrorRedirector(
                ProcessBuilder.Redirect.appendTo(folder.resolve("postgres.log").toFile()))
            .start();
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    String password = HexFormat.of().formatHex(random);
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER USER " + USER + " PASSWORD '" + password + "'");
      Files.writeString(
          data.resolve("pg_hba.conf"),
          "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
      statement.execute("SELECT pg_reload_conf()");
    }
    return new BenchDatabase(server, data, sockets, password);
  }

  /** Makes a database with Keyward's schema. */
  void create(String name) throws SQLException {
    execute("postgres", "CREATE DATABASE " + name);
    try (Database database = pool(name)) {
      Migrations.migrate(database);
    }
  }

  void copy(String from, String to) throws SQLException {
    execute("postgres", "CREATE DATABASE " + to + " TEMPLATE " + from);
  }

  void drop(String name) throws SQLException {
    execute("postgres", "DROP DATABASE " + name);
  }

  /** Keyward's own connections, for its classes in this process. */
  Database pool(String name) {
    return Database.connect(url(name), USER, Optional.of(Secret.of(password)));
  }

  /** The caller closes it. */
  Connection connect(String name) throws SQLException {
    return DriverManager.getConnection(url(name), USER, password);
  }

  /** Statements without results, in one go and outside a transaction unless they begin one. */
  void execute(String name, String... statements) throws SQLException {
    try (Connection connection = connect(name);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  String url(String name) {
    return "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/" + name;
  }

  String password() {
    return password;
  }

  /** The folder of the unix socket, as libpq's {@code host}. */
  Path sockets() {
    return sockets;
  }

  int port() {
    return server.getPort();
  }

  /** Seconds of CPU that all processes of the server have used which still run. */
  double cpuSeconds() throws IOException {
    long postmaster =
        Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
    List<Long> processes =
        ProcessHandle.of(postmaster).orElseThrow().children().map(ProcessHandle::pid).toList();
    double seconds = 0;
    for (long process : processes) {
      try {
        seconds += Programs.cpuSeconds(process);
      } catch (IOException e) {
        // A session that has ended meanwhile.
      }
    }
    return seconds;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
