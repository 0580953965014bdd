package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every algorithm that a token of SoftHSM2 can do, from the key to the validator, with NSEC3. */
@Tag("once")
class AlgorithmsIT {
  private static Installation keyward;

  @BeforeAll
  static void install(@TempDir Path dir) {
    keyward = new Installation(dir);
    keyward.start();
    for (String algorithm :
        new String[] {"rsasha256", "ecdsap256sha256", "ecdsap384sha384", "ed25519"}) {
      keyward.cli(
          "key", "generate", Installation.TOKEN, "of-" + algorithm, "--algorithm", algorithm);
      String zone = algorithm + ".example";
      keyward.cli("zone", "create", zone, "--ns", "ns." + zone);
      keyward.cli("zone", "denial", zone, "nsec3");
      keyward.cli(
          "assign",
          zone,
          "--token",
          Installation.TOKEN,
          "--label",
          "of-" + algorithm,
          "--algorithm",
          algorithm);
    }
    keyward.startPowerDns("unix");
  }

  @AfterAll
  static void stop() {
    if (keyward != null) {
      keyward.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"rsasha256,8", "ecdsap256sha256,13", "ecdsap384sha384,14", "ed25519,15"})
  void aZoneValidates(String algorithm, int number) {
    String zone = algorithm + ".example.";
    keyward.trust(zone);
    assertThat(keyward.dig("+short", zone, "DNSKEY").lines())
        .hasSize(2)
        .allMatch(key -> key.split(" ")[2].equals(String.valueOf(number)));
    assertThat(keyward.delv(zone, zone, "NS")).contains("; fully validated");
    assertThat(keyward.delv(zone, zone, "NSEC3PARAM")).contains("; fully validated");
    assertThat(keyward.delv(zone, "nothing." + zone, "A"))
        .contains("; negative response, fully validated");
    assertThat(keyward.dig("+dnssec", "nothing." + zone, "A"))
        .contains("status: NXDOMAIN")
        .containsPattern("IN\\s+NSEC3\\s");
  }
}
