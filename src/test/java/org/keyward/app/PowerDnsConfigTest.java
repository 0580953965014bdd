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
            version, PowerDnsConfig.Transport.parse(transport).orElseThrow(), BACKEND, false);
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
            () -> PowerDnsConfig.render("4.7", PowerDnsConfig.Transport.UNIX, httpOnly, false))
        .hasMessageContaining("backend.unix is not configured");
  }

  @Test
  void inModeSplitTheDnskeySetComesFromKeyward() {
    assertThat(PowerDnsConfig.render("5.1", PowerDnsConfig.Transport.UNIX, BACKEND, true))
        .contains("direct-dnskey=yes\n", "direct-dnskey-signature=yes\n");
    assertThatThrownBy(
            () -> PowerDnsConfig.render("4.9", PowerDnsConfig.Transport.UNIX, BACKEND, true))
        .hasMessageContaining("needs PowerDNS 5.0");
  }

  @Test
  void anUnknownVersionIsRefused() {
    assertThatThrownBy(
            () -> PowerDnsConfig.render("3.4", PowerDnsConfig.Transport.UNIX, BACKEND, false))
        .hasMessageContaining("4.7, 4.9, 5.1");
  }
}
