package org.keyward.content;

import java.util.EnumSet;
import java.util.Optional;
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
    Optional<String> fault = fault(releases);
    if (fault.isPresent()) {
      throw new ContentException(fault.get());
    }
    return this;
  }

  /** Which of these releases do not read the row so, and why; empty when all do. */
  public Optional<String> fault(Set<Release> releases) {
    if (readers.containsAll(releases)) {
      return Optional.empty();
    }
    Set<Release> lacking = EnumSet.copyOf(releases);
    lacking.removeAll(readers);
    return Optional.of(others + ", which PowerDNS " + Release.names(lacking) + " cannot read");
  }
}
