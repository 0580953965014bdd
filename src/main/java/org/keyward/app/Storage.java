package org.keyward.app;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.keyward.admin.DatabaseSurvey;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.DatabaseSettings;
import org.keyward.config.KeywardConfig;
import org.keyward.config.Secret;
import org.keyward.store.Database;
import org.keyward.store.EmbeddedDatabase;
import org.keyward.store.Migrations;
import org.keyward.store.PostgresClock;
import org.keyward.store.PostgresSurvey;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The database of a configuration: the operator's own, or the embedded one. */
public final class Storage implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Storage.class);
  private static final Duration LINE_EVERY = Duration.ofMinutes(1);

  private final Optional<EmbeddedDatabase> embedded;
  private final Database database;
  private final DatabaseClock clock = new DatabaseClock();

  /** It was not there when this was last looked at: nobody waits for it unasked. */
  private volatile boolean missing;

  private Storage(Optional<EmbeddedDatabase> embedded, Database database) {
    this.embedded = embedded;
    this.database = database;
  }

  /** For a command or a role: of embedded servers, one that runs is used. */
  public static Storage open(KeywardConfig config) {
    return open(config, false);
  }

  /** For a role, which waits for an operator's database that is not there yet. */
  static Storage await(KeywardConfig config) throws InterruptedException {
    Storage storage = later(config);
    storage.await();
    return storage;
  }

  /** For a role that can do something before its database is there; never the embedded one. */
  static Storage later(KeywardConfig config) {
    return config.database().map(Storage::later).orElseGet(() -> open(config, false));
  }

  /** The same for {@code run}, to which the embedded server belongs. */
  static Storage ownLater(KeywardConfig config) {
    return config.database().map(Storage::later).orElseGet(() -> open(config, true));
  }

  private static Storage later(DatabaseSettings settings) {
    return new Storage(
        Optional.empty(), Database.later(settings.url(), user(settings), settings.password()));
  }

  /** Whether the database can be reached now. */
  boolean isThere() {
    missing = !database.isThere(why -> log.warn("the database is not there: {}", why));
    return !missing;
  }

  /** Waits until the database is there. */
  void await() throws InterruptedException {
    long[] nextLine = {System.nanoTime()};
    database.awaitThere(
        why -> {
          if (System.nanoTime() >= nextLine[0]) {
            log.warn("waiting for the database: {}", why);
            nextLine[0] = System.nanoTime() + LINE_EVERY.toNanos();
          }
        });
    missing = false;
  }

  private static Storage open(KeywardConfig config, boolean own) {
    if (config.database().isPresent()) {
      return new Storage(Optional.empty(), connect(config.database().get()));
    }
    EmbeddedDatabase embedded = embedded(config, own);
    try {
      Database database = embedded.connect();
      if (embedded.isOwn()) {
        Migrations.migrate(database);
      }
      return new Storage(Optional.of(embedded), database);
    } catch (RuntimeException e) {
      embedded.close();
      throw e;
    }
  }

  /** Nobody gets an empty database of their own because they lack the configuration. */
  private static EmbeddedDatabase embedded(KeywardConfig config, boolean own) {
    return own || config.startsDatabase()
        ? EmbeddedDatabase.open(config.dataDir(), own)
        : EmbeddedDatabase.running(config.dataDir())
            .orElseThrow(
                () ->
                    new ZoneStorageException(
                        "there is no database: "
                            + config
                                .file()
                                .map(file -> file + " names none")
                                .orElse("there is no configuration for this user")
                            + ", and no 'keyward run' with an embedded one runs in "
                            + config.dataDir()
                            + "; start it, or set database.url to your database, or to 'embedded'"
                            + " to have one there for each command",
                        null));
  }

  private static Database connect(DatabaseSettings settings) {
    return Database.connect(settings.url(), user(settings), settings.password());
  }

  private static String user(DatabaseSettings settings) {
    return settings.user().orElseGet(() -> System.getProperty("user.name"));
  }

  /** What CREATE ROLE takes in place of a password, which then is in nobody's log. */
  public static String verifier(Secret password) {
    return Database.verifier(password);
  }

  /**
   * Creates or upgrades the schema.
   *
   * @return what was done, a sentence each; empty when there was nothing to do
   */
  public List<String> migrate() {
    return Migrations.migrateAndTell(database);
  }

  /** What {@link #migrate} will find; changes nothing. */
  public DatabaseSurvey survey() {
    return new PostgresSurvey(database, clock()).look();
  }

  Database database() {
    return database;
  }

  /** What time it is, for all that is written down and decided. */
  DatabaseClock clock() {
    if (!clock.isRead() && !missing) {
      try {
        clock.read(new PostgresClock(database)::now);
      } catch (ZoneStorageException e) {
        log.debug("clock: {}", e.getMessage()); // whoever needs the database finds out by itself
      }
    }
    return clock;
  }

  @Override
  public void close() {
    database.close();
    embedded.ifPresent(EmbeddedDatabase::close);
  }
}
