package org.keyward.content;

import java.util.EnumSet;
import java.util.Set;

/**
 * What PowerDNS makes of a row.
 *
 * @param type as PowerDNS has it
 * @param data as it sends them, names uncompressed; not to be written to
 * @param readers the releases that read the row, and so
 * @param others why the other ones do not; empty when all do
 * @param live whether PowerDNS makes the data, or a part of them, only while it answers
 */
public record Reading(
    RecordType type, byte[] data, Set<Release> readers, String others, boolean live) {
  /**
   * This reading, when all these releases read the row so.
   *
   * @throws ContentException when one does not
   */
  public Reading by(Set<Release> releases) throws ContentException {
    if (readers.containsAll(releases)) {
      return this;
    }
    Set<Release> lacking = EnumSet.copyOf(releases);
    lacking.removeAll(readers);
    throw new ContentException(
        others + ", which PowerDNS " + Release.names(lacking) + " cannot read");
  }
}
