package org.keyward.store;

import java.sql.SQLException;
import java.util.function.Predicate;
import org.jdbi.v3.core.statement.SqlLogger;
import org.jdbi.v3.core.statement.StatementContext;
import org.postgresql.PGConnection;

/**
 * Ends a connection in PostgreSQL itself, after a statement and before the next or the commit, as a
 * kill of the server, of the process or of the network between them does: what was not committed by
 * then is gone.
 */
final class BrokenConnections implements SqlLogger, AutoCloseable {
  private final Database database;
  private final Database other;
  private Predicate<String> which = sql -> false;
  private int spared;
  private boolean broken;

  BrokenConnections(Database database) {
    this.database = database;
    this.other = TestDatabase.again(database);
    database.jdbi().setSqlLogger(this);
  }

  /** The connection after the next statement that has this in it. */
  synchronized void breakAt(String part) {
    arm(sql -> sql.contains(part), 0);
  }

  /** The connection after the statement that comes after {@code before} others. */
  synchronized void breakAfter(int before) {
    arm(sql -> true, before);
  }

  private void arm(Predicate<String> of, int before) {
    which = of;
    spared = before;
    broken = false;
  }

  /** Whether there was such a statement; none is broken any more. */
  synchronized boolean wasBroken() {
    which = sql -> false;
    return broken;
  }

  @Override
  public synchronized void logAfterExecution(StatementContext context) {
    if (!broken && which.test(context.getRenderedSql()) && spared-- == 0) {
      broken = true;
      end(context);
    }
  }

  private void end(StatementContext context) {
    try {
      int pid = context.getConnection().unwrap(PGConnection.class).getBackendPID();
      other
          .jdbi()
          .useHandle(
              handle ->
                  handle
                      .createQuery("SELECT pg_terminate_backend(?, 10000)::text")
                      .bind(0, pid)
                      .mapTo(String.class)
                      .one());
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    database.jdbi().setSqlLogger(SqlLogger.NOP_SQL_LOGGER);
    other.close();
  }
}
