package org.keyward.zone;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.xbill.DNS.Name;

/** Which zones this server answers for, by id and by name. Thread-safe. */
final class ZoneDirectory {
  private final Map<Integer, ZoneHeader> headers = new ConcurrentHashMap<>();
  private final Map<Name, Integer> ids = new ConcurrentHashMap<>();

  void know(ZoneHeader header) {
    ZoneHeader before = headers.put(header.id(), header);
    if (before != null && !before.origin().equals(header.origin())) {
      ids.remove(before.origin(), header.id());
    }
    ids.put(header.origin(), header.id());
  }

  void forget(int zoneId) {
    ZoneHeader header = headers.remove(zoneId);
    if (header != null) {
      ids.remove(header.origin(), zoneId);
    }
  }

  boolean has(int zoneId) {
    return headers.containsKey(zoneId);
  }

  /** Null when it is not known. */
  ZoneHeader header(int zoneId) {
    return headers.get(zoneId);
  }

  Optional<Integer> idOf(Name origin) {
    return Optional.ofNullable(ids.get(origin));
  }

  /** The zone with the longest origin that is {@code name} or above it. */
  Optional<Integer> enclosing(Name name) {
    for (int strip = 0; strip < name.labels(); strip++) {
      Integer id = ids.get(strip == 0 ? name : new Name(name, strip));
      if (id != null) {
        return Optional.of(id);
      }
    }
    return Optional.empty();
  }

  Set<Integer> zones() {
    return Set.copyOf(headers.keySet());
  }

  Collection<ZoneHeader> headers() {
    return Collections.unmodifiableCollection(headers.values());
  }
}
