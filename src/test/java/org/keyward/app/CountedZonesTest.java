package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.keyward.store.Database;
import org.keyward.store.PostgresZones;
import org.keyward.store.SigningReader;
import org.keyward.store.TestDatabase;
import org.keyward.zone.LoadedZones;
import org.xbill.DNS.Name;

class CountedZonesTest {
  @Test
  void aZoneIsReadOnceAndThenInMemory() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    try (Database database = TestDatabase.create()) {
      TestDatabase.jdbi(database)
          .useHandle(
              h -> h.execute("INSERT INTO domains (name, type) VALUES ('a.example', 'NATIVE')"));
      PostgresZones source = new PostgresZones(database, SigningReader.NONE);
      MeteredZones metered = new MeteredZones(source, registry);
      LoadedZones loaded = new LoadedZones(metered, source, Clock.systemUTC(), 1000);
      loaded.readHeaders();
      CountedZones zones = new CountedZones(loaded, metered, registry);
      Name zone = Name.fromConstantString("a.example.");
      assertThat(zones.byOrigin(zone)).isPresent();
      assertThat(zones.enclosing(Name.fromConstantString("www.a.example."))).isPresent();
      assertThat(zones.byOrigin(zone)).isPresent();
      assertThat(zones.byOrigin(Name.fromConstantString("b.example."))).isEmpty();
    }
    assertThat(registry.scrape())
        .contains("keyward_zone_cache_requests_total{result=\"hit\"} 2.0")
        .contains("keyward_zone_cache_requests_total{result=\"miss\"} 1.0");
  }
}
