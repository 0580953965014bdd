package org.keyward.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.keyward.background.RepeatedTask;
import org.keyward.config.PrivateFile;
import org.keyward.config.Secret;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real PostgreSQL server in a folder of its own, for a first try and for tests. Listens on
 * loopback only and asks for a password that lies in the folder, readable by its owner alone. Data
 * survive a restart, and what was committed survives a crash of the machine too. Who owns it starts
 * it again when it ends by itself.
 */
public final class EmbeddedDatabase implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedDatabase.class);
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final int TRIES = 3;

  private final Path folder;
  private final Secret password;
  private final boolean durable;
  private final boolean stopOnClose;
  private final RepeatedTask watch = RepeatedTask.every(LOOK, "embedded-postgres", this::look);
  private volatile ServerProcess server;
  private volatile boolean closing;

  private EmbeddedDatabase(
      Path folder, Secret password, boolean durable, boolean stopOnClose, ServerProcess server) {
    this.folder = folder;
    this.password = password;
    this.durable = durable;
    this.stopOnClose = stopOnClose;
    this.server = server;
    if (stopOnClose) {
      watch.startAfter(LOOK);
    }
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

  /** Connects to the server that runs in {@code folder}; empty when there is none. */
  public static Optional<EmbeddedDatabase> running(Path folder) {
    try {
      Path password = passwordFile(folder);
      Optional<ServerProcess> running = ServerProcess.find(folder);
      return running.isEmpty()
          ? Optional.empty()
          : Optional.of(new EmbeddedDatabase(folder, read(password), true, false, running.get()));
    } catch (IOException e) {
      throw failure(folder, e);
    }
  }

  /**
   * @param durable false for data that nobody misses when the machine fails, as in tests
   */
  static EmbeddedDatabase open(Path folder, boolean own, boolean durable) {
    try {
      PrivateFolder.create(folder);
      Path file = passwordFile(folder);
      PrivateFile.createIfMissing(file, EmbeddedDatabase::random);
      Secret password = read(file);
      Optional<ServerProcess> running = ServerProcess.find(folder);
      ServerProcess server =
          running.isPresent() ? running.get() : start(folder, password, 0, durable);
      return new EmbeddedDatabase(folder, password, durable, own || running.isEmpty(), server);
    } catch (IOException e) {
      throw failure(folder, e);
    }
  }

  private static ZoneStorageException failure(Path folder, IOException e) {
    return new ZoneStorageException(
        "cannot start the embedded PostgreSQL in "
            + folder
            + ": "
            + e.getMessage()
            + "; its log is postgres.log in that folder",
        e);
  }

  private static Path passwordFile(Path folder) {
    return folder.resolve("postgres-password");
  }

  private static Secret read(Path file) throws IOException {
    return Secret.of(Files.readString(file).strip());
  }

  private static byte[] random() {
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    return (HexFormat.of().formatHex(random) + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  /** Another program may take a free port before the server does. */
  private static ServerProcess start(Path folder, Secret password, int port, boolean durable)
      throws IOException {
    ServerPrograms programs = ServerPrograms.in(folder.resolve("server"));
    ServerProcess.initialize(programs, folder, passwordFile(folder));
    for (int attempt = 1; true; attempt++) {
      ServerProcess server = ServerProcess.start(programs, folder, port, settings(durable));
      if (answers(server, password)) {
        return server;
      }
      server.stop();
      if (attempt == TRIES) {
        throw new IOException("it does not answer");
      }
    }
  }

  private static Map<String, String> settings(boolean durable) {
    String safely = durable ? "on" : "off";
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("listen_addresses", "127.0.0.1");
    settings.put("unix_socket_directories", "");
    settings.put("password_encryption", "scram-sha-256");
    settings.put("timezone", "UTC");
    settings.put("max_connections", "300");
    settings.put("fsync", safely);
    settings.put("synchronous_commit", safely);
    settings.put("full_page_writes", safely);
    return settings;
  }

  private static boolean answers(ServerProcess server, Secret password) throws IOException {
    long end = System.nanoTime() + START_LIMIT.toNanos();
    while (server.isAlive() && System.nanoTime() - end < 0) {
      try {
        Database.connect(url(server.port(), "postgres"), ServerProcess.USER, Optional.of(password))
            .close();
        return true;
      } catch (ZoneStorageException e) {
        LOG.debug("{} is not there yet: {}", server, e.getMessage());
      }
      pause();
    }
    return false;
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(LOOK.toMillis() / 10);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** On the same port, which the pools of connections know. */
  private void look() {
    try {
      ServerLog.trim(folder, ServerLog.MOST_BYTES);
      if (!closing && !server.isAlive()) {
        LOG.warn("{} has ended; it is started again", server);
        startAgain();
      }
    } catch (IOException e) {
      LOG.error("the embedded PostgreSQL in {} cannot be started: {}", folder, e.getMessage());
    }
  }

  private synchronized void startAgain() throws IOException {
    if (!closing) {
      server = start(folder, password, server.port(), durable);
    }
  }

  /** A pool of connections to it; the caller closes it before this. */
  public Database connect() {
    return connect("postgres");
  }

  Database connect(String databaseName) {
    return Database.connect(
        url(server.port(), databaseName), ServerProcess.USER, Optional.of(password));
  }

  /**
   * Whether this started the server, or took one over: nobody else brings its schema up to date.
   */
  public boolean isOwn() {
    return stopOnClose;
  }

  public int port() {
    return server.port();
  }

  /** To a program that has taken the port of a server that has ended, no password is told. */
  private static String url(int port, String databaseName) {
    return "jdbc:postgresql://127.0.0.1:"
        + port
        + "/"
        + databaseName
        + "?requireAuth=scram-sha-256";
  }

  /** What a person's {@code psql} needs in its environment; holds the password. */
  public Map<String, String> psqlEnvironment() {
    return Map.of(
        "PGHOST",
        "127.0.0.1",
        "PGPORT",
        String.valueOf(port()),
        "PGUSER",
        ServerProcess.USER,
        "PGDATABASE",
        "postgres",
        "PGPASSWORD",
        new String(password.chars()));
  }

  @Override
  public void close() {
    closing = true;
    watch.close();
    if (stopOnClose) {
      stop();
    }
  }

  /** Without a checkpoint: for data that nobody reads again. */
  synchronized void abandon() throws IOException {
    closing = true;
    server.kill();
  }

  private synchronized void stop() {
    try {
      server.stop();
    } catch (IOException e) {
      throw new ZoneStorageException("cannot stop the embedded PostgreSQL: " + e.getMessage(), e);
    }
  }
}
