package org.keyward.store;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.output.MigrateResult;
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
      MigrateResult result =
          Flyway.configure()
              .dataSource(database.dataSource())
              .locations("classpath:sql")
              .schemas("keyward")
              .defaultSchema("keyward")
              .baselineOnMigrate(false)
              .load()
              .migrate();
      return result.migrationsExecuted;
    } catch (FlywayException e) {
      throw new ZoneStorageException(
          "cannot bring the database schema up to date: "
              + e.getMessage().lines().filter(line -> !line.isBlank()).findFirst().orElse("")
              + "; the user needs the right to create tables in the schemas public and keyward",
          e);
    }
  }
}
