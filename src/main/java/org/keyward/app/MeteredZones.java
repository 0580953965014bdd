package org.keyward.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.keyward.zone.RecordRow;
import org.keyward.zone.TsigKey;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.ZoneSigning;
import org.keyward.zone.ZoneSource;

/** Measures what is read from the storage: whole zones, and names that changed. */
final class MeteredZones implements ZoneSource {
  private final ZoneSource source;
  private final Timer loads;
  private final Timer changes;
  private static final ThreadLocal<long[]> READ = ThreadLocal.withInitial(() -> new long[1]);

  MeteredZones(ZoneSource source, MeterRegistry registry) {
    this.source = source;
    this.loads = timer(registry, "keyward.zone.loads", "Zones read as a whole into memory");
    this.changes = timer(registry, "keyward.zone.changes", "Changed names read into memory");
  }

  private static Timer timer(MeterRegistry registry, String name, String description) {
    return Timer.builder(name).description(description).register(registry);
  }

  @Override
  public List<ZoneHeader> headers() {
    return source.headers();
  }

  @Override
  public List<ZoneHeader> headers(Set<Integer> ids) {
    return source.headers(ids);
  }

  @Override
  public void readAll(Reader reader) {
    source.readAll(reader);
  }

  @Override
  public Optional<ZoneData> load(int zoneId) {
    READ.get()[0]++;
    return loads.record(() -> source.load(zoneId));
  }

  /** How many zones this thread has read as a whole: for whoever wants to know whether it did. */
  long readByThisThread() {
    return READ.get()[0];
  }

  @Override
  public Map<Integer, Supplier<ZoneSigning>> signing(Set<Integer> zoneIds) {
    return source.signing(zoneIds);
  }

  @Override
  public List<RecordRow> recordsAt(int zoneId, Set<org.xbill.DNS.Name> owners) {
    return changes.record(() -> source.recordsAt(zoneId, owners));
  }

  @Override
  public List<TsigKey> tsigKeys() {
    return source.tsigKeys();
  }

  @Override
  public List<FoundRecord> search(String pattern, int limit) {
    return source.search(pattern, limit);
  }
}
