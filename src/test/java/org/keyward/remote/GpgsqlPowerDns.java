package org.keyward.remote;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.keyward.store.Database;
import org.keyward.store.TestDatabase;

/** PowerDNS with its own PostgreSQL backend, on a database that nobody else knows. */
final class GpgsqlPowerDns implements AutoCloseable {
  private static final Path SCHEMA =
      Path.of("/usr/share/pdns-backend-pgsql/schema/schema.pgsql.sql");

  private final Database database = TestDatabase.createEmpty();
  final PowerDns powerDns;

  /**
   * @param directory an existing private one
   */
  GpgsqlPowerDns(PowerDnsVersion version, Path directory, String... lines) throws IOException {
    String schema = Files.readString(SCHEMA);
    TestDatabase.jdbi(database).useHandle(handle -> handle.createScript(schema).execute());
    List<String> all = new ArrayList<>(connection(database));
    all.addAll(List.of(lines));
    powerDns = PowerDns.start(version, directory, all);
  }

  /** Lines of pdns.conf that lead to a database. */
  static List<String> connection(Database database) {
    Map<String, String> psql = TestDatabase.server().psqlEnvironment();
    return List.of(
        "launch=gpgsql",
        "gpgsql-dnssec=yes",
        "gpgsql-host=" + psql.get("PGHOST"),
        "gpgsql-port=" + psql.get("PGPORT"),
        "gpgsql-user=" + psql.get("PGUSER"),
        "gpgsql-password=" + psql.get("PGPASSWORD"),
        "gpgsql-dbname=" + texts(database, "SELECT current_database()").get(0));
  }

  List<String> texts(String sql) {
    return texts(database, sql);
  }

  void sql(String statement, Object... arguments) {
    TestDatabase.jdbi(database).useHandle(h -> h.execute(statement, arguments));
  }

  private static List<String> texts(Database database, String sql) {
    return TestDatabase.jdbi(database)
        .withHandle(h -> h.createQuery(sql).mapTo(String.class).list());
  }

  @Override
  public void close() {
    powerDns.close();
    database.close();
  }
}
