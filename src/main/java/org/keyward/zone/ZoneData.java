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
 * @param denialChanges the last changes of the metadata NSEC3PARAM, oldest first
 */
public record ZoneData(
    ZoneHeader header,
    List<RecordRow> records,
    Map<String, List<String>> metadata,
    List<CryptoKey> cryptokeys,
    Optional<ZoneSigning> signing,
    List<DenialChange> denialChanges) {
  public ZoneData {
    records = List.copyOf(records);
    metadata = Map.copyOf(metadata);
    cryptokeys = List.copyOf(cryptokeys);
    denialChanges = List.copyOf(denialChanges);
  }

  /** Without the rows that say of a name nothing but that there are names below it. */
  public List<RecordRow> withoutEmptyNonTerminals() {
    return records.stream().filter(row -> !row.isEmptyNonTerminal()).toList();
  }
}
