package org.keyward.store;

import java.util.Optional;
import org.jdbi.v3.core.result.RowView;

/**
 * A key that PowerDNS signs with: a row of {@code cryptokeys}, in clear, or one of {@code
 * keyward.sealed_key}.
 *
 * @param clear of a key that is not sealed
 * @param takesPin whether PowerDNS gets it with the PIN of the configuration
 * @param sealed of a key that is sealed
 */
record StoredKey(
    int zoneId,
    int id,
    int flags,
    boolean active,
    boolean published,
    Optional<String> clear,
    boolean takesPin,
    Optional<byte[]> sealed) {

  /** A row of {@code keyward.powerdns_private_keys}. */
  static StoredKey of(RowView row) {
    return new StoredKey(
        row.getColumn("domain_id", Integer.class),
        row.getColumn("id", Integer.class),
        row.getColumn("flags", Integer.class),
        row.getColumn("active", Boolean.class),
        row.getColumn("published", Boolean.class),
        Optional.ofNullable(row.getColumn("content", String.class)),
        row.getColumn("takes_pin", Boolean.class),
        Optional.ofNullable(row.getColumn("sealed", byte[].class)));
  }

  /** A row of {@code cryptokeys} without a content is none. */
  boolean isKey() {
    return clear.isPresent() || sealed.isPresent();
  }

  @Override
  public String toString() {
    return "key " + id;
  }
}
