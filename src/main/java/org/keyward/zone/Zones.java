package org.keyward.zone;

import java.util.Collection;
import java.util.Optional;
import org.xbill.DNS.Name;

/**
 * All zones that this server answers for. A zone that is not in memory is loaded on first use; one
 * that is in memory is answered without the database. Thread-safe.
 */
public interface Zones {
  /** The zone with the longest origin that is {@code name} or above it. */
  Optional<Zone> enclosing(Name name);

  /** Whether a zone has this origin; costs nothing. */
  boolean isOrigin(Name name);

  Optional<Zone> byId(int zoneId);

  Optional<Zone> byOrigin(Name origin);

  /** Headers of all zones, in memory or not. */
  Collection<ZoneHeader> headers();

  Collection<TsigKey> tsigKeys();

  Collection<ZoneSource.FoundRecord> search(String pattern, int limit);
}
