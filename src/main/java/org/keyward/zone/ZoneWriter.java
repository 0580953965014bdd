package org.keyward.zone;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.xbill.DNS.Name;

/**
 * Port to writing zones. What is written is served by this server when a method returns, unless
 * that takes too long. Thread-safe; a transaction is used by one thread at a time.
 */
public interface ZoneWriter {
  /**
   * Begins to change a zone.
   *
   * @throws WriteRefusedException when there is no such zone, or it stays locked by another change
   */
  Transaction change(Name zone);

  /**
   * Begins to replace all records of a zone.
   *
   * @throws WriteRefusedException as above
   */
  Transaction replace(int zoneId);

  /**
   * Replaces all values of one kind of a zone's metadata; none removes the kind.
   *
   * @throws WriteRefusedException when there is no such zone, or the metadata would break it
   */
  void setMetadata(Name zone, String kind, List<String> values);

  /** Adds a key, or replaces the one of this name. */
  void setTsigKey(TsigKey key);

  /**
   * @return false when there is none
   */
  boolean deleteTsigKey(Name name);

  /** An open transaction of the storage. Closing it without a commit takes everything back. */
  interface Transaction extends AutoCloseable {
    int zoneId();

    Name origin();

    /** Adds a record. Records go to the storage in batches: a refusal may come with a later one. */
    void add(FedRow row);

    /**
     * Adds empty non-terminals.
     *
     * @param auth whether each is in the zone's denial chain, if that has such
     * @param inChain whether the zone's chain has them: an NSEC3 chain that is not narrow
     */
    void addEmptyNonTerminals(Map<Name, Boolean> auth, boolean inChain);

    /**
     * Puts these records in place of what is at a name.
     *
     * @param type empty for every type
     */
    void replace(Name owner, Optional<String> type, List<RecordRow> rows);

    /** As much of the zone, this transaction's changes included, as an answer needs. */
    ZoneData around(Name owner);

    /** The zone with this transaction's changes. */
    ZoneData everything();

    /**
     * @throws WriteRefusedException when the storage refuses what was written; nothing is changed
     */
    void commit();

    @Override
    void close();
  }
}
