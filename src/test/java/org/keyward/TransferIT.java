package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.keyward.remote.PowerDns;
import org.keyward.remote.PowerDnsVersion;

/**
 * Zones of each size go out whole, in all the ways that PowerDNS has, with nothing but what {@code
 * keyward pdns-config --largest-zone} prints for them.
 */
@Tag("once")
class TransferIT {
  private static final List<Integer> SIZES =
      Boolean.getBoolean("keyward.test.thorough")
          ? List.of(1_000, 20_000, 200_000)
          : List.of(1_000);

  private static final String RELAY = Path.of("bin/keyward-relay").toAbsolutePath().toString();

  @TempDir static Path dir;
  private static Installation keyward;

  @BeforeAll
  static void zones() {
    keyward = new Installation(dir);
    keyward.start();
    for (int size : SIZES) {
      keyward.write("zone", masterFile(size));
      keyward.cli("zone", "import", plain(size), dir.resolve("zone").toString());
      keyward.cli("zone", "import", signed(size), dir.resolve("zone").toString());
      keyward.cli(
          "assign", signed(size), "--token", Installation.TOKEN, "--label", Installation.KEY);
    }
  }

  @AfterAll
  static void stop() {
    keyward.close();
  }

  private static String masterFile(int records) {
    StringBuilder file =
        new StringBuilder(
            """
            $TTL 3600
            @ SOA ns.example.net. hostmaster.example.net. 1 10800 3600 604800 3600
            @ NS ns.example.net.
            """);
    IntStream.range(2, records)
        .forEach(i -> file.append("host%d A 192.0.2.%d%n".formatted(i, i % 256)));
    return file.toString();
  }

  private static String plain(int size) {
    return "plain" + size + ".example";
  }

  private static String signed(int size) {
    return "signed" + size + ".example";
  }

  @Test
  void aZoneOfAThousandRecordsGoesOutOnTheHostsVersion() throws Exception {
    leavesWhole(PowerDnsVersion.HOST, 1_000);
  }

  static Stream<Arguments> versionsAndSizes() {
    return PowerDnsVersion.chosen().stream()
        .flatMap(version -> SIZES.stream().map(size -> Arguments.of(version, size)));
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("versionsAndSizes")
  void zonesOfAnySizeGoOut(PowerDnsVersion version, int size) throws Exception {
    version.assumeThere();
    leavesWhole(version, size);
  }

  private void leavesWhole(PowerDnsVersion version, int size) throws Exception {
    String number = version.equals(PowerDnsVersion.HOST) ? "4.7" : version.name();
    int apiPort = Installation.freePort();
    List<String> lines =
        new ArrayList<>(
            keyward
                .cli(
                    "pdns-config",
                    "--powerdns",
                    number,
                    "--largest-zone",
                    String.valueOf(size),
                    "--relay",
                    RELAY)
                .lines()
                .toList());
    lines.addAll(
        List.of(
            "allow-axfr-ips=127.0.0.0/8",
            "webserver=yes",
            "api=yes",
            "api-key=k",
            "webserver-address=127.0.0.1",
            "webserver-port=" + apiPort));
    try (PowerDns powerDns = PowerDns.start(version, Files.createTempDirectory(dir, "p"), lines)) {
      String what = version + ", " + size + " records, unsigned and signed: ";
      timed(what + "AXFR", () -> isTransferred(powerDns, size));
      timed(what + "pdnsutil list-zone", () -> isListed(powerDns, size));
      timed(what + "API", () -> isReadByTheApi(apiPort, size));
    }
  }

  @FunctionalInterface
  private interface Step {
    void run() throws Exception;
  }

  /** Says how long it took, checks included; nothing depends on it. */
  private static void timed(String what, Step step) throws Exception {
    long start = System.nanoTime();
    step.run();
    System.out.printf("%s: %.1f s%n", what, (System.nanoTime() - start) / 1e9);
  }

  private static void isTransferred(PowerDns powerDns, int size) {
    String unsigned = transfer(powerDns, plain(size));
    assertThat(unsigned.lines().filter(line -> line.contains("192.0.2."))).hasSize(size - 2);

    String signed = transfer(powerDns, signed(size));
    assertThat(count(signed, "A")).isEqualTo(size - 2);
    assertThat(count(signed, "NSEC")).isEqualTo(size - 1);
    // Of each address and of each NSEC record; at the apex of SOA, NS, DNSKEY and NSEC, as well as
    // CDS and CDNSKEY when they are published.
    assertThat(count(signed, "RRSIG")).isBetween(2L * size, 2L * size + 2);
    List<String> records = signed.lines().filter(line -> !line.isBlank()).toList();
    assertThat(new Validators(dir, powerDns.port()).zoneFaults(signed(size) + ".", records))
        .isEmpty();
  }

  /** dig has tabs between its columns where they fit, else spaces. */
  private static long count(String records, String type) {
    return records
        .lines()
        .map(line -> line.split("\\s+"))
        .filter(c -> c.length > 3 && c[3].equals(type))
        .count();
  }

  private static String transfer(PowerDns powerDns, String zone) {
    return powerDns.dig(zone, "AXFR", "+noall", "+answer", "+onesoa", "+time=300", "+tries=1");
  }

  private static void isListed(PowerDns powerDns, int size) {
    for (String zone : List.of(plain(size), signed(size))) {
      assertThat(
              powerDns.pdnsutil("list-zone", zone).lines().filter(l -> l.contains("\tA\t192.0.2.")))
          .as(zone)
          .hasSize(size - 2);
    }
  }

  private static void isReadByTheApi(int port, int size) throws IOException, InterruptedException {
    for (String zone : List.of(plain(size), signed(size))) {
      HttpRequest request =
          HttpRequest.newBuilder(
                  URI.create(
                      "http://127.0.0.1:%d/api/v1/servers/localhost/zones/%s"
                          .formatted(port, zone)))
              .header("X-API-Key", "k")
              .timeout(Duration.ofMinutes(5))
              .build();
      HttpResponse<InputStream> reply =
          HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofInputStream());
      String text = new String(reply.body().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(reply.statusCode()).as(zone + ": " + text.lines().findFirst()).isEqualTo(200);
      assertThat(text.split("\"content\": ?\"192\\.0\\.2\\.", -1)).as(zone).hasSize(size - 1);
    }
  }
}
