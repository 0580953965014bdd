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
 * and again.
 */
public final class PostgresChangeFeed implements ChangeFeed {
  private static final Duration POLL = Duration.ofMillis(50);

  /** Rows are kept for a day; who was away for most of that reads everything. */
  private static final Duration TOO_LONG = Duration.ofHours(20);

  private static final String READ =
      """
      SELECT c.id, c.kind, c.domain_id, c.name, c.txid::text AS txid,
        pg_snapshot_xmin(s.now)::text AS horizon
      FROM (SELECT pg_current_snapshot() AS now) s
      LEFT JOIN keyward.change c ON c.txid >= ?::xid8
      ORDER BY c.txid, c.made_at
      """;

  /** What a read may take without a byte; then it is begun anew on another connection. */
  private static final Duration SILENCE = Duration.ofSeconds(30);

  private final Database database;
  private final Map<UUID, Long> seen = new HashMap<>();
  private final Set<Long> transactions = new HashSet<>();
  private Connection connection;
  private boolean listening;
  private long horizon;
  private long lastRead;

  public PostgresChangeFeed(Database database) {
    this.database = database;
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
      read(); // rows of transactions that are done already belong to the load that follows
    } catch (SQLException e) {
      throw lost(e);
    }
  }

  private void connect() {
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
    if (connection == null) {
      connect();
      if (System.nanoTime() - lastRead > TOO_LONG.toNanos()) {
        open();
        return List.of(new ZoneChange.OfEverything());
      }
    }
    long end = System.nanoTime() + timeout.toNanos();
    try {
      while (true) {
        List<ZoneChange> changes = read();
        long left = end - System.nanoTime();
        if (!changes.isEmpty() || left <= 0) {
          return changes;
        }
        await(Duration.ofNanos(left));
      }
    } catch (SQLException e) {
      throw lost(e);
    }
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

  private List<ZoneChange> read() throws SQLException {
    List<ZoneChange> changes = new ArrayList<>();
    transactions.clear();
    long next = horizon;
    try (PreparedStatement statement = connection.prepareStatement(READ)) {
      statement.setQueryTimeout(30);
      statement.setString(1, Long.toUnsignedString(horizon));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          next = Long.parseUnsignedLong(row.getString("horizon"));
          UUID id = row.getObject("id", UUID.class);
          if (id != null) {
            long transaction = Long.parseUnsignedLong(row.getString("txid"));
            if (seen.put(id, transaction) == null) {
              transactions.add(transaction);
              add(row, changes);
            }
          }
        }
      }
    }
    horizon = next;
    seen.values().removeIf(txid -> Long.compareUnsigned(txid, horizon) < 0);
    lastRead = System.nanoTime();
    return changes;
  }

  @Override
  public Set<Long> transactions() {
    return Set.copyOf(transactions);
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
