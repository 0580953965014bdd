package org.keyward.store;

import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.keyward.dnssec.NameText;
import org.keyward.zone.RefusedChangeException;
import org.keyward.zone.RefusedChangeException.Fault;
import org.keyward.zone.ZoneHeader;
import org.xbill.DNS.Name;

/** A zone's serial as the condition of a change. */
final class ZoneSerial {
  private ZoneSerial() {}

  static long of(Handle handle, int zone) {
    return PostgresZones.headers(handle, Set.of(zone)).stream()
        .map(ZoneHeader::serial)
        .findFirst()
        .orElse(0L);
  }

  /**
   * Whoever calls it has locked the zone, so that nobody moves its serial until the end.
   *
   * @param serials of which one must be the zone's; empty for any
   * @throws RefusedChangeException when it is none of them
   */
  static void require(Handle handle, int id, Name zone, Optional<Set<Long>> serials) {
    long now = of(handle, id);
    if (serials.isPresent() && !serials.get().contains(now)) {
      throw new RefusedChangeException(
          Fault.OUTDATED,
          "zone " + NameText.of(zone) + " has the serial " + now + " by now; read it again",
          null);
    }
  }
}
