package org.keyward.zone;

import java.util.List;
import java.util.Set;
import org.xbill.DNS.Name;

/**
 * Port to who wants to know what is answered otherwise from now on. Called by the thread that
 * follows changes: returns at once and never throws.
 */
public interface ServedListener {
  /** For when nobody need know. */
  ServedListener NONE = all(List.of());

  /** Tells all of these. */
  static ServedListener all(List<? extends ServedListener> listeners) {
    List<ServedListener> all = List.copyOf(listeners);
    return new ServedListener() {
      @Override
      public void changed(ZoneHeader zone, Set<Name> owners, boolean serialMoved) {
        all.forEach(listener -> listener.changed(zone, owners, serialMoved));
      }

      @Override
      public void everythingChanged() {
        all.forEach(ServedListener::everythingChanged);
      }
    };
  }

  /**
   * @param owners where; empty: anywhere in the zone, which may have come or gone
   * @param serialMoved whether the zone is there and its SOA serial is another one than before
   */
  void changed(ZoneHeader zone, Set<Name> owners, boolean serialMoved);

  /** What changed is not known. */
  void everythingChanged();
}
