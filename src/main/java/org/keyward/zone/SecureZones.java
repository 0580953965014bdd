package org.keyward.zone;

import java.time.Instant;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.xbill.DNS.DNSKEYRecord;

/**
 * Keeps a zone that resolvers can validate from being replaced by one that they cannot: a database
 * that has gone back in time has the signatures, and perhaps the keys, of then. Such a zone is
 * served as it was until it is signed anew. Thread-safe.
 */
final class SecureZones {
  /** Zones that were served with a key that the database does not sign them with any more. */
  private final Set<Integer> held = ConcurrentHashMap.newKeySet();

  /**
   * @param served may be null
   * @param stored what would take its place
   * @param moved the database is another one since the zone was read
   * @throws ZoneFaultException when it stays as it is served
   */
  void check(LoadedZone served, LoadedZone stored, Instant now, boolean moved) {
    if (served == null
        || !served.origin().equals(stored.origin())
        || served.validKeys(now).isEmpty()) {
      held.remove(stored.id());
      return;
    }
    Set<DNSKEYRecord> keys = stored.validKeys(now);
    if (stored.isSignedHere() && keys.isEmpty()) {
      throw new ZoneFaultException(
          "no stored signature of its key signing key is valid now: the database holds an earlier"
              + " state; the zone is replaced when the signer has signed it anew");
    }
    boolean other = Collections.disjoint(keys, served.validKeys(now));
    if (other && (moved || held.contains(stored.id()))) {
      held.add(stored.id());
      throw new ZoneFaultException(
          (keys.isEmpty()
                  ? "it is served signed, and the database is one in which it is unsigned"
                  : "the database is one in which it is signed with another key than it is served with")
              + "; its parent may have the DS of the key that it is served with: 'keyward assign' it"
              + " that key again, or have the DS removed and restart the servers");
    }
    held.remove(stored.id());
  }
}
