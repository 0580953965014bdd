package org.keyward.bench;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jdbi.v3.core.Jdbi;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.config.TokenSettings;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.signing.ParentDs;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SignerLoop;
import org.keyward.store.Database;
import org.keyward.store.PostgresAudit;
import org.keyward.store.PostgresPinMemory;
import org.keyward.store.PostgresSigning;
import org.keyward.store.PostgresTokenLock;
import org.keyward.store.PostgresZones;
import org.keyward.store.SignedZoneReader;
import org.keyward.store.TestDatabase;
import org.keyward.token.Pkcs11Tokens;

/**
 * A database of its own with new zones whose first signatures wait for a token, and the signer role
 * that can make them.
 */
final class SigningQueue implements AutoCloseable {
  /** The name of the token. */
  static final String TOKEN = "t";

  /** The label of the key. */
  static final String KEY = "ksk";

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Seal seal;
  private final Database database;
  private final Jdbi jdbi;
  private final PostgresTokenLock lock;
  private final Pkcs11Tokens tokens;
  private final Signer signer;
  private final int signatures;

  /**
   * In a new database.
   *
   * @param token whose key {@link #KEY} all zones get
   */
  SigningQueue(TokenSettings token, int zones) {
    this(TestDatabase.create(), new Seal(Secret.of(new byte[32])), token, zones);
  }

  /**
   * @param database with Keyward's schema and no zones; it is closed with this
   * @param token whose key {@link #KEY} all zones get
   */
  SigningQueue(Database database, Seal seal, TokenSettings token, int zones) {
    CryptoProviders.install();
    this.database = database;
    this.seal = seal;
    jdbi = TestDatabase.jdbi(database);
    lock = new PostgresTokenLock(database);
    tokens =
        new Pkcs11Tokens(
            List.of(token),
            lock,
            new PostgresPinMemory(database),
            seal,
            new PostgresAudit(database),
            "signer:bench",
            Clock.systemUTC(),
            why -> {});
    signer =
        new Signer(
            new PostgresSigning(database, seal, "signer:bench"),
            tokens,
            ParentDs.NOT_ASKED,
            SigningSettings.DEFAULT,
            new DatabaseClock());
    createZones(zones);
    while (signer.plan() > 0) {
      // until every zone is planned
    }
    // As PostgreSQL does by itself a minute after so many rows have come.
    jdbi.useHandle(handle -> handle.execute("ANALYZE"));
    signatures = count("keyward.signing_work");
  }

  private void createZones(int zones) {
    jdbi.useTransaction(
        handle -> {
          handle.execute(
              "INSERT INTO domains (name, type)"
                  + " SELECT 'z' || i || '.example', 'NATIVE' FROM generate_series(1, ?) i",
              zones);
          handle.execute(
              "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, name, 'SOA',"
                  + " 'ns.example hostmaster.example 1 7200 3600 1209600 300', 3600 FROM domains");
          handle.execute(
              "INSERT INTO records (domain_id, name, type, content, ttl)"
                  + " SELECT id, name, 'NS', 'ns.example', 3600 FROM domains");
          handle.execute(
              "INSERT INTO keyward.request (kind, zone, token, label, reason, actor)"
                  + " SELECT 'assign', name, ?, ?, 'bench', 'os:bench' FROM domains",
              TOKEN,
              KEY);
        });
  }

  /** How many signatures were queued at first. */
  int signatures() {
    return signatures;
  }

  /** How many still wait. */
  int waiting() {
    return count("keyward.signing_work");
  }

  /** Without counting, which would be a part of what is measured. */
  private boolean isEmpty() {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery("SELECT NOT EXISTS (SELECT FROM keyward.signing_work)")
                .mapTo(Boolean.class)
                .one());
  }

  /** Takes what waits away from the token; returns when nothing is being signed any more. */
  void park() throws InterruptedException, TimeoutException {
    long start = System.nanoTime();
    do {
      if (System.nanoTime() - start > PATIENCE.toNanos()) {
        throw new TimeoutException("the signer keeps its work");
      }
      Thread.sleep(100);
      // Who waited for the slice that is signed would find the next one taken, and so on.
      jdbi.useHandle(
          handle ->
              handle.execute(
                  """
                  UPDATE keyward.signing_work SET token_serial = 'parked'
                  WHERE ctid = ANY(ARRAY(SELECT ctid FROM keyward.signing_work
                    WHERE token_serial <> 'parked' FOR UPDATE SKIP LOCKED))
                  """));
    } while (count("keyward.signing_work WHERE token_serial <> 'parked'") > 0);
  }

  /** Gives back what was taken away. */
  void resume() {
    resume(signatures);
  }

  /**
   * Gives back some of what was taken away.
   *
   * @param most how many signatures, the first in turn
   */
  void resume(int most) {
    jdbi.useHandle(
        handle ->
            handle.execute(
                """
                UPDATE keyward.signing_work w SET token_serial = k.token_serial
                FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
                WHERE a.id = w.assignment_id AND w.ctid = ANY(ARRAY(
                  SELECT ctid FROM keyward.signing_work WHERE token_serial = 'parked'
                  ORDER BY needed_by, assignment_id, active_from LIMIT ?))
                """,
                most));
  }

  /** Waits until no more than that many signatures wait. */
  void awaitAtMost(int left) throws InterruptedException, TimeoutException {
    long start = System.nanoTime();
    while (waiting() > left) {
      if (System.nanoTime() - start > PATIENCE.toNanos()) {
        throw new TimeoutException(waiting() + " of " + signatures + " are not signed in time");
      }
      Thread.sleep(100);
    }
  }

  /** Servers read all zones, and what they are signed with, anew. */
  void touchZones() {
    jdbi.useHandle(
        handle -> {
          handle.execute("SELECT keyward.touch_zone(id) FROM domains");
          handle.execute("SELECT keyward.touch_signing(id) FROM domains");
        });
  }

  int count(String rest) {
    return jdbi.withHandle(
        handle -> handle.createQuery("SELECT count(*) FROM " + rest).mapTo(Integer.class).one());
  }

  /** The zones as a server reads them. */
  PostgresZones zones() {
    return new PostgresZones(
        database, new SignedZoneReader(seal, Clock.systemUTC()), Optional.of(seal));
  }

  Jdbi jdbi() {
    return jdbi;
  }

  /** The signer role, as {@code keyward sign} runs it; the caller starts and closes it. */
  SignerLoop loop() {
    return new SignerLoop(signer, tokens);
  }

  /** Lets the signer work until nothing waits any more; gives the signatures a second. */
  double sign() throws InterruptedException, TimeoutException {
    try (SignerLoop loop = loop()) {
      long start = System.nanoTime();
      loop.start();
      while (!isEmpty()) {
        if (System.nanoTime() - start > PATIENCE.toNanos()) {
          throw new TimeoutException(waiting() + " of " + signatures + " are not signed in time");
        }
        Thread.sleep(25);
      }
      return signatures / ((System.nanoTime() - start) / 1e9);
    }
  }

  @Override
  public void close() {
    tokens.close();
    lock.close();
    database.close();
  }
}
