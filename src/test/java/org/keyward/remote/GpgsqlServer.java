package org.keyward.remote;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.keyward.store.Database;
import org.keyward.store.TestDatabase;

/** PowerDNS with its own PostgreSQL backend on a test's database. */
final class GpgsqlServer {
  private GpgsqlServer() {}

  /**
   * Starts it without caches.
   *
   * @param folder in which it gets one of its own
   */
  static PowerDns start(PowerDnsVersion version, Path folder, Database database)
      throws IOException {
    Map<String, String> psql = TestDatabase.server().psqlEnvironment();
    return PowerDns.start(
        version,
        Files.createDirectory(folder.resolve("g")),
        List.of(
            "cache-ttl=0",
            "query-cache-ttl=0",
            "negquery-cache-ttl=0",
            "zone-cache-refresh-interval=0",
            "loglevel=1",
            "launch=gpgsql",
            "gpgsql-host=" + psql.get("PGHOST"),
            "gpgsql-port=" + psql.get("PGPORT"),
            "gpgsql-user=" + psql.get("PGUSER"),
            "gpgsql-password=" + psql.get("PGPASSWORD"),
            "gpgsql-dbname="
                + TestDatabase.jdbi(database)
                    .withHandle(
                        h ->
                            h.createQuery("SELECT current_database()").mapTo(String.class).one())));
  }
}
