package org.keyward.store;

import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.zone.ZoneSigning;
import org.xbill.DNS.Name;

/** Reads what a pre-signed zone is served with, within the snapshot that reads the zone. */
@FunctionalInterface
public interface SigningReader {
  /** For a database without signed zones. */
  SigningReader NONE = (handle, zoneId, origin) -> Optional.empty();

  Optional<ZoneSigning> read(Handle handle, int zoneId, Name origin);
}
