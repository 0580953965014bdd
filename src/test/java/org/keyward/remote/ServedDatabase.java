package org.keyward.remote;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.config.Secret;
import org.keyward.signing.Seal;
import org.keyward.store.Database;
import org.keyward.store.PostgresChangeFeed;
import org.keyward.store.PostgresReplication;
import org.keyward.store.PostgresZoneKeys;
import org.keyward.store.PostgresZoneWriter;
import org.keyward.store.PostgresZones;
import org.keyward.store.SigningReader;
import org.keyward.store.TestDatabase;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.ServedListener;
import org.keyward.zone.ZoneFollower;

/** Both servers of the protocol on a database of their own, as the service puts them together. */
final class ServedDatabase implements AutoCloseable {
  final Database database = TestDatabase.create();
  final Servers servers;
  final LoadedZones loaded;
  private final ZoneFollower follower;

  ServedDatabase(Path directory, TransactionLimits limits) {
    this(directory, limits, ServedListener.NONE);
  }

  /**
   * @param listener told of what is served
   */
  ServedDatabase(Path directory, ServedListener listener) {
    this(directory, new TransactionLimits(4, Duration.ofMinutes(1)), listener);
  }

  private ServedDatabase(Path directory, TransactionLimits limits, ServedListener listener) {
    Seal seal = new Seal(Secret.of("0123456789abcdef0123456789abcdef"));
    PostgresZones zones = new PostgresZones(database, SigningReader.NONE, Optional.of(seal));
    ServedChanges served = new ServedChanges();
    loaded = new LoadedZones(zones, zones, Clock.systemUTC(), 1_000, listener);
    follower =
        new ZoneFollower(new PostgresChangeFeed(database), loaded, Clock.systemUTC(), served);
    follower.start();
    servers =
        Servers.start(
            loaded,
            new Writing(
                new PostgresZoneWriter(database, served),
                new PostgresReplication(database, served),
                new PostgresZoneKeys(database, served, seal),
                limits),
            directory);
  }

  int zone(String name, String type, String... rows) {
    return TestDatabase.jdbi(database).inTransaction(h -> zone(h, name, type, rows));
  }

  /** Rows as {@code owner type content}. */
  private static int zone(Handle handle, String name, String type, String... rows) {
    int id =
        handle
            .createQuery("INSERT INTO domains (name, type) VALUES (?, ?) RETURNING id")
            .bind(0, name)
            .bind(1, type)
            .mapTo(Integer.class)
            .one();
    for (String row : rows) {
      String[] fields = row.split(" ", 3);
      handle.execute(
          "INSERT INTO records (domain_id, name, type, content, ttl) VALUES (?, ?, ?, ?, 60)",
          id,
          fields[0],
          fields[1],
          fields[2]);
    }
    return id;
  }

  void secondary(String name, String primary) {
    TestDatabase.jdbi(database)
        .useHandle(
            h ->
                h.execute(
                    "INSERT INTO domains (name, type, master) VALUES (?, 'SLAVE', ?)",
                    name,
                    primary));
  }

  /** Every row of a zone as {@code owner type prio content}, sorted. */
  List<String> rows(String zone) {
    return texts(
        "SELECT concat_ws(' ', r.name, r.type, nullif(r.prio, 0), r.content) FROM records r"
            + " JOIN domains d ON d.id = r.domain_id WHERE d.name = '"
            + zone
            + "' ORDER BY 1");
  }

  List<String> texts(String sql) {
    return TestDatabase.jdbi(database)
        .withHandle(h -> h.createQuery(sql).mapTo(String.class).list());
  }

  /** Sessions of the database that hold a transaction open. */
  long openTransactions() {
    return Long.parseLong(
        texts(
                "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database()"
                    + " AND state LIKE 'idle in transaction%'")
            .get(0));
  }

  @Override
  public void close() {
    servers.close();
    follower.close();
    database.close();
  }
}
