package org.keyward.powerdns;

import java.util.HashSet;
import java.util.Set;
import org.xbill.DNS.Name;

/**
 * What PowerDNS is to be told of one zone.
 *
 * @param owners where it changed; empty: anywhere
 * @param serialMoved whether its secondaries are to hear of it
 */
record ChangedZone(Name origin, Set<Name> owners, boolean serialMoved) {
  ChangedZone {
    owners = Set.copyOf(owners);
  }

  /** Both changes as one. */
  ChangedZone with(ChangedZone other) {
    Set<Name> both = new HashSet<>();
    if (!owners.isEmpty() && !other.owners.isEmpty()) {
      both.addAll(owners);
      both.addAll(other.owners);
    }
    return new ChangedZone(origin, both, serialMoved || other.serialMoved);
  }
}
