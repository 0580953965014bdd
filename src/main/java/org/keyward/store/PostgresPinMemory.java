package org.keyward.store;

import org.keyward.signing.PinMemory;

/** What is known of PINs, by their HMAC. Thread-safe. */
public final class PostgresPinMemory implements PinMemory {
  private final Database database;

  public PostgresPinMemory(Database database) {
    this.database = database;
  }

  @Override
  public Verdict verdict(String serial, byte[] pinMac) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    "SELECT verdict FROM keyward.pin_memory WHERE token_serial = ? AND pin_mac = ?")
                .bind(0, serial)
                .bind(1, pinMac)
                .mapTo(String.class)
                .findFirst()
                .map(Verdict::valueOf)
                .orElse(Verdict.UNKNOWN));
  }

  @Override
  public void remember(String serial, byte[] pinMac, Verdict verdict) {
    database.useTransaction(
        handle ->
            handle.execute(
                """
                INSERT INTO keyward.pin_memory (token_serial, pin_mac, verdict) VALUES (?, ?, ?)
                ON CONFLICT (token_serial, pin_mac)
                DO UPDATE SET verdict = EXCLUDED.verdict, at = now()
                """,
                serial,
                pinMac,
                verdict.name()));
  }
}
