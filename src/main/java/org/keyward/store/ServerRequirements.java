package org.keyward.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.Set;
import org.keyward.zone.ZoneStorageException;
import org.postgresql.PGConnection;

/** What answers at the address must be a PostgreSQL that Keyward can work with. */
final class ServerRequirements {
  /** The first with transaction numbers that do not wrap, which the change feed needs. */
  static final int OLDEST = 13;

  /** One is enough as a rule: PgBouncer gives out first what was given back last. */
  private static final int LOOKS = 10;

  private ServerRequirements() {}

  /** A prepared statement is there that nobody here has prepared, or the other way round. */
  private static final Set<String> OF_ANOTHER_CLIENT = Set.of("42P05", "26000");

  /**
   * @throws ZoneStorageException in one line, before anything is changed
   */
  static void check(Database database) throws SQLException {
    try (Connection connection = database.dedicatedConnection()) {
      Optional<String> fault =
          fault(
              connection.getMetaData().getDatabaseMajorVersion(),
              connection.getMetaData().getDatabaseProductVersion());
      if (fault.isPresent()) {
        throw new ZoneStorageException(fault.get(), null);
      }
      if (isShared(database, connection)) {
        throw new ZoneStorageException(
            "a connection pool answers that gives each transaction another connection to PostgreSQL, as"
                + " PgBouncer does with pool_mode = transaction or statement; Keyward listens for changes"
                + " and holds locks for a session: set pool_mode = session for this database, or let"
                + " database.url name PostgreSQL itself",
            null);
      }
    }
  }

  static Optional<String> fault(int major, String version) {
    return major >= OLDEST
        ? Optional.empty()
        : Optional.of(
            "the database is PostgreSQL %s; Keyward needs PostgreSQL %d or newer, nothing was changed"
                .formatted(version, OLDEST));
  }

  private static boolean isShared(Database database, Connection connection) throws SQLException {
    try {
      return isPooled(connection) && !keepsSessions(database, connection);
    } catch (SQLException e) {
      if (OF_ANOTHER_CLIENT.contains(e.getSQLState())) {
        return true;
      }
      throw e;
    }
  }

  /** A pool tells each client a number of its own, which is not that of PostgreSQL's process. */
  private static boolean isPooled(Connection connection) throws SQLException {
    return connection.unwrap(PGConnection.class).getBackendPID() != process(connection);
  }

  private static boolean keepsSessions(Database database, Connection connection)
      throws SQLException {
    int own = process(connection);
    try (Connection other = database.dedicatedConnection()) {
      for (int look = 0; look < LOOKS; look++) {
        if (!isApart(other, connection, own)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Whether a transaction of another client leaves us the process that we had. */
  private static boolean isApart(Connection other, Connection connection, int own)
      throws SQLException {
    try {
      other.setAutoCommit(false);
      boolean apart = process(other) != own && process(connection) == own;
      other.rollback();
      return apart;
    } catch (SQLException e) {
      if ("08P01".equals(e.getSQLState())) {
        return false; // pool_mode = statement refuses transactions
      }
      throw e;
    }
  }

  private static int process(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
      row.next();
      return row.getInt(1);
    }
  }
}
