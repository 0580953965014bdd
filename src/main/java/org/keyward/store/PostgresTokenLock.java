package org.keyward.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.keyward.signing.TokenException;
import org.keyward.signing.TokenLock;
import org.keyward.zone.ZoneStorageException;

/**
 * An advisory lock for each token, which PostgreSQL gives up when the connection that holds it
 * ends. The connection is kept between uses, so that taking the lock is one exchange. Used by the
 * one thread that holds the token's permit.
 */
public final class PostgresTokenLock implements TokenLock, AutoCloseable {
  /** PostgreSQL's code for a lock that did not come in time. */
  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private static final String HOLDER =
      """
      SELECT format('with the login %s of database %s (SELECT pg_terminate_backend(%s) ends its'
          || ' connection)', a.usename, a.datname, a.pid)
      FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid,
        LATERAL (SELECT hashtextextended(?, 7) AS key) k
      WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.classid = ((k.key >> 32) & 4294967295)::bigint::oid
        AND l.objid = (k.key & 4294967295)::bigint::oid
      """;

  /** Who waits longer asks anew, at the end of the queue, and may be interrupted in between. */
  private static final Duration WAIT = Duration.ofSeconds(1);

  /** A lost connection must not hold up the token for as long as TCP waits. */
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);

  private final Database database;
  private Connection idle;

  public PostgresTokenLock(Database database) {
    this.database = database;
  }

  @Override
  public Held acquire(String serial, Duration deadline) {
    Connection kept = takeIdle();
    if (kept != null) {
      try {
        return acquire(kept, serial, deadline);
      } catch (SQLException e) {
        discard(kept); // the database may have started anew meanwhile
      }
    }
    Connection fresh = connect(serial);
    try {
      return acquire(fresh, serial, deadline);
    } catch (SQLException e) {
      discard(fresh);
      throw unavailable(serial, e);
    }
  }

  /** PostgreSQL gives the lock to those who wait in the order in which they came. */
  private Held acquire(Connection connection, String serial, Duration deadline)
      throws SQLException {
    long end = System.nanoTime() + deadline.toNanos();
    long left = deadline.toMillis();
    while (!isLocked(connection, serial, Math.min(Math.max(left, 1), WAIT.toMillis()))) {
      left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (Thread.currentThread().isInterrupted()) {
        keep(connection);
        throw new TokenException(
            TokenException.Reason.BUSY, "interrupted while waiting for token " + serial);
      }
      if (left <= 0) {
        String holder = holder(connection, serial);
        keep(connection);
        throw new TokenException(
            TokenException.Reason.BUSY,
            "token "
                + serial
                + " is in use by another process for more than "
                + deadline.toSeconds()
                + " s, "
                + holder
                + "; try again later");
      }
    }
    return new Lock(connection, serial);
  }

  private static boolean isLocked(Connection connection, String serial, long waitMillis)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT set_config('lock_timeout', ?, false),"
                + " pg_advisory_lock(hashtextextended(?, 7))")) {
      statement.setString(1, waitMillis + "ms");
      statement.setString(2, serial);
      statement.execute();
      return true;
    } catch (SQLException e) {
      if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
        return false;
      }
      throw e;
    }
  }

  /** Every login of the database can take the lock: who has it is said. */
  private static String holder(Connection connection, String serial) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(HOLDER)) {
      statement.setString(1, serial);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getString(1) : "which has just ended";
      }
    }
  }

  private synchronized Connection takeIdle() {
    Connection connection = idle;
    idle = null;
    return connection;
  }

  private Connection connect(String serial) {
    try {
      Connection connection = database.dedicatedConnection();
      connection.setNetworkTimeout(Runnable::run, (int) ANSWER_LIMIT.toMillis());
      return connection;
    } catch (SQLException | ZoneStorageException e) {
      throw unavailable(serial, e);
    }
  }

  private static TokenException unavailable(String serial, Exception cause) {
    return new TokenException(
        TokenException.Reason.UNAVAILABLE,
        "the lock of token "
            + serial
            + " cannot be had, since the database is out of reach: "
            + cause.getMessage(),
        cause);
  }

  private synchronized void keep(Connection connection) {
    if (idle == null) {
      idle = connection;
    } else {
      discard(connection);
    }
  }

  private static void discard(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      return; // broken already; the lock went with it
    }
  }

  @Override
  public synchronized void close() {
    if (idle != null) {
      discard(idle);
      idle = null;
    }
  }

  private final class Lock implements Held {
    private final Connection connection;
    private final String serial;

    Lock(Connection connection, String serial) {
      this.connection = connection;
      this.serial = serial;
    }

    @Override
    public boolean valid() {
      try {
        return connection.isValid(2);
      } catch (SQLException e) {
        return false;
      }
    }

    @Override
    public void close() {
      try (PreparedStatement statement =
          connection.prepareStatement("SELECT pg_advisory_unlock(hashtextextended(?, 7))")) {
        statement.setString(1, serial);
        statement.execute();
        keep(connection);
      } catch (SQLException e) {
        discard(connection);
      }
    }
  }
}
