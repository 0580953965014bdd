package org.keyward.zone;

import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.keyward.dnssec.NameText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/**
 * Brings the zones in memory to what is stored after a change. Of one zone it is used by one thread
 * at a time.
 */
final class ZoneUpdates {
  private static final Logger log = LoggerFactory.getLogger(ZoneUpdates.class);

  /** Zones whose signatures are read in one query. */
  private static final int SIGNED_AT_ONCE = 1_000;

  private final ZoneSource source;
  private final Clock clock;
  private final ZoneDirectory directory;
  private final ZonesInMemory memory;
  private final ZoneLoader loader;
  private final ServedListener listener;

  ZoneUpdates(
      ZoneSource source,
      Clock clock,
      ZoneDirectory directory,
      ZonesInMemory memory,
      ZoneLoader loader,
      ServedListener listener) {
    this.source = source;
    this.clock = clock;
    this.directory = directory;
    this.memory = memory;
    this.loader = loader;
    this.listener = listener;
  }

  /** The zone came, went, or changed as a whole; what is in memory serves until the new is read. */
  void zoneChanged(int zoneId) {
    loader.alone(zoneId, () -> readAnew(zoneId));
  }

  private void readAnew(int zoneId) {
    ZoneHeader before = directory.header(zoneId);
    Optional<ZoneHeader> stored = source.headers(Set.of(zoneId)).stream().findFirst();
    if (stored.isEmpty()) {
      loader.endFault(zoneId);
      loader.forget(zoneId);
      if (before != null) {
        listener.changed(before, Set.of(), false);
      }
      return;
    }
    LoadedZone old = memory.await(zoneId);
    if (old != null) {
      loader.reload(old, stored.get());
    } else {
      directory.know(stored.get());
      if (memory.hasRoom() || loader.hasFault(zoneId)) {
        loader.get(zoneId);
      }
    }
    listener.changed(stored.get(), Set.of(), moved(before, stored.get()));
  }

  private static boolean moved(ZoneHeader before, ZoneHeader after) {
    return before == null || before.serial() != after.serial();
  }

  /** Tries again to load the zones that could not be; the reason may have been here. */
  void retryFaults() {
    loader.withFaults().forEach(this::zoneChanged);
  }

  /** Rows at these names changed. */
  void namesChanged(int zoneId, Set<Name> owners) {
    LoadedZone zone = memory.await(zoneId);
    // What is served of a zone that could not be loaded is older than these rows.
    if (loader.hasFault(zoneId) || (zone != null && !replaced(zone, owners))) {
      zoneChanged(zoneId);
    } else {
      loader.alone(zoneId, () -> tell(zoneId, owners));
    }
  }

  private boolean replaced(LoadedZone zone, Set<Name> owners) {
    try {
      LoadedZone changed = zone.with(owners, source.recordsAt(zone.id(), owners));
      if (!memory.change(zone, changed)) {
        return false;
      }
      loader.report(changed);
      return true;
    } catch (RuntimeException | Error e) {
      ZoneFaultException fault = ZoneFaultException.of(e);
      log.debug(
          "zone {}: {}; it is read as a whole", NameText.of(zone.origin()), fault.getMessage());
      return false;
    }
  }

  private void tell(int zoneId, Set<Name> owners) {
    ZoneHeader header = directory.header(zoneId);
    if (header == null) {
      return;
    }
    if (owners.contains(header.origin())) {
      source.headers(Set.of(zoneId)).forEach(directory::know);
    }
    ZoneHeader now = directory.header(zoneId);
    listener.changed(now == null ? header : now, owners, moved(header, now == null ? header : now));
  }

  /** What the zones are signed with changed; their records did not. */
  void signingChanged(Collection<Integer> zoneIds) {
    Map<Integer, LoadedZone> changed = new LinkedHashMap<>();
    for (int zoneId : zoneIds) {
      LoadedZone zone = memory.await(zoneId);
      if (zone != null) {
        changed.put(zoneId, zone);
      }
    }
    if (!changed.isEmpty()) {
      signWith(changed);
    }
  }

  private void signWith(Map<Integer, LoadedZone> changed) {
    Map<Integer, Supplier<ZoneSigning>> signing;
    try {
      signing = source.signing(changed.keySet());
    } catch (RuntimeException | Error e) {
      log.debug("{}; each zone is read by itself", ZoneFaultException.of(e).getMessage());
      changed.keySet().forEach(this::zoneChanged);
      return;
    }
    changed.forEach(
        (id, zone) -> {
          if (!signedWith(zone, Optional.ofNullable(signing.get(id)))) {
            zoneChanged(id);
          }
        });
  }

  private boolean signedWith(LoadedZone zone, Optional<Supplier<ZoneSigning>> signing) {
    try {
      return !loader.hasFault(zone.id())
          && zone.signedWith(signing.map(Supplier::get))
              .map(signed -> memory.change(zone, signed))
              .orElse(false);
    } catch (RuntimeException | Error e) {
      log.debug("zone {}: {}; it is read as a whole", NameText.of(zone.origin()), e.toString());
      return false;
    }
  }

  /**
   * The clock was set to another time: which signatures of a zone are shown is read anew, and so is
   * a zone that was read for later times than this.
   */
  void clockSet() {
    List<Integer> ids = memory.signed().stream().map(LoadedZone::id).toList();
    for (int from = 0; from < ids.size(); from += SIGNED_AT_ONCE) {
      signingChanged(ids.subList(from, Math.min(from + SIGNED_AT_ONCE, ids.size())));
    }
    Instant now = clock.instant();
    memory.signed().stream()
        .filter(zone -> !zone.isReadFor(now))
        .map(LoadedZone::id)
        .forEach(this::zoneChanged);
  }

  /** What PowerDNS notes about the zone's transfers changed. */
  void headerChanged(int zoneId) {
    if (!loader.hasFault(zoneId)) {
      loader.alone(zoneId, () -> readHeader(zoneId));
    }
  }

  private void readHeader(int zoneId) {
    memory.await(zoneId);
    for (ZoneHeader header : source.headers(Set.of(zoneId))) {
      directory.know(header);
      memory.change(zoneId, zone -> zone.with(header));
    }
  }

  /** Whether it takes long to read. */
  boolean isLarge(int zoneId) {
    LoadedZone zone = memory.look(zoneId);
    return zone != null && zone.weight() > LargeChanges.BYTES;
  }
}
