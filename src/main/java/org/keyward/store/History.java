package org.keyward.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What tells that the database is still the one that changes were read from, and has not gone back
 * in time: the rows of {@code keyward.change} that were read last are in it, random numbers that
 * nothing else has; its transaction numbers have not gone back; and the server is the same one. A
 * replica that has all that was read is as good as its primary. Used by one thread.
 */
final class History {
  /** More transactions than that in one read are witnessed by as many of them. */
  private static final int MOST = 100;

  private static final String NEWEST =
      """
      SELECT DISTINCT ON (txid) id FROM keyward.change
      WHERE txid < pg_snapshot_xmax(pg_current_snapshot()) ORDER BY txid DESC LIMIT %d
      """
          .formatted(MOST);

  /** Each is made after its table's rows are restored. */
  private static final String COMPLETE =
      """
      SELECT count(DISTINCT t.tgrelid) = 6 FROM pg_trigger t
      WHERE t.tgname IN ('keyward_inserted', 'keyward_changed') AND t.tgrelid IN
        (to_regclass('public.records'), to_regclass('public.domains'), to_regclass('public.domainmetadata'),
         to_regclass('public.cryptokeys'), to_regclass('public.tsigkeys'),
         to_regclass('keyward.sealed_key'))
      """;

  private final String server;
  private List<UUID> witnesses;

  private History(String server, List<UUID> witnesses) {
    this.server = server;
    this.witnesses = witnesses;
  }

  /** The database is another one, or an earlier state of this one. */
  static final class OtherException extends Exception {
    private static final long serialVersionUID = 1L;

    OtherException(String what) {
      super(what);
    }
  }

  static History of(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(NEWEST)) {
      List<UUID> newest = new ArrayList<>();
      while (row.next()) {
        newest.add(row.getObject(1, UUID.class));
      }
      return new History(server(connection), newest);
    }
  }

  /** PostgreSQL gives it to each new data folder; a replica has that of its primary. */
  private static String server(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT CASE WHEN has_function_privilege('pg_control_system()', 'EXECUTE')"
                    + " THEN (SELECT system_identifier::TEXT FROM pg_control_system()) ELSE '' END")) {
      row.next();
      return row.getString(1);
    }
  }

  /** After a new connection: the address may be another server's now. */
  void checkServer(Connection connection) throws SQLException, OtherException {
    if (!server(connection).equals(server)) {
      throw new OtherException("another PostgreSQL server answers now than before");
    }
  }

  Array known(Connection connection) throws SQLException {
    return connection.createArrayOf("uuid", witnesses.toArray());
  }

  /**
   * Judges what a read found.
   *
   * @param horizon the oldest transaction that ran at the read before
   * @param next the number of the next transaction
   * @param found how many of the witnesses are there
   */
  void check(long horizon, long next, int found) throws OtherException {
    if (found < witnesses.size()) {
      throw new OtherException(
          "the database has gone back to an earlier state: changes that were served are not in it");
    }
    if (Long.compareUnsigned(next, horizon) < 0) {
      throw new OtherException(
          "the database is another one: its transaction numbers have gone back from %s to %s"
              .formatted(Long.toUnsignedString(horizon), Long.toUnsignedString(next)));
    }
  }

  /**
   * Takes what was read for the first time as the new witnesses: whatever has these has all before.
   *
   * @param byTransaction one row of each transaction
   */
  void saw(Map<Long, UUID> byTransaction) {
    if (!byTransaction.isEmpty()) {
      witnesses = byTransaction.values().stream().limit(MOST).toList();
    }
  }

  /** Whether all is in it that follows changes, as after a restore that has come to its end. */
  static boolean isComplete(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(COMPLETE)) {
      return row.next() && row.getBoolean(1);
    }
  }
}
