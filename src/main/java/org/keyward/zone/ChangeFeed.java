package org.keyward.zone;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Port to the stream of committed changes. Never misses a transaction, whatever order transactions
 * commit in; may report a change twice. Used by one thread.
 */
public interface ChangeFeed extends AutoCloseable {
  /**
   * Fixes the point from which changes are reported. Called before the first load, so that whatever
   * commits during the load is reported.
   */
  void open();

  /**
   * Changes committed since the last call, in commit order per zone; waits up to {@code timeout}
   * for the first one and returns an empty list when none came.
   *
   * @throws ZoneStorageException when the database is out of reach; the next call reconnects and
   *     catches up
   */
  List<ZoneChange> next(Duration timeout);

  /** The numbers of the transactions that the last call of {@link #next} told of. */
  Set<Long> transactions();

  @Override
  void close();
}
