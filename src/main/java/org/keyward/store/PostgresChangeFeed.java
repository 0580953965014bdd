package org.keyward.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.keyward.zone.ChangeFeed;
import org.keyward.zone.ZoneChange;
import org.keyward.zone.ZoneStorageException;
import org.postgresql.PGConnection;

/**
 * Follows the table {@code keyward.change}. Transactions commit in another order than they begin,
 * so it reads from the oldest transaction that was still running at the last read and leaves out
 * what it has seen. NOTIFY wakes it; where there is none, as on a streaming replica, it asks again
 * and again. When the database goes back in time, or another one takes its place, everything is
 * read anew ({@link History}).
 */
public final class PostgresChangeFeed implements ChangeFeed {
  private static final Duration POLL = Duration.ofMillis(50);

  /** Rows are kept for a day; who was away for most of that reads everything. */
  private static final Duration TOO_LONG = Duration.ofHours(20);

  private static final String READ =
      """
      SELECT c.id, c.kind, c.domain_id, c.name, c.txid::text AS txid,
        pg_snapshot_xmin(s.now)::text AS horizon, pg_snapshot_xmax(s.now)::text AS next,
        (SELECT count(*) FROM keyward.change k WHERE k.id = ANY (?)) AS known
      FROM (SELECT pg_current_snapshot() AS now) s
      LEFT JOIN keyward.change c ON c.txid >= ?::xid8 AND c.txid < pg_snapshot_xmax(s.now)
      ORDER BY c.txid, c.made_at
      """;

  /** What a read may take without a byte; then it is begun anew on another connection. */
  private static final Duration SILENCE = Duration.ofSeconds(30);

  private final Database database;
  private final String host;
  private final Map<UUID, Long> seen = new HashMap<>();
  private final Set<Long> transactions = new HashSet<>();
  private Connection connection;
  private boolean listening;
  private long horizon;
  private long lastRead;
  private History history;

  public PostgresChangeFeed(Database database) {
    this(database, "");
  }

  /**
   * @param host names this process to people
   */
  public PostgresChangeFeed(Database database, String host) {
    this.database = database;
    this.host = host;
  }

  @Override
  public void open() {
    connect();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")) {
      row.next();
      horizon = Long.parseUnsignedLong(row.getString(1));
      lastRead = System.nanoTime();
      seen.clear();
      history = History.of(connection);
      read(); // rows of transactions that are done already belong to the load that follows
    } catch (SQLException e) {
      throw lost(e);
    } catch (History.OtherException e) {
      close();
      throw new ZoneStorageException(e.getMessage() + " while it was being read", e);
    }
  }

  private void connect() {
    close(); // of an attempt before that failed later
    connection = database.dedicatedConnection();
    try (Statement statement = connection.createStatement()) {
      connection.setNetworkTimeout(Runnable::run, (int) SILENCE.toMillis());
      statement.execute("LISTEN keyward_change");
      listening = true;
    } catch (SQLException e) {
      listening = false; // a replica refuses to listen
    }
  }

  @Override
  public List<ZoneChange> next(Duration timeout) {
    long end = System.nanoTime() + timeout.toNanos();
    try {
      if (connection == null) {
        connect();
        if (System.nanoTime() - lastRead > TOO_LONG.toNanos()) {
          return anew("changes could not be followed for " + TOO_LONG.toHours() + " hours");
        }
        history.checkServer(connection);
      }
      while (true) {
        List<ZoneChange> changes = read();
        long left = end - System.nanoTime();
        if (!changes.isEmpty() || left <= 0) {
          return changes;
        }
        await(Duration.ofNanos(left));
      }
    } catch (History.OtherException e) {
      return moved(e.getMessage());
    } catch (SQLException e) {
      throw lost(e);
    }
  }

  private List<ZoneChange> anew(String why) {
    close();
    open();
    return List.of(new ZoneChange.OfEverything(why));
  }

  /** One that is being restored is not read before it is complete. */
  private List<ZoneChange> moved(String why) {
    try {
      if (!History.isComplete(connection)) {
        close();
        throw new ZoneStorageException(
            why
                + ", and it lacks triggers of Keyward's: nothing is read from it before it is restored as a"
                + " whole; if it is, run 'keyward migrate'",
            null);
      }
    } catch (SQLException e) {
      throw lost(e);
    }
    List<ZoneChange> everything = anew(why);
    DatabaseMoves.note(database, host, why);
    return everything;
  }

  private void await(Duration left) throws SQLException {
    Duration wait = listening || left.compareTo(POLL) < 0 ? left : POLL;
    if (listening) {
      connection.unwrap(PGConnection.class).getNotifications((int) Math.max(1, wait.toMillis()));
      return;
    }
    try {
      Thread.sleep(wait.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while waiting for changes", e);
    }
  }

  private List<ZoneChange> read() throws SQLException, History.OtherException {
    List<ZoneChange> changes = new ArrayList<>();
    Map<Long, UUID> fresh = new HashMap<>();
    transactions.clear();
    long next = horizon;
    try (PreparedStatement statement = connection.prepareStatement(READ)) {
      statement.setQueryTimeout(30);
      statement.setArray(1, history.known(connection));
      statement.setString(2, Long.toUnsignedString(horizon));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          if (row.isFirst()) {
            next = Long.parseUnsignedLong(row.getString("horizon"));
            history.check(
                horizon, Long.parseUnsignedLong(row.getString("next")), row.getInt("known"));
          }
          UUID id = row.getObject("id", UUID.class);
          if (id != null) {
            long transaction = Long.parseUnsignedLong(row.getString("txid"));
            if (seen.put(id, transaction) == null) {
              transactions.add(transaction);
              fresh.put(transaction, id);
              add(row, changes);
            }
          }
        }
      }
    }
    history.saw(fresh);
    horizon = next;
    seen.values().removeIf(txid -> Long.compareUnsigned(txid, horizon) < 0);
    lastRead = System.nanoTime();
    return changes;
  }

  @Override
  public Set<Long> transactions() {
    return Set.copyOf(transactions);
  }

  /** How many rows it knows that it may meet again. */
  int remembered() {
    return seen.size();
  }

  private static void add(ResultSet row, List<ZoneChange> changes) throws SQLException {
    int zoneId = row.getInt("domain_id");
    switch (row.getString("kind")) {
      case "name" ->
          StoredNames.parse(row.getString("name"))
              .ifPresent(owner -> changes.add(new ZoneChange.AtName(zoneId, owner)));
      case "many" -> changes.add(new ZoneChange.OfManyNames(zoneId));
      case "signing" -> changes.add(new ZoneChange.OfSigning(zoneId));
      case "runway" -> changes.add(new ZoneChange.OfRunway(zoneId));
      case "header" -> changes.add(new ZoneChange.OfHeader(zoneId));
      case "tsig" -> changes.add(new ZoneChange.OfTsigKeys());
      case "all" ->
          changes.add(new ZoneChange.OfEverything("a table was emptied, or the triggers were off"));
      case "mark" -> {}
      default -> changes.add(new ZoneChange.OfZone(zoneId));
    }
  }

  private ZoneStorageException lost(SQLException cause) {
    close();
    return new ZoneStorageException(
        "the connection that follows changes is lost: " + cause.getMessage(), cause);
  }

  @Override
  public void close() {
    Connection closing = connection;
    connection = null;
    if (closing != null) {
      try {
        closing.close();
      } catch (SQLException e) {
        return; // it was broken before
      }
    }
  }
}
