package org.keyward.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;

class LoadedZonesTest {
  private static final Name ORIGIN = Name.fromConstantString("example.com.");
  private static final Name WWW = Name.fromConstantString("www.example.com.");

  @Test
  void zonesInMemoryOutliveAnOutageInTheMiddleOfAFullReload() {
    OneZone source = new OneZone();
    LoadedZones zones =
        new LoadedZones(source, ProblemLog.NONE, Clock.systemUTC(), ZoneMemory.ofHeap());
    zones.loadAll();
    source.loadFails = true;

    assertThatThrownBy(zones::loadAll).isInstanceOf(ZoneStorageException.class);

    assertThat(zones.enclosing(WWW).orElseThrow().lookup(WWW)).isPresent();
  }

  @Test
  void aFullReloadServesWhatIsStoredNow() {
    OneZone source = new OneZone();
    LoadedZones zones =
        new LoadedZones(source, ProblemLog.NONE, Clock.systemUTC(), ZoneMemory.ofHeap());
    zones.loadAll();
    source.rows = List.of(OneZone.SOA);

    zones.loadAll();

    assertThat(zones.enclosing(WWW).orElseThrow().lookup(WWW)).isEmpty();
  }

  private static final class OneZone implements ZoneSource {
    static final RecordRow SOA =
        new RecordRow(1, ORIGIN, "SOA", "ns.example.com h.example.com 1 2 3 4 5", 300, 0);

    List<RecordRow> rows = List.of(SOA, new RecordRow(2, WWW, "A", "192.0.2.1", 300, 0));
    boolean loadFails;

    private ZoneData data() {
      return SignedZones.zone(ORIGIN, rows, Optional.empty());
    }

    @Override
    public List<ZoneHeader> headers() {
      return List.of(data().header());
    }

    @Override
    public List<ZoneHeader> headers(Set<Integer> ids) {
      return headers();
    }

    @Override
    public void readAll(Reader reader) {
      reader.begins(1);
      if (reader.wantsRecords()) {
        reader.zone(() -> load(1).orElseThrow());
      } else {
        reader.header(data().header());
      }
    }

    @Override
    public Optional<ZoneData> load(int zoneId) {
      if (loadFails) {
        throw new ZoneStorageException("database: connection refused", null);
      }
      return Optional.of(data());
    }

    @Override
    public Optional<ZoneSigning> signing(int zoneId) {
      return Optional.empty();
    }

    @Override
    public List<RecordRow> recordsAt(int zoneId, Set<Name> owners) {
      return rows.stream().filter(row -> owners.contains(row.owner())).toList();
    }

    @Override
    public List<TsigKey> tsigKeys() {
      return List.of();
    }

    @Override
    public List<FoundRecord> search(String pattern, int limit) {
      return List.of();
    }
  }
}
