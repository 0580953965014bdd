package org.keyward.signing;

import java.time.Duration;

/** Port to the lock that keeps all processes and hosts from using one token at once. */
public interface TokenLock {
  /**
   * Waits for the token to be free everywhere.
   *
   * @param serial the token's serial number
   * @throws TokenException with reason BUSY at the deadline, UNAVAILABLE when the lock cannot be
   *     had because the database is out of reach
   */
  Held acquire(String serial, Duration deadline);

  /** Released by {@link #close}, in any case when its process ends. */
  interface Held extends AutoCloseable {
    /** False when the lock may have been lost, for example with the database connection. */
    boolean valid();

    @Override
    void close();
  }
}
