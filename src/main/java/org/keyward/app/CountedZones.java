package org.keyward.app;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Supplier;
import org.keyward.zone.TsigKey;
import org.keyward.zone.Zone;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.ZoneSource;
import org.keyward.zone.Zones;
import org.xbill.DNS.Name;

/** Counts how often a zone that was asked for was in memory, or had to be read. Thread-safe. */
final class CountedZones implements Zones {
  private final Zones zones;
  private final MeteredZones source;
  private final Counter hits;
  private final Counter misses;

  /**
   * @param source what {@code zones} reads from, by the thread that asks
   */
  CountedZones(Zones zones, MeteredZones source, MeterRegistry registry) {
    this.zones = zones;
    this.source = source;
    this.hits = counter(registry, "hit");
    this.misses = counter(registry, "miss");
  }

  private static Counter counter(MeterRegistry registry, String result) {
    return Counter.builder("keyward.zone.cache.requests")
        .description("Zones asked for, by whether they were in memory (hit) or had to be read")
        .tag("result", result)
        .register(registry);
  }

  private Optional<Zone> counted(Supplier<Optional<Zone>> question) {
    long before = source.readByThisThread();
    Optional<Zone> found = question.get();
    if (source.readByThisThread() != before) {
      misses.increment();
    } else if (found.isPresent()) {
      hits.increment();
    }
    return found;
  }

  @Override
  public Optional<Zone> enclosing(Name name) {
    return counted(() -> zones.enclosing(name));
  }

  @Override
  public boolean isOrigin(Name name) {
    return zones.isOrigin(name);
  }

  @Override
  public Optional<Zone> byId(int zoneId) {
    return counted(() -> zones.byId(zoneId));
  }

  @Override
  public Optional<Zone> byOrigin(Name origin) {
    return counted(() -> zones.byOrigin(origin));
  }

  @Override
  public Collection<ZoneHeader> headers() {
    return zones.headers();
  }

  @Override
  public Collection<TsigKey> tsigKeys() {
    return zones.tsigKeys();
  }

  @Override
  public Collection<ZoneSource.FoundRecord> search(String pattern, int limit) {
    return zones.search(pattern, limit);
  }
}
