package org.keyward.zone;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Consumer;

/**
 * Port to what tells, without reading zones, whether they are stored as before. May be called from
 * any thread; throws {@link ZoneStorageException} when the storage cannot be reached.
 */
public interface StoredVersions {
  /** How many zones are stored. */
  long zones();

  /**
   * The zones after this id, so many at most, each with a number that is another when anything of
   * it was written.
   */
  SortedMap<Integer, Long> after(int zoneId, int most);

  /** Reads these zones, without what Keyward signs them with; others may be read beside them. */
  void read(Set<Integer> zoneIds, Consumer<ZoneData> to);

  /**
   * Writes down that zones were served otherwise than stored, for what was written of them had not
   * been noticed.
   *
   * @param what of each, in a person's words
   */
  void unnoticed(Map<ZoneHeader, String> what);

  /** What may keep writes from being noticed, in a person's words. */
  List<String> causes();
}
