package org.keyward.zone;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything about one zone, read in one snapshot of the database.
 *
 * @param metadata kind to values, as in PowerDNS's table {@code domainmetadata}
 * @param cryptokeys the keys that PowerDNS itself signs with; empty for Keyward's own modes
 * @param signing present when Keyward signs the zone and its first key set is ready
 */
public record ZoneData(
    ZoneHeader header,
    List<RecordRow> records,
    Map<String, List<String>> metadata,
    List<CryptoKey> cryptokeys,
    Optional<ZoneSigning> signing) {
  public ZoneData {
    records = List.copyOf(records);
    metadata = Map.copyOf(metadata);
    cryptokeys = List.copyOf(cryptokeys);
  }
}
