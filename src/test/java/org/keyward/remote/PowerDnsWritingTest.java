package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.keyward.store.TestDatabase;

/** A real PowerDNS writes: its command line, its HTTP API, DNS UPDATE, transfers in and out. */
@Tag("once")
@Timeout(120)
class PowerDnsWritingTest {
  private static final String SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0";
  private static final String SOA = "ns.example.com h.example.com 10 3600 600 604800 300";

  @TempDir Path directory;
  private ServedDatabase served;
  private PowerDnsVersion version = PowerDnsVersion.HOST;

  @BeforeEach
  void start() {
    served = new ServedDatabase(directory, TransactionLimits.DEFAULT);
    served.zone(
        "example.com",
        "MASTER",
        "example.com SOA " + SOA,
        "example.com NS ns.example.com",
        "ns.example.com A 192.0.2.53",
        "www.example.com A 192.0.2.1",
        "b.ent.example.com A 192.0.2.2",
        "*.wild.example.com A 192.0.2.3",
        "insecure.example.com NS ns.example.net",
        "x.only.example.com NS ns.example.net",
        "secure.example.com NS ns.example.net",
        "secure.example.com DS 1 13 2 " + "00".repeat(32));
  }

  @AfterEach
  void stop() {
    served.close();
  }

  private PowerDns powerDns(Form form, String... more) throws IOException {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "launch=remote",
                form.connection(served.servers.socket(), served.servers.url()),
                "remote-dnssec=yes",
                "zone-cache-refresh-interval=1",
                "query-cache-ttl=0",
                "negquery-cache-ttl=0",
                "cache-ttl=0"));
    lines.addAll(List.of(more));
    return PowerDns.start(version, Files.createTempDirectory(directory, "p"), lines);
  }

  static Stream<PowerDnsVersion> versions() {
    return PowerDnsVersion.chosen().stream();
  }

  private void use(PowerDnsVersion version) {
    version.assumeThere();
    this.version = version;
  }

  private String serial() {
    return served
        .texts("SELECT keyward.serial_of(id)::text FROM domains WHERE name = 'example.com'")
        .get(0);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "REST")
  void pdnsutilEditsRecords(Form form) throws Exception {
    try (PowerDns powerDns = powerDns(form)) {
      assertThat(powerDns.pdnsutil("add-record", "example.com", "a.b", "A", "60", "192.0.2.7"))
          .contains("192.0.2.7");
      assertThat(powerDns.digShort("a.b.example.com", "A")).containsExactly("192.0.2.7");
      powerDns.pdnsutil(
          "replace-rrset", "example.com", "@", "MX", "60", "10 mail.example.com", "20 m.x");
      assertThat(served.rows("example.com"))
          .contains("example.com MX 10 mail.example.com", "example.com MX 20 m.x");
      powerDns.pdnsutil("delete-rrset", "example.com", "www", "A");
      assertThat(served.rows("example.com")).doesNotContain("www.example.com A 192.0.2.1");
      String before = serial();
      powerDns.pdnsutil("increase-serial", "example.com");
      assertThat(Long.parseLong(serial())).isGreaterThan(Long.parseLong(before));
      Path file = directory.resolve("zone");
      Files.writeString(
          file,
          """
          $TTL 60
          @ SOA ns h.example.com. 77 3600 600 604800 300
          @ NS ns
          ns A 192.0.2.53
          @ MX 5 mail
          _sip._tcp SRV 1 2 3 mail
          t TXT "a b" "c"
          """);
      powerDns.pdnsutil("load-zone", "example.com", file.toString());
      assertThat(served.rows("example.com"))
          .containsExactlyInAnyOrder(
              "example.com SOA ns.example.com h.example.com 77 3600 600 604800 300",
              "example.com NS ns.example.com",
              "ns.example.com A 192.0.2.53",
              "example.com MX 5 mail.example.com",
              "_sip._tcp.example.com SRV 1 2 3 mail.example.com",
              "t.example.com TXT \"a b\" \"c\"");
      powerDns.pdnsutil("clear-zone", "example.com");
      assertThat(served.rows("example.com")).isEmpty();
      assertThat(served.openTransactions()).isZero();
    }
  }

  @Test
  void pdnsutilHearsThatACommitIsRefused() throws Exception {
    try (PowerDns powerDns = powerDns(Form.UNIX)) {
      Path file = directory.resolve("zone");
      Files.writeString(
          file,
          """
          $TTL 60
          @ SOA ns h.example.com. 77 3600 600 604800 300
          @ NS ns
          w CNAME x
          w A 192.0.2.1
          """);
      assertThat(powerDns.pdnsutil("load-zone", "example.com", file.toString()))
          .containsIgnoringCase("error");
      assertThat(served.rows("example.com")).contains("www.example.com A 192.0.2.1");
    }
  }

  @Test
  void pdnsutilEditsMetadataAndTsigKeys() throws Exception {
    try (PowerDns powerDns = powerDns(Form.UNIX)) {
      powerDns.pdnsutil("set-meta", "example.com", "ALLOW-AXFR-FROM", "192.0.2.0/24", "AUTO-NS");
      assertThat(powerDns.pdnsutil("get-meta", "example.com", "ALLOW-AXFR-FROM"))
          .contains("192.0.2.0/24, AUTO-NS");
      powerDns.pdnsutil("import-tsig-key", "transfer.key", "hmac-sha256", SECRET);
      assertThat(powerDns.pdnsutil("list-tsig-keys")).contains("transfer.key.", SECRET);
      powerDns.pdnsutil("delete-tsig-key", "transfer.key");
      assertThat(powerDns.pdnsutil("list-tsig-keys")).doesNotContain("transfer.key");
    }
  }

  @Test
  void pdnsutilSignsAZoneWithKeysThatAreStoredSealed() throws Exception {
    try (PowerDns powerDns = powerDns(Form.UNIX)) {
      assertThat(powerDns.pdnsutil("secure-zone", "example.com")).contains("secured");
      String shown = powerDns.pdnsutil("show-zone", "example.com");
      assertThat(shown).contains("CSK", "ECDSAP256SHA256", "Active");
      assertThat(served.texts("SELECT id::text FROM cryptokeys")).isEmpty();
      assertThat(
              served.texts("SELECT takes_pin || encode(sealed, 'escape') FROM keyward.sealed_key"))
          .singleElement()
          .asString()
          .startsWith("false")
          .doesNotContain("PrivateKey");
      String id = served.texts("SELECT id::text FROM keyward.sealed_key").get(0);
      assertThat(powerDns.dig("+dnssec", "www.example.com", "A")).contains("RRSIG");
      powerDns.pdnsutil("deactivate-zone-key", "example.com", id);
      assertThat(served.texts("SELECT active::text FROM keyward.sealed_key"))
          .containsExactly("false");
      powerDns.pdnsutil("activate-zone-key", "example.com", id);
      powerDns.pdnsutil("unpublish-zone-key", "example.com", id);
      assertThat(served.texts("SELECT active::text || published FROM keyward.sealed_key"))
          .containsExactly("truefalse");
      powerDns.pdnsutil("remove-zone-key", "example.com", id);
      assertThat(served.texts("SELECT id::text FROM keyward.sealed_key")).isEmpty();
      assertThat(served.texts("SELECT action FROM keyward.audit ORDER BY id"))
          .first()
          .isEqualTo("CRYPTOKEY_ADDED");
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void theApiPatchesAndDeletes(PowerDnsVersion version) throws Exception {
    use(version);
    int port = freePort();
    try (PowerDns powerDns =
        powerDns(
            Form.UNIX,
            "api=yes",
            "api-key=k",
            "webserver=yes",
            "webserver-address=127.0.0.1",
            "webserver-port=" + port)) {
      String url = "http://127.0.0.1:" + port + "/api/v1/servers/localhost/zones/example.com.";
      String set =
          "{\"rrsets\":[{\"name\":\"api.example.com.\",\"type\":\"A\",\"ttl\":60,"
              + "\"changetype\":\"%s\",\"records\":[{\"content\":\"192.0.2.80\",\"disabled\":false}]}]}";
      awaitListener(port);
      assertThat(api("PATCH", url, set.formatted("REPLACE"))).startsWith("204");
      assertThat(powerDns.digShort("api.example.com", "A")).containsExactly("192.0.2.80");
      assertThat(api("GET", url, "")).startsWith("200").contains("api.example.com.");
      String server = "http://127.0.0.1:" + port + "/api/v1/servers/localhost";
      assertThat(api("GET", server + "/search-data?q=api*&max=10", ""))
          .startsWith("200")
          .contains("\"name\": \"api.example.com.\"", "192.0.2.80");
      metadataOverTheApi(url);
      keysOverTheApi(url);
      assertThat(api("PATCH", url, set.formatted("DELETE"))).startsWith("204");
      assertThat(served.rows("example.com")).hasSize(10);
    }
  }

  private void metadataOverTheApi(String zone) throws Exception {
    String values = "{\"kind\":\"ALLOW-AXFR-FROM\",\"metadata\":[\"192.0.2.0/24\"]}";
    String stored = "SELECT kind || ' ' || content FROM domainmetadata ORDER BY 1";
    assertThat(api("POST", zone + "/metadata", values)).startsWith("201");
    assertThat(served.texts(stored)).containsExactly("ALLOW-AXFR-FROM 192.0.2.0/24");
    assertThat(
            api("PUT", zone + "/metadata/ALLOW-AXFR-FROM", values.replace("192.0.2.0/24", "::1")))
        .startsWith("200");
    assertThat(served.texts(stored)).containsExactly("ALLOW-AXFR-FROM ::1");
    assertThat(api("GET", zone + "/metadata/ALLOW-AXFR-FROM", ""))
        .startsWith("200")
        .contains("::1");
    assertThat(api("DELETE", zone + "/metadata/ALLOW-AXFR-FROM", "")).startsWith("20");
    assertThat(served.texts(stored)).isEmpty();
  }

  private void keysOverTheApi(String zone) throws Exception {
    String keys = zone + "/cryptokeys";
    assertThat(
            api(
                "POST",
                keys,
                "{\"keytype\":\"csk\",\"active\":true,\"published\":true,"
                    + "\"algorithm\":\"ecdsa256\"}"))
        .startsWith("201");
    String id = served.texts("SELECT id::text FROM keyward.sealed_key").get(0);
    assertThat(api("GET", keys, "")).startsWith("200").contains("ECDSAP256SHA256");
    assertThat(api("PUT", keys + "/" + id, "{\"active\":false}")).startsWith("204");
    assertThat(served.texts("SELECT active::text FROM keyward.sealed_key"))
        .containsExactly("false");
    assertThat(api("DELETE", keys + "/" + id, "")).startsWith("204");
    assertThat(served.texts("SELECT id::text FROM keyward.sealed_key")).isEmpty();
  }

  /** PowerDNS opens its web server some time after its DNS ports. */
  private static void awaitListener(int port) throws Exception {
    for (int i = 0; i < 200; i++) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        return;
      } catch (ConnectException e) {
        Thread.sleep(50);
      }
    }
  }

  private static String api(String method, String url, String body) throws Exception {
    var response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(url))
                    .header("X-API-Key", "k")
                    .method(method, BodyPublishers.ofString(body))
                    .build(),
                BodyHandlers.ofString());
    return response.statusCode() + " " + response.body();
  }

  @ParameterizedTest
  @MethodSource("versions")
  void dnsUpdateWithTsigChangesTheZone(PowerDnsVersion version) throws Exception {
    use(version);
    try (PowerDns powerDns = powerDns(Form.UNIX, "dnsupdate=yes", "allow-dnsupdate-from=")) {
      powerDns.pdnsutil("import-tsig-key", "update.key", "hmac-sha256", SECRET);
      powerDns.pdnsutil("set-meta", "example.com", "TSIG-ALLOW-DNSUPDATE", "update.key");
      powerDns.pdnsutil("set-meta", "example.com", "ALLOW-DNSUPDATE-FROM", "127.0.0.0/8");
      powerDns.pdnsutil("set-meta", "example.com", "SOA-EDIT-DNSUPDATE", "INCREASE");
      String update =
          """
          server 127.0.0.1 %d
          zone example.com
          update add u.example.com 60 A 192.0.2.90
          update delete www.example.com A
          send
          """;
      assertThat(nsupdate("hmac-sha256:update.key:" + SECRET, update.formatted(powerDns.port())))
          .isEmpty();
      assertThat(powerDns.digShort("u.example.com", "A")).containsExactly("192.0.2.90");
      assertThat(served.rows("example.com"))
          .contains("u.example.com A 192.0.2.90")
          .doesNotContain("www.example.com A 192.0.2.1");
      assertThat(serial()).isEqualTo("11");
      assertThat(
              nsupdate(
                  "hmac-sha256:update.key:" + SECRET.replace('c', 'd'),
                  update.formatted(powerDns.port())))
          .isNotEmpty();
    }
  }

  private static String nsupdate(String key, String commands) throws Exception {
    Process process = new ProcessBuilder("nsupdate", "-y", key).redirectErrorStream(true).start();
    try (OutputStream input = process.getOutputStream()) {
      input.write(commands.getBytes(StandardCharsets.UTF_8));
    }
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return printed;
  }

  static Stream<Arguments> versionsAndSignings() {
    return versions()
        .flatMap(
            version ->
                Stream.of("unsigned", "nsec", "1 0 0 -", "1 1 0 -")
                    .map(signing -> Arguments.of(version, signing)));
  }

  /** The primary's PowerDNS signs; its secondary serves the signatures that it transferred. */
  @ParameterizedTest
  @MethodSource("versionsAndSignings")
  void aSecondaryTransfersWithTsigAndKeepsTheSerial(PowerDnsVersion version, String signing)
      throws Exception {
    use(version);
    Path other = Files.createDirectory(directory.resolve("o"));
    try (ServedDatabase copies = new ServedDatabase(other, TransactionLimits.DEFAULT);
        PowerDns primary = powerDns(Form.UNIX, "primary=yes", "only-notify=")) {
      sign(primary, signing);
      primary.pdnsutil("import-tsig-key", "transfer.key", "hmac-sha256", SECRET);
      primary.pdnsutil("set-meta", "example.com", "TSIG-ALLOW-AXFR", "transfer.key");
      assertThat(primary.dig("example.com", "AXFR", "-y", "hmac-sha256:transfer.key:" + SECRET))
          .contains("192.0.2.1");
      assertThat(primary.dig("example.com", "AXFR", "-y", "hmac-sha256:transfer.key:ZGRkZGRk"))
          .doesNotContain("192.0.2.1");
      copies.secondary("example.com", "127.0.0.1:" + primary.port());
      ServedDatabase mine = served;
      served = copies;
      try (PowerDns secondary = powerDns(Form.UNIX, "secondary=yes", "xfr-cycle-interval=1")) {
        secondary.pdnsutil("import-tsig-key", "transfer.key", "hmac-sha256", SECRET);
        secondary.pdnsutil("set-meta", "example.com", "AXFR-MASTER-TSIG", "transfer.key");
        secondary.pdnsutil("set-meta", "example.com", "TSIG-ALLOW-AXFR", "transfer.key");
        secondary.control("retrieve", "example.com");
        // PowerDNS sets this after its commit, from when on it must read what it wrote.
        String checked = "SELECT 'x' FROM domains WHERE last_check > 0";
        for (int i = 0; i < 200 && copies.texts(checked).isEmpty(); i++) {
          Thread.sleep(50);
        }
        assertThat(copies.texts(checked)).hasSize(1);
        assertThat(
                copies.rows("example.com").stream()
                    .filter(row -> row.contains(" ")) // else an empty non-terminal
                    .filter(row -> !isDnssec(row))
                    .toList())
            .isEqualTo(mine.rows("example.com"));
        // The commit waits for the zone in memory, but under load for no longer than a second.
        for (int i = 0; i < 200 && secondary.digShort("www.example.com", "A").isEmpty(); i++) {
          Thread.sleep(50);
        }
        assertThat(secondary.dig("www.example.com", "A"))
            .as(secondary::log)
            .contains("NOERROR", "192.0.2.1");
        if (!signing.equals("unsigned")) {
          assertThat(copies.texts("SELECT content FROM domainmetadata WHERE kind = 'PRESIGNED'"))
              .containsExactly("1");
          assertVerifies(secondary);
          assertValidates(secondary, signing);
        }
      } finally {
        served = mine;
      }
    }
  }

  private static void sign(PowerDns primary, String signing) {
    if (!signing.equals("unsigned")) {
      assertThat(primary.pdnsutil("secure-zone", "example.com")).contains("secured");
    }
    if (signing.startsWith("1 ")) {
      primary.pdnsutil("set-nsec3", "example.com", signing);
    }
    primary.control("purge");
  }

  private static boolean isDnssec(String row) {
    return row.contains(" RRSIG ") || row.contains(" DNSKEY ");
  }

  private void assertVerifies(PowerDns secondary) throws Exception {
    Path file = directory.resolve("transferred");
    String transferred =
        secondary.dig(
            "+onesoa",
            "+noall",
            "+answer",
            "example.com",
            "AXFR",
            "-y",
            "hmac-sha256:transfer.key:" + SECRET);
    Files.writeString(file, transferred);
    Process verify =
        new ProcessBuilder("ldns-verify-zone", file.toString()).redirectErrorStream(true).start();
    String said = new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(said).as(transferred).contains("is verified and complete");
    assertThat(secondary.dig("+dnssec", "nothing.example.com", "A"))
        .contains("NXDOMAIN")
        .containsPattern("RRSIG\\s+NSEC");
    assertThat(secondary.dig("+dnssec", "www.example.com", "A")).containsPattern("RRSIG\\s+A ");
  }

  /** A copy of a zone signed elsewhere: hashed owners of signatures are no names of the zone. */
  private void assertValidates(PowerDns secondary, String signing) throws Exception {
    Validation validation =
        new Validation(secondary, "example.com.", Files.createTempDirectory(directory, "v"));
    List<Validation.Question> questions = new ArrayList<>();
    for (String name :
        List.of(
            "",
            "www.",
            "ent.",
            "b.ent.",
            "wild.",
            "any.wild.",
            "nothing.",
            "no.ent.",
            "n.b.ent.")) {
      questions.add(new Validation.Question(name + "example.com.", "A"));
      questions.add(new Validation.Question(name + "example.com.", "TXT"));
    }
    for (String name : List.of("secure.", "insecure.")) {
      questions.add(new Validation.Question(name + "example.com.", "DS"));
    }
    questions.add(new Validation.Question("x.only.example.com.", "DS"));
    if (signing.startsWith("1 ")) {
      // The names of the signatures themselves do not exist.
      validation.transfer("-y", "hmac-sha256:transfer.key:" + SECRET).stream()
          .filter(row -> row.matches("\\S+\\s+\\d+\\s+IN\\s+NSEC3\\s.*"))
          .map(row -> row.split("\\s+")[0])
          .forEach(hash -> questions.add(new Validation.Question(hash, "A")));
      assertThat(questions).hasSizeGreaterThan(25);
    }
    assertThat(validation.failures(questions, signing)).isEmpty();
    assertThat(secondary.dig("+dnssec", "nothing.example.com", "A")).contains("status: NXDOMAIN");
  }

  /** What {@code hsm assign} sends becomes a request to the signer, and the PIN is nowhere. */
  @Test
  void hsmAssignAsksTheSignerAndForgetsThePin() throws Exception {
    TestDatabase.jdbi(served.database)
        .useHandle(
            h ->
                h.execute(
                    "INSERT INTO keyward.token_status (name, serial, label, seen_at)"
                        + " VALUES ('office', '12', 'office token', now())"));
    try (UnixClient pdnsutil = new UnixClient(served.servers.socket())) {
      assertThat(pdnsutil.ask(assign("office token"))).isEqualTo("{\"result\":0}");
      assertThat(
              served.texts(
                  "SELECT concat_ws(' ', zone, token, label, algorithm, actor)"
                      + " FROM keyward.request"))
          .containsExactly("example.com office powerdns 13 powerdns");
      assertThat(pdnsutil.ask(assign("no such token")))
          .contains("\"result\":false", "no token with the label 'no such token'")
          .doesNotContain("87654321");
      assertThat(served.texts("SELECT id::text FROM keyward.powerdns_keys")).isEmpty();
      assertThat(served.texts("SELECT to_jsonb(r)::text FROM keyward.request r"))
          .singleElement()
          .asString()
          .doesNotContain("87654321");
    }
  }

  private static String assign(String token) {
    String content =
        "Private-key-format: v1.2\\nAlgorithm: 13\\nEngine: softhsm2\\nSlot: "
            + token
            + "\\nPIN: 87654321\\nLabel: powerdns\\nPubLabel: powerdns\\n";
    return "{\"method\":\"addDomainKey\",\"parameters\":{\"name\":\"example.com.\",\"key\":"
        + "{\"flags\":257,\"active\":true,\"published\":true,\"content\":\""
        + content
        + "\"}}}";
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
