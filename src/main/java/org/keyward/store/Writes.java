package org.keyward.store;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.JdbiException;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneStorageException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits what PowerDNS writes and waits until this server serves it, so that PowerDNS reads its
 * own writes. All waiting stays below PowerDNS's timeout, 2 s unless set. Thread-safe.
 */
final class Writes {
  private static final Logger log = LoggerFactory.getLogger(Writes.class);
  private static final Duration SERVED_LIMIT = Duration.ofSeconds(1);

  /** Classes of SQLSTATE for what the writer can cure: bad data, broken rule, no right to. */
  private static final Set<String> REFUSALS = Set.of("22", "23", "42", "P0", "40", "55", "25");

  private final Database database;
  private final ServedChanges served;

  Writes(Database database, ServedChanges served) {
    this.database = database;
    this.served = served;
  }

  Database database() {
    return database;
  }

  /**
   * Runs {@code work} in a transaction, and waits until its changes are served.
   *
   * @throws WriteRefusedException when the database refuses it
   */
  <T> T write(HandleCallback<T, SQLException> work) {
    Optional<ServedChanges.Expected> expected = Optional.empty();
    try (Handle handle = database.jdbi().open()) {
      handle.begin();
      limitWaiting(handle);
      T result = work.withHandle(handle);
      expected = expect(handle);
      handle.commit();
      expected.ifPresent(Writes::await);
      return result;
    } catch (JdbiException | SQLException e) {
      throw translate(e);
    } finally {
      expected.ifPresent(ServedChanges.Expected::close);
    }
  }

  /** Whoever waits for a lock longer than this gives up, so that PowerDNS hears why. */
  static void limitWaiting(Handle handle) {
    handle.execute("SET LOCAL lock_timeout = '800ms'");
  }

  /** To be called before the commit; empty when there is nothing to wait for. */
  Optional<ServedChanges.Expected> expect(Handle handle) {
    return handle
        .createQuery(
            """
            SELECT txid::text FROM keyward.change
            WHERE txid = pg_current_xact_id_if_assigned() LIMIT 1
            """)
        .mapTo(String.class)
        .findFirst()
        .map(txid -> served.expect(Long.parseUnsignedLong(txid)));
  }

  static void await(ServedChanges.Expected expected) {
    if (!expected.await(SERVED_LIMIT)) {
      log.warn("a change is committed but not served after {} s", SERVED_LIMIT.toSeconds());
    }
  }

  /** The database's own words where it refuses, without the row, which may hold a secret. */
  static RuntimeException translate(Exception failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && !(cause instanceof SQLException)) {
      cause = cause.getCause();
    }
    if (cause instanceof PSQLException refusal
        && refusal.getSQLState() != null
        && REFUSALS.contains(refusal.getSQLState().substring(0, 2))) {
      return new WriteRefusedException(message(refusal));
    }
    return new ZoneStorageException("the database cannot be written to", cause);
  }

  private static String message(PSQLException refusal) {
    ServerErrorMessage said = refusal.getServerErrorMessage();
    String text = said == null ? null : said.getMessage();
    return switch (String.valueOf(refusal.getSQLState())) {
      case "55P03" -> "the zone is being changed by somebody else; try again";
      case "40P01", "40001" -> "two changes of the zone met; try again";
      case "42501" ->
          Refusals.isRaised(refusal)
              ? text
              : text + "; grant keyward_writer to Keyward's database user";
      default -> String.valueOf(text);
    };
  }
}
