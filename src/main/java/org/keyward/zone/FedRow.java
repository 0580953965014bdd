package org.keyward.zone;

import java.util.Optional;

/**
 * A row as PowerDNS feeds it, with what its gpgsql backend stores beside the record. Keyward
 * computes both itself; they are kept for a PowerDNS that reads the table.
 *
 * @param orderName as PowerDNS sorts names: labels in reverse order, or the hash
 * @param auth whether the record is authoritative
 */
public record FedRow(RecordRow row, Optional<String> orderName, boolean auth) {
  /** A record whose place nobody has computed. */
  public static FedRow of(RecordRow row) {
    return new FedRow(row, Optional.empty(), true);
  }
}
