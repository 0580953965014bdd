package org.keyward.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.SqlLogger;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Databases for tests on one real server per test run: each {@link #create} gives a fresh, migrated
 * one. The server and its folder go when the JVM ends.
 */
public final class TestDatabase {
  /** A private key as PowerDNS has it in cryptokeys. */
  public static final String KEY =
      "Private-key-format: v1.2\nAlgorithm: 13\nPrivateKey: "
          + "GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=";

  private static final AtomicInteger COUNT = new AtomicInteger();
  private static EmbeddedDatabase server;
  private static Path folder;

  private TestDatabase() {}

  /** A fresh database with the schema; the caller closes it. */
  public static Database create() {
    return database("migrated");
  }

  /** A fresh database without anything in it; the caller closes it. */
  public static Database createEmpty() {
    return database("template1");
  }

  /** Other connections to the same database; the caller closes them. */
  public static Database again(Database database) {
    return server()
        .connect(
            database
                .jdbi()
                .withHandle(h -> h.select("SELECT current_database()").mapTo(String.class).one()));
  }

  /** What the server has logged. */
  public static String log() throws IOException {
    return Files.readString(folder.resolve("postgres.log"));
  }

  /** For SQL in tests of other packages. */
  public static Jdbi jdbi(Database database) {
    return database.jdbi();
  }

  /** The server, for what a test does to it from outside. */
  public static synchronized EmbeddedDatabase server() {
    if (server == null) {
      start();
    }
    return server;
  }

  /** PostgreSQL's, unpacked. */
  static synchronized Path programs() {
    server();
    return folder.resolve("server");
  }

  /** How many statements it takes. */
  static int statements(Database database, Runnable work) {
    AtomicInteger count = new AtomicInteger();
    database
        .jdbi()
        .setSqlLogger(
            new SqlLogger() {
              @Override
              public void logBeforeExecution(StatementContext context) {
                count.incrementAndGet();
              }
            });
    work.run();
    database.jdbi().setSqlLogger(SqlLogger.NOP_SQL_LOGGER);
    return count.get();
  }

  private static Database database(String template) {
    String name = "test" + COUNT.incrementAndGet();
    try (Database admin = server().connect()) {
      admin.jdbi().useHandle(h -> h.execute("CREATE DATABASE " + name + " TEMPLATE " + template));
    }
    return server().connect(name);
  }

  private static void start() {
    try {
      folder = Files.createTempDirectory("keyward-test-postgres");
      server = EmbeddedDatabase.open(folder, true, false);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(folder)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try (Database admin = server.connect()) {
      admin.jdbi().useHandle(h -> h.execute("CREATE DATABASE migrated"));
    }
    try (Database migrated = server.connect("migrated")) {
      Migrations.migrate(migrated);
    }
  }

  /** At once: hundreds of databases that nobody reads again need no last checkpoint. */
  private static void stop(Path folder) {
    try {
      server.abandon();
      new ProcessBuilder("rm", "-rf", folder.toString()).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
