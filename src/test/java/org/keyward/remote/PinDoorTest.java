package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.config.ListenAddress;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.http.Admission;
import org.keyward.http.HttpListener;
import org.keyward.token.SoftHsm;

/** Who is told a PIN, and who not, whatever they write first. */
class PinDoorTest {
  private static final String ZONE = "pin.test.";
  private static final String RECORDS =
      "@ 300 SOA ns.example.net. h.example.net. 1 3600 600 604800 60\n@ 300 NS ns.example.net.\n";
  private static final String SOFTWARE =
      "Private-key-format: v1.2\\nAlgorithm: 15 (ED25519)\\n"
          + "PrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\\n";

  @TempDir Path folder;

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  /** A zone of the attacker's own, which a key in software makes one that PowerDNS signs. */
  @Test
  void nobodyGetsThePinByNamingTheTokenInAZoneOfTheirOwn() throws Exception {
    try (TokenZone zone = new TokenZone(folder, ZONE, RECORDS, true)) {
      post(zone, "createSlaveDomain", "\"ip\":\"192.0.2.1\",\"domain\":\"evil.example.\"");
      assertThat(addKey(zone, "evil.example.", 256, SOFTWARE)).contains("\"result\":");
      for (String engine :
          List.of(
              "Engine: softhsm2", "engine: softhsm2", " Engine : softhsm2", "ENGINE:softhsm2")) {
        assertThat(addKey(zone, "evil.example.", 257, onToken(engine, zone.slot)))
            .contains("\"result\":false");
      }
      assertThat(post(zone, "getDomainKeys", "\"name\":\"evil.example.\""))
          .doesNotContain(SoftHsm.PIN);
    }
  }

  /** As somebody may write who has a login of the database, but not the seal key. */
  @Test
  void aRowThatKeywardHasNotSealedForThatGetsNoPin() throws Exception {
    try (TokenZone zone = new TokenZone(folder, ZONE, RECORDS, true)) {
      insert(zone, onToken("Engine: softhsm2", zone.slot));
      insert(zone, onToken("Engine: softhsm2", zone.slot) + "PIN: \\n");
      ServedDatabase.await(
          () ->
              zone.served
                  .loaded
                  .byOrigin(origin(zone))
                  .filter(z -> z.cryptokeys().size() == 2)
                  .isPresent());
      assertThat(post(zone, "getDomainKeys", "\"name\":\"" + ZONE + "\""))
          .contains("Slot: " + zone.slot)
          .doesNotContain(SoftHsm.PIN);
    }
  }

  /** PowerDNS loads what the row names: a PIN goes only to the module that is configured. */
  @Test
  void aPinIsForTheModuleOfItsToken() throws Exception {
    try (TokenZone zone = new TokenZone(folder, ZONE, RECORDS, true, SoftHsm.PIN, true)) {
      // Refused over the protocol, and without a PIN where it is in the table all the same.
      addKey(zone, ZONE, 257, onToken("Engine: evil", zone.slot));
      assertThat(keys(zone)).isEqualToIgnoringWhitespace("{\"result\":[]}");
      zone.served.sql(
          "INSERT INTO cryptokeys (domain_id, flags, active, published, content)"
              + " SELECT id, 257, true, true, E'%s' FROM domains"
                  .formatted(onToken("Engine: evil", zone.slot)));
      while (!keys(zone).contains("Engine: evil")) {
        Thread.sleep(20);
      }
      assertThat(keys(zone)).doesNotContain(SoftHsm.PIN);
      assertThat(addKey(zone, ZONE, 257, onToken("Engine: softhsm2", zone.slot)))
          .contains("result");
      assertThat(keys(zone)).contains("PIN: " + SoftHsm.PIN);
    }
  }

  @Test
  void whereAnyLocalUserMayAskNoPinIsTold() throws Exception {
    try (TokenZone zone = new TokenZone(folder, ZONE, RECORDS, true, SoftHsm.PIN, true)) {
      assertThat(addKey(zone, ZONE, 257, onToken("Engine: softhsm2", zone.slot)))
          .contains("result");
      assertThat(keys(zone)).contains("PIN: " + SoftHsm.PIN);
      String question = "{\"method\":\"getDomainKeys\",\"parameters\":{\"name\":\"" + ZONE + "\"}}";
      RemoteBackend backend =
          new RemoteBackend(
              zone.served.loaded,
              new FakeWriter().writing(),
              "test",
              new SimpleMeterRegistry(),
              Clock.systemUTC());
      UnixSocketSettings everybody =
          new UnixSocketSettings(
              folder.resolve("everybody.sock"),
              PosixFilePermissions.fromString("rw-rw-rw-"),
              8,
              10_000,
              Duration.ofSeconds(10));
      try (UnixSocketServer server = UnixSocketServer.start(backend, everybody);
          UnixClient client = new UnixClient(everybody.path())) {
        assertThat(server).isNotNull();
        assertThat(client.ask(question)).contains("Slot: ").doesNotContain(SoftHsm.PIN);
      }
      HttpBackend open = new HttpBackend(backend, "/dns", Optional.empty());
      ListenAddress address = new ListenAddress("127.0.0.1", 0);
      Admission admission = Admission.ofPrograms(address, List.of());
      try (HttpListener http =
          HttpListener.start("backend.http", address, admission, open::posts, open::register)) {
        assertThat(send("http://127.0.0.1:" + http.port() + "/dns", question))
            .contains("Slot: ")
            .doesNotContain(SoftHsm.PIN);
      }
    }
  }

  private static org.xbill.DNS.Name origin(TokenZone zone) {
    try {
      return zone.origin();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static String keys(TokenZone zone) throws Exception {
    String last = "";
    for (int i = 0; i < 200 && !last.contains("Slot"); i++) {
      last = post(zone, "getDomainKeys", "\"name\":\"" + ZONE + "\"");
      Thread.sleep(50);
    }
    return last;
  }

  private static void insert(TokenZone zone, String content) {
    zone.served.sql(
        "INSERT INTO cryptokeys (domain_id, flags, active, published, content)"
            + " SELECT id, 257, true, true, E'"
            + content
            + "' FROM domains");
  }

  private static String onToken(String engine, String slot) {
    return "Private-key-format: v1.2\\nAlgorithm: 13\\n"
        + engine
        + "\\nSlot: "
        + slot
        + "\\nLabel: powerdns\\nPubLabel: powerdns\\n";
  }

  private static String addKey(TokenZone zone, String name, int flags, String content)
      throws Exception {
    return post(
        zone,
        "addDomainKey",
        "\"name\":\"%s\",\"key\":{\"flags\":%d,\"active\":true,\"published\":true,\"content\":\"%s\"}"
            .formatted(name, flags, content));
  }

  private static String post(TokenZone zone, String method, String parameters) throws Exception {
    return send(
        zone.served.servers.url(),
        "{\"method\":\"%s\",\"parameters\":{%s}}".formatted(method, parameters));
  }

  private static String send(String url, String body) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "text/javascript")
                .POST(BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString())
        .body();
  }
}
