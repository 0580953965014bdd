package org.keyward.store;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.keyward.config.Secret;
import org.keyward.zone.ZoneStorageException;

/**
 * A real PostgreSQL server in a folder of its own, for a first try and for tests. Listens on
 * loopback only and asks for a password that lies in the folder, readable by its owner alone. Data
 * survive a restart, and what was committed survives a crash of the machine too.
 */
public final class EmbeddedDatabase implements AutoCloseable {
  private static final String USER = "postgres";
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private final Path folder;
  private final Optional<EmbeddedPostgres> server;
  private final boolean stopOnClose;
  private final int port;
  private final Secret password;

  private EmbeddedDatabase(
      Path folder,
      Optional<EmbeddedPostgres> server,
      boolean stopOnClose,
      int port,
      Secret password) {
    this.folder = folder;
    this.server = server;
    this.stopOnClose = stopOnClose;
    this.port = port;
    this.password = password;
  }

  /**
   * Connects to the server that already runs in {@code folder}, or starts it until {@link #close}.
   *
   * @param own whether closing this also stops a server that was found running, as the service does
   *     with one that a killed predecessor left behind
   */
  public static EmbeddedDatabase open(Path folder, boolean own) {
    return open(folder, own, true);
  }

  /**
   * @param durable false for data that nobody misses when the machine fails, as in tests
   */
  static EmbeddedDatabase open(Path folder, boolean own, boolean durable) {
    try {
      createPrivate(folder);
      Secret password = password(folder.resolve("postgres-password"));
      Optional<Integer> running = runningPort(folder);
      if (running.isPresent()) {
        return new EmbeddedDatabase(folder, Optional.empty(), own, running.get(), password);
      }
      return start(folder, password, durable);
    } catch (IOException | SQLException e) {
      throw new ZoneStorageException(
          "cannot start the embedded PostgreSQL in "
              + folder
              + ": "
              + e.getMessage()
              + "; its log is postgres.log in that folder",
          e);
    }
  }

  private static EmbeddedDatabase start(Path folder, Secret password, boolean durable)
      throws IOException, SQLException {
    Path hba = data(folder).resolve("pg_hba.conf");
    Path done = folder.resolve("password-set");
    Path log = folder.resolve("postgres.log");
    Files.deleteIfExists(data(folder).resolve("postmaster.pid"));
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setDataDirectory(data(folder))
            .setOverrideWorkingDirectory(folder.resolve("server").toFile())
            .setCleanDataDirectory(false)
            .setRegisterShutdownHook(false)
            .setPGStartupWait(START_LIMIT)
            .setServerConfig("listen_addresses", "127.0.0.1")
            .setServerConfig("unix_socket_directories", "")
            .setServerConfig("password_encryption", "scram-sha-256")
            // The library that starts it thinks of tests, and switches the first two off.
            .setServerConfig("fsync", durable ? "on" : "off")
            .setServerConfig("synchronous_commit", durable ? "on" : "off")
            .setServerConfig("full_page_writes", durable ? "on" : "off")
            .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .setErrorRedirector(ProcessBuilder.Redirect.appendTo(log.toFile()));
    if (Files.exists(done)) {
      builder.setConnectConfig("password", new String(password.chars()));
    }
    EmbeddedPostgres server = builder.start();
    if (!Files.exists(done)) {
      demandPassword(server, password, hba);
      Files.createFile(done);
    }
    return new EmbeddedDatabase(folder, Optional.of(server), true, server.getPort(), password);
  }

  /** A new data folder trusts every local user; from here on it asks for the password. */
  private static void demandPassword(EmbeddedPostgres server, Secret password, Path hba)
      throws IOException, SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      // The password is hexadecimal, so it needs no quoting.
      statement.execute("ALTER USER " + USER + " PASSWORD '" + new String(password.chars()) + "'");
      Files.writeString(hba, "host all all 127.0.0.1/32 scram-sha-256\n");
      statement.execute("SELECT pg_reload_conf()");
    }
  }

  private static Optional<Integer> runningPort(Path folder) throws IOException {
    Path file = data(folder).resolve("postmaster.pid");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    List<String> lines = Files.readAllLines(file);
    if (lines.size() < 4 || pid(lines).flatMap(ProcessHandle::of).isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(Integer.valueOf(lines.get(3).strip()));
  }

  private static Optional<Long> pid(List<String> lines) {
    try {
      return Optional.of(Long.valueOf(lines.get(0).strip()));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Path data(Path folder) {
    return folder.resolve("postgres");
  }

  private static void createPrivate(Path folder) throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private static Secret password(Path file) throws IOException {
    if (!Files.exists(file)) {
      byte[] random = new byte[16];
      new SecureRandom().nextBytes(random);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, HexFormat.of().formatHex(random));
    }
    return Secret.of(Files.readString(file).strip());
  }

  /** A pool of connections to it; the caller closes it before this. */
  public Database connect() {
    return Database.connect(url("postgres"), USER, Optional.of(password));
  }

  Database connect(String databaseName) {
    return Database.connect(url(databaseName), USER, Optional.of(password));
  }

  /**
   * Whether this started the server, or took one over: nobody else brings its schema up to date.
   */
  public boolean isOwn() {
    return server.isPresent() || stopOnClose;
  }

  public int port() {
    return port;
  }

  private String url(String databaseName) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + databaseName;
  }

  /** What a person's {@code psql} needs in its environment; holds the password. */
  public Map<String, String> psqlEnvironment() {
    return Map.of(
        "PGHOST",
        "127.0.0.1",
        "PGPORT",
        String.valueOf(port),
        "PGUSER",
        USER,
        "PGDATABASE",
        "postgres",
        "PGPASSWORD",
        new String(password.chars()));
  }

  @Override
  public void close() {
    try {
      if (server.isPresent()) {
        server.get().close();
      } else if (stopOnClose) {
        stopLeftBehind();
      }
    } catch (IOException e) {
      throw new ZoneStorageException("cannot stop the embedded PostgreSQL: " + e.getMessage(), e);
    }
  }

  private void stopLeftBehind() throws IOException {
    Path file = data(folder).resolve("postmaster.pid");
    if (!Files.exists(file)) {
      return;
    }
    Optional<ProcessHandle> process = pid(Files.readAllLines(file)).flatMap(ProcessHandle::of);
    if (process.isEmpty()) {
      return;
    }
    // SIGINT is PostgreSQL's fast shutdown; Java itself can only send SIGTERM, which waits for
    // clients.
    new ProcessBuilder("kill", "-INT", String.valueOf(process.get().pid())).start();
    process.get().onExit().orTimeout(30, TimeUnit.SECONDS).exceptionally(late -> null).join();
  }
}
