package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.config.BackendSettings;

/** The samples in {@code pdns-config/} are what the generator prints for the default paths. */
class PowerDnsConfigTest {
  private static final BackendSettings BACKEND =
      new BackendSettings(
          Optional.of(BackendSettings.DEFAULT_HTTP),
          Optional.of(Path.of("/run/keyward/pdns.sock")),
          BackendSettings.DEFAULT_PATH,
          BackendSettings.mode(BackendSettings.DEFAULT_UNIX_MODE),
          BackendSettings.DEFAULT_TRANSACTIONS,
          BackendSettings.DEFAULT_TRANSACTION_IDLE);

  @ParameterizedTest
  @CsvSource({"4.7,unix", "4.7,http", "4.9,unix", "4.9,http", "5.1,unix", "5.1,http"})
  void theSampleIsWhatTheGeneratorPrints(String version, String transport) throws IOException {
    Path sample = Path.of("pdns-config", "pdns-" + version + "-" + transport + ".conf");
    String printed =
        PowerDnsConfig.render(
            version,
            PowerDnsConfig.Transport.parse(transport).orElseThrow(),
            BACKEND,
            false,
            1_000);
    if (Boolean.getBoolean("keyward.samples.write")) {
      Files.writeString(sample, printed);
    }

    assertThat(sample).hasContent(printed);
  }

  @Test
  void aTransportThatIsNotConfiguredIsRefused() {
    BackendSettings httpOnly =
        new BackendSettings(
            BACKEND.http(),
            Optional.empty(),
            "/dns",
            BACKEND.unixMode(),
            BACKEND.transactions(),
            BACKEND.transactionIdle());

    assertThatThrownBy(
            () ->
                PowerDnsConfig.render("4.7", PowerDnsConfig.Transport.UNIX, httpOnly, false, 1_000))
        .hasMessageContaining("backend.unix is not configured");
  }

  @Test
  void inModeSplitTheDnskeySetComesFromKeyward() {
    assertThat(PowerDnsConfig.render("5.1", PowerDnsConfig.Transport.UNIX, BACKEND, true, 1_000))
        .contains("direct-dnskey=yes\n", "direct-dnskey-signature=yes\n");
    assertThatThrownBy(
            () -> PowerDnsConfig.render("4.9", PowerDnsConfig.Transport.UNIX, BACKEND, true, 1_000))
        .hasMessageContaining("needs PowerDNS 5.0");
  }

  /** PowerDNS 4.7 ended at start with 10,000 zones, whose list took longer than the timeout. */
  @Test
  void manyZonesAreNotListedOverTheUnixSocket() {
    assertThat(PowerDnsConfig.render("4.7", PowerDnsConfig.Transport.UNIX, BACKEND, false, 10_000))
        .contains("\nzone-cache-refresh-interval=0\n", "timeout=2000\n");
    assertThat(PowerDnsConfig.render("4.7", PowerDnsConfig.Transport.UNIX, BACKEND, false, 2_000))
        .contains("\nzone-cache-refresh-interval=10\n", "timeout=2000\n");
  }

  @Test
  void theListOfAllZonesHasTimeOverHttp() {
    assertThat(PowerDnsConfig.render("4.7", PowerDnsConfig.Transport.HTTP, BACKEND, false, 100_000))
        .contains("\nzone-cache-refresh-interval=60\n", "timeout=7000\n");
  }

  @Test
  void anUnknownVersionIsRefused() {
    assertThatThrownBy(
            () ->
                PowerDnsConfig.render("3.4", PowerDnsConfig.Transport.UNIX, BACKEND, false, 1_000))
        .hasMessageContaining("4.7, 4.9, 5.1");
  }
}
