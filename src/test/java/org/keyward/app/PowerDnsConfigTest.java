package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.app.PowerDnsConfig.Demand;
import org.keyward.config.BackendSettings;

/** The samples in {@code pdns-config/} are what the generator prints for the default paths. */
class PowerDnsConfigTest {
  private static final Path RELAY = Path.of(Demand.RELAY);
  private static final BackendSettings BACKEND =
      BackendSettings.of(
          Optional.of(BackendSettings.DEFAULT_HTTP),
          Optional.of(Path.of("/run/keyward/pdns.sock")),
          Optional.empty());

  @ParameterizedTest
  @CsvSource({
    "4.7,unix",
    "4.7,pipe",
    "4.7,http",
    "4.9,unix",
    "4.9,pipe",
    "4.9,http",
    "5.1,unix",
    "5.1,pipe",
    "5.1,http"
  })
  void theSampleIsWhatTheGeneratorPrints(String version, String transport) throws IOException {
    Path sample = Path.of("pdns-config", "pdns-" + version + "-" + transport + ".conf");
    String printed =
        PowerDnsConfig.render(
            version, PowerDnsTransport.parse(transport).orElseThrow(), BACKEND, Demand.DEFAULT);
    if (Boolean.getBoolean("keyward.samples.write")) {
      Files.writeString(sample, printed);
    }

    assertThat(sample).hasContent(printed);
  }

  @Test
  void aTransportThatIsNotConfiguredIsRefused() {
    BackendSettings httpOnly =
        BackendSettings.of(BACKEND.http(), Optional.empty(), Optional.empty());

    assertThatThrownBy(() -> PowerDnsConfig.render("4.7", httpOnly, Demand.DEFAULT))
        .hasMessageContaining("backend.unix is not configured");
  }

  @Test
  void inModeSplitTheDnskeySetComesFromKeyward() {
    Demand split = new Demand(true, 1_000, 1_000, false, RELAY);
    assertThat(PowerDnsConfig.render("5.1", BACKEND, split))
        .contains("direct-dnskey=yes\n", "direct-dnskey-signature=yes\n");
    assertThatThrownBy(() -> PowerDnsConfig.render("4.9", BACKEND, split))
        .hasMessageContaining("needs PowerDNS 5.0");
  }

  /** PowerDNS 4.7 ended at start with 10,000 zones, whose list took longer than the timeout. */
  @Test
  void manyZonesAreNotListedOverTheUnixSocket() {
    assertThat(render(10_000, 1_000, false)).contains("\nzone-cache-refresh-interval=0\n");
    assertThat(render(2_000, 1_000, false)).contains("\nzone-cache-refresh-interval=10\n");
  }

  @Test
  void theListOfAllZonesHasTimeOverAPipe() {
    assertThat(render(100_000, 1_001, false))
        .contains("\nzone-cache-refresh-interval=60\n", "/run/keyward/pdns.sock 35,timeout=0\n");
  }

  /** PowerDNS 4.9 and 5.1 ended at start with a list of more than 2 MiB over HTTP. */
  @Test
  void thoseThatLimitARepliesSizeDoNotListManyZonesOverHttp() {
    Demand many = new Demand(false, 100_000, 1_000, false, RELAY);
    assertThat(PowerDnsConfig.render("4.7", PowerDnsTransport.HTTP, BACKEND, many))
        .contains("\nzone-cache-refresh-interval=60\n", "timeout=35000\n");
    for (String version : List.of("4.9", "5.1")) {
      assertThat(PowerDnsConfig.render(version, PowerDnsTransport.HTTP, BACKEND, many))
          .contains("\nzone-cache-refresh-interval=0\n");
    }
  }

  @Test
  void aZoneThatIsTooLargeForTheUnixSocketGoesOverAPipe() {
    assertThat(render(1_000, 1_000, false)).contains("=unix:path=", "timeout=30000\n");
    assertThat(render(1_000, 1_001, false))
        .contains("=pipe:command=/usr/bin/keyward-relay /run/keyward/pdns.sock 30,timeout=0\n");
    assertThat(render(1_000, 200_000, false)).contains("/run/keyward/pdns.sock 70,timeout=0\n");
    Demand large = new Demand(false, 1, 2_001, false, RELAY);
    assertThatThrownBy(() -> PowerDnsConfig.render("4.7", PowerDnsTransport.UNIX, BACKEND, large))
        .hasMessageContaining("cannot transfer or list a zone of 2001 records");
    assertThat(PowerDnsConfig.render("4.7", PowerDnsTransport.HTTP, BACKEND, large))
        .contains("=http:url=");
    assertThatThrownBy(() -> PowerDnsConfig.render("5.1", PowerDnsTransport.HTTP, BACKEND, large))
        .hasMessageContaining("cannot transfer or list a zone of 2001 records");
  }

  /** PowerDNS ends when the connection of its communicator thread does. */
  @Test
  void aPrimaryOrSecondaryIsAskedOverAPipe() {
    assertThat(render(1, 1, true)).contains("=pipe:command=", "\nprimary=yes\nsecondary=yes\n");
    assertThat(render(1, 1, false)).contains("=unix:path=").doesNotContain("\nprimary=yes");
    Demand primary = new Demand(false, 1, 1, true, RELAY);
    assertThatThrownBy(() -> PowerDnsConfig.render("4.7", PowerDnsTransport.UNIX, BACKEND, primary))
        .hasMessageContaining("ends when Keyward restarts");
  }

  @Test
  void anUnknownVersionIsRefused() {
    assertThatThrownBy(() -> PowerDnsConfig.render("3.4", BACKEND, Demand.DEFAULT))
        .hasMessageContaining("4.7, 4.9, 5.1");
  }

  private static String render(int zones, int largestZone, boolean transfers) {
    return PowerDnsConfig.render(
        "4.7", BACKEND, new Demand(false, zones, largestZone, transfers, RELAY));
  }
}
