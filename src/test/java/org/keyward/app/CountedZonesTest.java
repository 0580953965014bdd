package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.store.Database;
import org.keyward.store.PostgresZones;
import org.keyward.store.SigningReader;
import org.keyward.store.TestDatabase;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.ZoneMemory;
import org.keyward.zone.Zones;
import org.xbill.DNS.Name;

@Tag("once")
class CountedZonesTest {
  private static final Name ZONE = Name.fromConstantString("a.example.");

  @Test
  void aZoneInMemoryIsAHit() {
    String counted =
        countWith(
            ZoneMemory.ofHeap(),
            zones -> {
              assertThat(zones.byOrigin(ZONE)).isPresent();
              assertThat(zones.enclosing(Name.fromConstantString("www.a.example."))).isPresent();
              assertThat(zones.byOrigin(Name.fromConstantString("b.example."))).isEmpty();
            });
    assertThat(counted)
        .contains("keyward_zone_cache_requests_total{result=\"hit\"} 2.0")
        .contains("keyward_zone_cache_requests_total{result=\"miss\"} 0.0");
  }

  @Test
  void aZoneThatIsReadWhenItIsAskedForIsAMiss() {
    String counted =
        countWith(new ZoneMemory(1), zones -> assertThat(zones.byOrigin(ZONE)).isPresent());
    assertThat(counted)
        .contains("keyward_zone_cache_requests_total{result=\"hit\"} 0.0")
        .contains("keyward_zone_cache_requests_total{result=\"miss\"} 1.0");
  }

  private static String countWith(ZoneMemory memory, Consumer<Zones> questions) {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    try (Database database = TestDatabase.create()) {
      TestDatabase.jdbi(database)
          .useHandle(
              h -> h.execute("INSERT INTO domains (name, type) VALUES ('a.example', 'NATIVE')"));
      PostgresZones source = new PostgresZones(database, SigningReader.NONE);
      MeteredZones metered = new MeteredZones(source, registry);
      LoadedZones loaded = new LoadedZones(metered, source, Clock.systemUTC(), memory);
      loaded.loadAll();
      questions.accept(new CountedZones(loaded, metered, registry));
    }
    return registry.scrape();
  }
}
