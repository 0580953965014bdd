package org.keyward.store;

import org.jdbi.v3.core.Handle;

/** Writes {@code keyward.sealed_key}. */
final class SealedKeyTable {
  private SealedKeyTable() {}

  /**
   * What is stored of a key beside what PowerDNS is told.
   *
   * @param takesPin part of what is sealed
   */
  record Sealed(boolean takesPin, byte[] bytes) {}

  /** Gives its id. */
  static int add(
      Handle handle, int zoneId, int flags, boolean active, boolean published, Sealed key) {
    return handle
        .createQuery(
            """
            INSERT INTO keyward.sealed_key (domain_id, flags, active, published, takes_pin, sealed)
            VALUES (?, ?, ?, ?, ?, ?) RETURNING id
            """)
        .bind(0, zoneId)
        .bind(1, flags)
        .bind(2, active)
        .bind(3, published)
        .bind(4, key.takesPin())
        .bind(5, key.bytes())
        .mapTo(Integer.class)
        .one();
  }

  /** Of a key that is in clear in {@code cryptokeys}: it leaves that table, and keeps its id. */
  static void move(Handle handle, int id, Sealed key) {
    handle.execute(
        """
        WITH clear AS (DELETE FROM public.cryptokeys WHERE id = ? RETURNING *)
        INSERT INTO keyward.sealed_key
          (id, domain_id, flags, active, published, takes_pin, sealed)
        SELECT id, domain_id, flags, coalesce(active, false), coalesce(published, true), ?, ?
        FROM clear
        """,
        id,
        key.takesPin(),
        key.bytes());
  }
}
