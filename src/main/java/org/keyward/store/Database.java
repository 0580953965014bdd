package org.keyward.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.CharBuffer;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.HandleConsumer;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;
import org.keyward.config.DatabaseSettings;
import org.keyward.config.Secret;
import org.keyward.zone.RefusedChangeException;
import org.keyward.zone.StoredDataException;
import org.keyward.zone.ZoneStorageException;
import org.postgresql.util.PasswordUtil;

/**
 * The connections to PostgreSQL. What fails comes out as {@link ZoneStorageException} with one line
 * that says what to do. Thread-safe.
 */
public final class Database implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** A server that is frozen takes a connection, and says nothing. */
  private static final Duration LOGIN_TIMEOUT = Duration.ofSeconds(10);

  /** The same of one that is frozen later; the longest statement takes less. */
  private static final Duration SILENCE = Duration.ofMinutes(10);

  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final int POOL_SIZE = 8;

  private final String url;
  private final String user;
  private final Optional<Secret> password;
  private final HikariDataSource pool;
  private final Jdbi jdbi;

  private Database(String url, String user, Optional<Secret> password) {
    this.url = url;
    this.user = user;
    this.password = password;
    this.pool = new HikariDataSource(poolConfig());
    this.jdbi = Jdbi.create(pool);
  }

  /**
   * Opens the pool.
   *
   * @throws ZoneStorageException when the database cannot be reached now
   */
  public static Database connect(String url, String user, Optional<Secret> password) {
    Database database = new Database(url, user, password);
    try {
      ServerRequirements.check(database);
      return database;
    } catch (SQLException | ZoneStorageException e) {
      database.close();
      throw e instanceof ZoneStorageException known ? known : database.unreachable(e);
    }
  }

  /** Opens the pool whether the database is there or not. */
  public static Database later(String url, String user, Optional<Secret> password) {
    return new Database(url, user, password);
  }

  /**
   * Whether it can be reached now.
   *
   * @param why told what is wrong when it cannot
   * @throws ZoneStorageException when waiting does not help: a wrong password, no such database, a
   *     server or a pool of connections that Keyward does not work with
   */
  public boolean isThere(Consumer<String> why) {
    try {
      ServerRequirements.check(this);
      return true;
    } catch (SQLException | ZoneStorageException e) {
      ZoneStorageException known = e instanceof ZoneStorageException z ? z : unreachable(e);
      if (!mayPass(known)) {
        throw known;
      }
      why.accept(known.getMessage());
      return false;
    }
  }

  /**
   * Waits for a server that is not there yet, or is just starting. A service that ended instead
   * would be given up by systemd after a few attempts.
   *
   * @param waiting told what is wrong, before each new attempt
   * @throws ZoneStorageException as {@link #isThere}
   */
  public void awaitThere(Consumer<String> waiting) throws InterruptedException {
    while (!isThere(waiting)) {
      Thread.sleep(RETRY.toMillis());
    }
  }

  /** Connection refused or lost, starting up, too many connections. */
  private static boolean mayPass(ZoneStorageException failure) {
    String state = failure.getCause() instanceof SQLException sql ? sql.getSQLState() : null;
    return state != null && (state.startsWith("08") || state.matches("57P0[1-3]|53300"));
  }

  /** The SCRAM verifier of a password. */
  public static String verifier(Secret password) {
    try {
      return PasswordUtil.encodePassword("", password.chars(), "scram-sha-256");
    } catch (SQLException e) {
      throw new IllegalStateException("a password cannot be encoded", e);
    }
  }

  private HikariConfig poolConfig() {
    HikariConfig config = new HikariConfig();
    config.setPoolName("keyward");
    config.setJdbcUrl(url);
    config.setUsername(user);
    password.ifPresent(secret -> config.setPassword(text(secret)));
    config.setMaximumPoolSize(POOL_SIZE);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(CONNECT_TIMEOUT.toMillis());
    // The pool opens when the first caller needs it, so that a server outlives its database.
    config.setInitializationFailTimeout(-1);
    config.addDataSourceProperty("ApplicationName", "keyward");
    config.addDataSourceProperty("connectTimeout", CONNECT_TIMEOUT.toSeconds());
    config.addDataSourceProperty("tcpKeepAlive", "true");
    config.addDataSourceProperty("socketTimeout", SILENCE.toSeconds());
    // Old databases have it off by default, and patterns would mean something else.
    config.setConnectionInitSql("SET standard_conforming_strings = on");
    return config;
  }

  /** Has the pool tell of its connections; once. */
  public void measure(MeterRegistry metrics) {
    pool.setMetricRegistry(metrics);
  }

  DataSource dataSource() {
    return pool;
  }

  Jdbi jdbi() {
    return jdbi;
  }

  /** Runs {@code work} in a transaction. */
  <T> T inTransaction(HandleCallback<T, SQLException> work) {
    try {
      return jdbi.inTransaction(work);
    } catch (JdbiException | SQLException e) {
      throw translate(e);
    }
  }

  /** Runs {@code work} in a transaction. */
  void useTransaction(HandleConsumer<SQLException> work) {
    inTransaction(
        handle -> {
          work.useHandle(handle);
          return null;
        });
  }

  /** Runs {@code work} with all that is checked at its commit, and takes everything back. */
  <T> T undone(HandleCallback<T, SQLException> work) {
    try (Handle handle = jdbi.open()) {
      handle.begin();
      try {
        T result = work.withHandle(handle);
        handle.execute("SET CONSTRAINTS ALL IMMEDIATE");
        return result;
      } finally {
        handle.rollback();
      }
    } catch (JdbiException | SQLException e) {
      throw translate(e);
    }
  }

  /** Runs {@code work} on one snapshot of the database. */
  <T> T inSnapshot(HandleCallback<T, SQLException> work) {
    try {
      return jdbi.inTransaction(
          TransactionIsolationLevel.REPEATABLE_READ,
          handle -> {
            handle.execute("SET TRANSACTION READ ONLY");
            return work.withHandle(handle);
          });
    } catch (JdbiException | SQLException e) {
      throw translate(e);
    }
  }

  /** A connection outside the pool, for listening and for locks that a session holds. */
  Connection dedicatedConnection() {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    password.ifPresent(secret -> properties.setProperty("password", text(secret)));
    properties.setProperty("ApplicationName", "keyward");
    properties.setProperty("connectTimeout", String.valueOf(CONNECT_TIMEOUT.toSeconds()));
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("loginTimeout", String.valueOf(LOGIN_TIMEOUT.toSeconds()));
    try {
      return DriverManager.getConnection(url, properties);
    } catch (SQLException e) {
      throw unreachable(e);
    }
  }

  private static String text(Secret secret) {
    return CharBuffer.wrap(secret.chars()).toString();
  }

  private ZoneStorageException unreachable(Exception cause) {
    return new ZoneStorageException(
        "cannot reach the database "
            + DatabaseSettings.masked(url)
            + " as "
            + user
            + ": "
            + DatabaseSettings.masked(String.valueOf(cause.getMessage()))
            + "; check database.url, database.user and the password, and that PostgreSQL runs",
        cause);
  }

  private static ZoneStorageException translate(Exception failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && !(cause instanceof SQLException)) {
      cause = cause.getCause();
    }
    if (cause instanceof BatchUpdateException batch && batch.getNextException() != null) {
      cause = batch.getNextException(); // what the server said; the batch repeats the statement
    }
    Optional<RefusedChangeException> refusal = Refusals.of(cause);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    String message = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    String refused = "the database refused: " + message;
    return isOfData(cause)
        ? new StoredDataException(refused, cause)
        : new ZoneStorageException(refused, cause);
  }

  /**
   * What was met while rows were read, if that is about these rows: what other rows are read with
   * may go on.
   *
   * @throws ZoneStorageException if it is about the database
   */
  static RuntimeException ofData(Exception failure) {
    if (failure instanceof JdbiException || failure instanceof SQLException) {
      ZoneStorageException translated = translate(failure);
      if (translated instanceof StoredDataException) {
        return translated;
      }
      throw translated;
    }
    if (failure instanceof ZoneStorageException storage
        && !(storage instanceof StoredDataException)) {
      throw storage;
    }
    return (RuntimeException) failure;
  }

  /**
   * Whether it is about the rows that were read and not about the database: a value that cannot be
   * converted, a constraint, a limit of what one query may take, a damaged page.
   */
  private static boolean isOfData(Throwable failure) {
    String state = failure instanceof SQLException sql ? sql.getSQLState() : null;
    return state != null && state.matches("(2[123]|54|P0|XX).*|57014");
  }

  @Override
  public void close() {
    pool.close();
  }
}
