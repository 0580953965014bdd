package org.keyward.store;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.keyward.zone.ZoneStorageException;

/** Creates or upgrades the schema, by the numbered files of {@code sql/}. */
public final class Migrations {
  private Migrations() {}

  /**
   * Brings the database to this version's schema. Rows of PowerDNS's own tables are not touched.
   *
   * @return how many steps were run
   */
  public static int migrate(Database database) {
    try {
      Flyway flyway =
          Flyway.configure()
              .dataSource(database.dataSource())
              .locations("classpath:sql")
              .schemas("keyward")
              .defaultSchema("keyward")
              .baselineOnMigrate(false)
              .load();
      // A login that may not change the schema can still see that it is this version's.
      return flyway.info().pending().length == 0 ? 0 : flyway.migrate().migrationsExecuted;
    } catch (FlywayException e) {
      throw new ZoneStorageException(
          "cannot bring the database schema up to date: "
              + e.getMessage().lines().filter(line -> !line.isBlank()).findFirst().orElse("")
              + "; the user needs the right to create tables in the schemas public and keyward",
          e);
    }
  }
}
