package org.keyward.zone;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.xbill.DNS.Name;

/**
 * Port to where zones are stored. Each call is one consistent snapshot. All methods may be called
 * from any thread and throw {@link ZoneStorageException} when the storage cannot be reached, and
 * {@link StoredDataException} when it cannot give what it has.
 */
public interface ZoneSource {
  /** Every zone, without its records. */
  List<ZoneHeader> headers();

  /** Headers of these zones only; ids that no longer exist are left out. */
  List<ZoneHeader> headers(Set<Integer> ids);

  /**
   * Gives every zone to the reader, ascending by id, in one snapshot, in as much memory as a part
   * of the zones takes.
   */
  void readAll(Reader reader);

  /** Takes zones while they are read; called by the thread that reads. */
  interface Reader {
    /**
     * Called once, first.
     *
     * @param zones how many there are
     */
    void begins(long zones);

    /** Whether the zones that come next are to come with their records; asked now and then. */
    boolean wantsRecords();

    /**
     * A zone with all that belongs to it. The serial in its header is 0: the records have it.
     *
     * @param records how many it has
     * @param data makes it; may be called by another thread, once; throws {@link
     *     ZoneFaultException}, or anything else, when this zone cannot be made
     */
    void zone(ZoneHeader header, int records, Supplier<ZoneData> data);

    /** A zone without its records. */
    void header(ZoneHeader header);
  }

  /** Everything about one zone, or empty when there is no zone with that id. */
  Optional<ZoneData> load(int zoneId);

  /**
   * What zones are signed with, by their ids, without those that Keyward does not sign. Each is
   * made when it is asked for, and may throw, as that of {@link Reader#zone}.
   */
  Map<Integer, Supplier<ZoneSigning>> signing(Set<Integer> zoneIds);

  /** The rows at exactly these owner names; a name without rows is absent from the result. */
  List<RecordRow> recordsAt(int zoneId, Set<Name> owners);

  List<TsigKey> tsigKeys();

  /**
   * Rows of all zones whose name or content matches a pattern with {@code *} and {@code ?}.
   *
   * @param limit at most this many
   */
  List<FoundRecord> search(String pattern, int limit);

  /** A search result: the row and the zone that it is in. */
  record FoundRecord(int zoneId, Name zone, RecordRow row) {}
}
