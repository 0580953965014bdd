package org.keyward.store;

import java.util.HexFormat;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.signing.Seal;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The check value of the seal key that is in force in this database: a process with another key
 * would seal what no other can open, and could open nothing.
 */
public final class SealKeyTable {
  private static final Logger log = LoggerFactory.getLogger(SealKeyTable.class);

  /** Of the advisory lock that sealing shares, and that a change of the key holds alone. */
  private static final long LOCK = 0x6b65797761726401L;

  private SealKeyTable() {}

  /**
   * For a process that starts. The first one of a new database puts the check value of its key
   * there.
   *
   * @throws WrongSealKeyException when the key is another one than that of the database
   */
  public static void check(Database database, Seal seal) {
    Optional<byte[]> stored = database.inTransaction(SealKeyTable::checkValue);
    if (stored.isPresent()) {
      choose(seal, stored.get());
      return;
    }
    try {
      database.useTransaction(handle -> inForce(handle, seal));
    } catch (ZoneStorageException e) {
      // On a replica, and for logins that read alone; they seal nothing.
      log.debug("the seal key's check value is not stored: {}", e.getMessage());
    }
  }

  /**
   * The key to seal with in this transaction.
   *
   * @throws WrongSealKeyException when the process does not have it
   */
  static Seal inForce(Handle handle, Seal seal) {
    handle.execute("SELECT pg_advisory_xact_lock_shared(?)", LOCK);
    Optional<byte[]> stored = checkValue(handle);
    if (stored.isEmpty()) {
      handle.execute(
          "INSERT INTO keyward.seal_key (check_value) VALUES (?) ON CONFLICT DO NOTHING",
          seal.checkValue());
      stored = checkValue(handle);
    }
    return choose(seal, stored.orElseThrow());
  }

  private static Optional<byte[]> checkValue(Handle handle) {
    return handle
        .createQuery("SELECT check_value FROM keyward.seal_key")
        .mapTo(byte[].class)
        .findFirst();
  }

  private static Seal choose(Seal seal, byte[] stored) {
    return seal.withCheckValue(stored)
        .orElseThrow(
            () ->
                new WrongSealKeyException(
                    "the seal key in secrets.key-file is not the one that seals the private keys in"
                        + " this database (check value "
                        + shown(seal.checkValue())
                        + " instead of "
                        + shown(stored)
                        + "); put the right file there, from another host of this database or from"
                        + " a backup; nothing was changed"));
  }

  private static String shown(byte[] checkValue) {
    return HexFormat.of().formatHex(checkValue, 0, 4);
  }

  /**
   * Puts this key in the place of its former one; waits for whoever seals at this moment.
   *
   * @return false when it was in force already
   */
  static boolean change(Handle handle, Seal seal) {
    handle.execute("SELECT pg_advisory_xact_lock(?)", LOCK);
    Seal inForce = inForce(handle, seal);
    handle.execute("UPDATE keyward.seal_key SET check_value = ?, since = now()", seal.checkValue());
    return inForce != seal;
  }
}
