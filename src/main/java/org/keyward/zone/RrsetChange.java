package org.keyward.zone;

import java.util.List;
import java.util.Optional;

/**
 * What is to become of the records of one name and type, as somebody wrote it.
 *
 * @param name whole, with or without its last dot; {@code @} for the zone's own
 * @param ttl empty for that of the records there are
 * @param contents what replaces all records, as in a master file; none deletes the set; empty when
 *     only some are added and removed
 */
public record RrsetChange(
    String name,
    String type,
    Optional<Long> ttl,
    Optional<List<String>> contents,
    List<String> add,
    List<String> remove) {
  public RrsetChange {
    contents = contents.map(List::copyOf);
    add = List.copyOf(add);
    remove = List.copyOf(remove);
  }
}
