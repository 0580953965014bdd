package org.keyward.admin;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.keyward.zone.RrsetChange;
import org.xbill.DNS.Name;

/** Port to the records of zones, a set of one name and type at a time. */
public interface RrsetDesk {
  /**
   * @param name the only name whose sets are wanted
   * @param type the only type that is wanted
   * @param after the {@code next} of the page before
   */
  record Query(Optional<Name> name, Optional<String> type, Optional<String> after, int limit) {}

  /** The records of a name and type, as in a master file. */
  record Rrset(String name, String type, long ttl, List<String> contents) {
    public Rrset {
      contents = List.copyOf(contents);
    }
  }

  /**
   * Some sets of a zone.
   *
   * @param next what to ask the next page with; empty after the last
   */
  record Page(Name zone, long serial, List<Rrset> items, Optional<String> next) {
    public Page {
      items = List.copyOf(items);
    }
  }

  /**
   * Sets in the order of their names and types.
   *
   * @throws NoSuchThingException when there is no such zone
   */
  Page read(Name zone, Query query);

  /**
   * Makes all these changes, or none.
   *
   * @param serials of which one must be the zone's; empty for any
   * @return the zone's serial with them
   */
  long change(Name zone, Optional<Set<Long>> serials, List<RrsetChange> changes);
}
