package org.keyward.bench;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How long after the commit of a change in SQL Keyward answers with it; nothing else goes on. So it
 * asks with pauses: asking without them would take both processors of a small machine for itself.
 */
final class Visibility {
  private static final long LIMIT = TimeUnit.SECONDS.toNanos(60);
  private static final long PAUSE = TimeUnit.MICROSECONDS.toNanos(500);

  private final BenchDatabase database;
  private final String databaseName;
  private final KeywardServer keyward;

  Visibility(BenchDatabase database, String databaseName, KeywardServer keyward) {
    this.database = database;
    this.databaseName = databaseName;
    this.keyward = keyward;
  }

  /**
   * Changes the address of a name many times.
   *
   * @param name of an A record
   * @return milliseconds from each commit to the first answer that shows it
   */
  List<Double> ofChanges(String name, int changes)
      throws SQLException, IOException, InterruptedException {
    List<Double> found = new ArrayList<>();
    try (Connection connection = database.connect(databaseName);
        BackendSocket socket = new BackendSocket(keyward.socket());
        PreparedStatement update =
            connection.prepareStatement(
                "UPDATE records SET content = ? WHERE name = ? AND type = 'A'")) {
      for (int i = 0; i < changes + 5; i++) { // the first ones warm up
        String address = "198.18." + i / 250 + "." + i % 250;
        update.setString(1, address);
        update.setString(2, name);
        update.executeUpdate();
        double waited = await(socket, name, "\"" + address + "\"");
        if (i >= 5) {
          found.add(waited);
        }
        Thread.sleep(20);
      }
    }
    return found;
  }

  /** Milliseconds until what is at a name contains a text. */
  double await(String name, String text) throws IOException {
    try (BackendSocket socket = new BackendSocket(keyward.socket())) {
      return await(socket, name, text);
    }
  }

  private static double await(BackendSocket socket, String name, String text) throws IOException {
    long start = System.nanoTime();
    while (!socket.lookup(name).contains(text)) {
      if (System.nanoTime() - start > LIMIT) {
        throw new IllegalStateException(text + " is not served at " + name + " after 60 s");
      }
      LockSupport.parkNanos(PAUSE);
    }
    return (System.nanoTime() - start) / 1e6;
  }
}
