package org.keyward.app;

import java.util.Optional;
import org.keyward.config.DatabaseSettings;
import org.keyward.config.KeywardConfig;
import org.keyward.store.Database;
import org.keyward.store.EmbeddedDatabase;
import org.keyward.store.Migrations;

/** The database of a configuration: the operator's own, or the embedded one. */
public final class Storage implements AutoCloseable {
  private final Optional<EmbeddedDatabase> embedded;
  private final Database database;

  private Storage(Optional<EmbeddedDatabase> embedded, Database database) {
    this.embedded = embedded;
    this.database = database;
  }

  /** For a command or a role: an embedded server that runs is used, else runs until the end. */
  public static Storage open(KeywardConfig config) {
    return open(config, false);
  }

  /** For {@code run}, to which the embedded server belongs. */
  static Storage own(KeywardConfig config) {
    return open(config, true);
  }

  private static Storage open(KeywardConfig config, boolean own) {
    if (config.database().isPresent()) {
      return new Storage(Optional.empty(), connect(config.database().get()));
    }
    EmbeddedDatabase embedded = EmbeddedDatabase.open(config.dataDir(), own);
    try {
      Database database = embedded.connect();
      Migrations.migrate(database);
      return new Storage(Optional.of(embedded), database);
    } catch (RuntimeException e) {
      embedded.close();
      throw e;
    }
  }

  private static Database connect(DatabaseSettings settings) {
    String user = settings.user().orElseGet(() -> System.getProperty("user.name"));
    return Database.connect(settings.url(), user, settings.password());
  }

  /**
   * Creates or upgrades the schema.
   *
   * @return how many steps were run
   */
  public int migrate() {
    return Migrations.migrate(database);
  }

  Database database() {
    return database;
  }

  @Override
  public void close() {
    database.close();
    embedded.ifPresent(EmbeddedDatabase::close);
  }
}
