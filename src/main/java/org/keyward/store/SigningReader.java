package org.keyward.store;

import java.util.Map;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.keyward.zone.ZoneSigning;
import org.xbill.DNS.Name;

/** Reads what signed zones are served with, within the snapshot that reads the zones. */
@FunctionalInterface
public interface SigningReader {
  /** For a database without signed zones. */
  SigningReader NONE = (handle, origins) -> Map.of();

  /**
   * @param origins of the zones wanted, by their ids
   * @return by zone id, without the zones that Keyward does not sign; each supplier opens the
   *     zone's keys when it is called, by any thread
   */
  Map<Integer, Supplier<ZoneSigning>> read(Handle handle, Map<Integer, Name> origins);
}
