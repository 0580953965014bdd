package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.keyward.signing.FindingStore;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table {@code keyward.database_move}: who noticed that the database is another than before.
 */
final class DatabaseMoves {
  private static final Logger log = LoggerFactory.getLogger(DatabaseMoves.class);

  /** Somebody has read it by then. */
  private static final Duration TOLD = Duration.ofDays(1);

  private static final Duration KEPT = Duration.ofDays(7);

  private DatabaseMoves() {}

  /** A replica takes no row: there the log of the server says it alone. */
  static void note(Database database, String host, String what) {
    try {
      database.useTransaction(
          handle ->
              handle.execute(
                  "INSERT INTO keyward.database_move (host, what) VALUES (?, ?)", host, what));
    } catch (ZoneStorageException e) {
      log.debug("database: that it moved is not stored in it: {}", e.getMessage());
    }
  }

  static List<FindingStore.MoveFact> recent(Handle handle, Instant now) {
    return DamagedRows.readable(
        handle
            .createQuery(
                """
            SELECT DISTINCT ON (host) host, noticed_at, what FROM keyward.database_move
            WHERE noticed_at > :from ORDER BY host, noticed_at DESC
            """)
            .bind("from", now.minus(TOLD).atOffset(ZoneOffset.UTC)),
        "keyward.database_move",
        (row, context) ->
            new FindingStore.MoveFact(
                row.getString("host"),
                row.getTimestamp("noticed_at").toInstant(),
                row.getString("what")));
  }

  static void prune(Handle handle, Instant now) {
    handle.execute(
        "DELETE FROM keyward.database_move WHERE noticed_at < ?",
        now.minus(KEPT).atOffset(ZoneOffset.UTC));
  }
}
