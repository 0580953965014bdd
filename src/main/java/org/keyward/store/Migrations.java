package org.keyward.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.keyward.zone.ZoneStorageException;

/**
 * Creates or upgrades the schema, by the files of {@code sql/}: V are tables and run once, R are
 * functions, triggers, views and roles, which all run again when one of them has changed. A run is
 * one transaction.
 */
public final class Migrations {
  private Migrations() {}

  /**
   * Brings the database to this version's schema. Rows of PowerDNS's own tables are not touched.
   *
   * @return how many files were run
   */
  public static int migrate(Database database) {
    return migrate(database, code());
  }

  /** The same, and says in a sentence each what was done; nothing when there was nothing to do. */
  public static List<String> migrateAndTell(Database database) {
    SchemaContents before = SchemaContents.of(database);
    int files = migrate(database);
    List<String> done = SchemaContents.of(database).since(before);
    return files > 0 && done.isEmpty()
        ? List.of("gave Keyward's roles of this server their rights in this database")
        : done;
  }

  /**
   * @param code stands for the contents of all R files
   */
  static int migrate(Database database, String code) {
    try {
      Flyway flyway = flyway(database, code);
      // A login that may not change the schema can still see that it is this version's.
      if (flyway.info().pending().length > 0) {
        AdoptedSchema.check(database);
        return flyway.migrate().migrationsExecuted;
      }
      return rolesAreMissing(database) ? makeRoles(database) : 0;
    } catch (FlywayValidateException e) {
      throw new ZoneStorageException(
          "cannot bring the database schema up to date: its tables were made by another version of"
              + " Keyward ("
              + e.getMessage()
                  .lines()
                  .filter(line -> !line.isBlank())
                  .skip(1)
                  .findFirst()
                  .orElse("")
              + "); use that version",
          e);
    } catch (FlywayException e) {
      throw new ZoneStorageException(
          "cannot bring the database schema up to date: "
              + e.getMessage().lines().filter(line -> !line.isBlank()).findFirst().orElse("")
              + "; the user needs the right to create tables in the schemas public and keyward",
          e);
    }
  }

  private static Flyway flyway(Database database, String code) {
    return Flyway.configure()
        .dataSource(database.dataSource())
        .locations("classpath:sql")
        .schemas("keyward")
        .defaultSchema("keyward")
        .baselineOnMigrate(false)
        .placeholders(Map.of("code", code))
        .group(true)
        .load();
  }

  /** Whether files are to be run on a database that has the schema; only reads. */
  static boolean isUpToDate(Database database) {
    return flyway(database, code()).info().pending().length == 0;
  }

  /** Roles belong to the server: a dump that is restored into another one comes without them. */
  private static boolean rolesAreMissing(Database database) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT (rolsuper OR rolcreaterole) AND EXISTS (
                      SELECT FROM unnest(ARRAY['keyward_dba', 'keyward_auditor', 'keyward_serve',
                        'keyward_writer', 'keyward_admin', 'keyward_sign']) role
                      WHERE to_regrole(role) IS NULL
                        OR NOT has_schema_privilege(to_regrole(role), 'keyward', 'USAGE'))
                    FROM pg_roles WHERE rolname = current_user
                    """)
                .mapTo(Boolean.class)
                .one());
  }

  private static int makeRoles(Database database) {
    try (InputStream file = Migrations.class.getResourceAsStream("/sql/R__80_roles.sql")) {
      String roles = new String(file.readAllBytes(), StandardCharsets.UTF_8);
      database.useTransaction(
          handle -> {
            try (Statement statement = handle.getConnection().createStatement()) {
              statement.execute(roles);
            }
          });
      return 1;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String code() {
    try {
      Path here =
          Path.of(Migrations.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (Files.isDirectory(here)) {
        return checksum(here.resolve("sql"));
      }
      try (FileSystem jar = FileSystems.newFileSystem(here)) {
        return checksum(jar.getPath("sql"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String checksum(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(f -> f.getFileName().toString().startsWith("R__")).sorted().toList();
    }
    CRC32 sum = new CRC32();
    for (Path file : files) {
      sum.update(Files.readAllBytes(file));
    }
    return Long.toHexString(sum.getValue());
  }
}
