package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.keyward.app.PowerDnsTools;
import org.keyward.config.DatabaseSettings;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.BindPrivateKey;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.store.TestDatabase;
import org.keyward.zone.CryptoKey;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.SigningMode;
import org.keyward.zone.Zone;
import org.keyward.zone.ZoneHeader;
import org.xbill.DNS.Name;

/**
 * A second PowerDNS with {@code launch=gpgsql} on Keyward's database, with what {@code pdns-config
 * --for tools} prints and a login of the role {@code keyward_tools}: what its API and pdnsutil do
 * is served by Keyward at once.
 */
@Tag("once")
class PowerDnsToolsTest {
  private static final String KEY = "of-the-test";
  private static final String LOGIN = "tools_of_test";
  private static final String KEYS = "{\"keytype\": \"csk\", \"active\": true}";

  @TempDir Path dir;
  private ServedDatabase served;
  private PowerDns tools;
  private int web;

  static Stream<PowerDnsVersion> versions() {
    return PowerDnsVersion.chosen().stream();
  }

  @AfterEach
  void close() {
    if (tools != null) {
      tools.close();
    }
    if (served != null) {
      served.sql("DROP OWNED BY " + LOGIN);
      served.sql("DROP ROLE " + LOGIN);
      served.close();
    }
  }

  private void start(PowerDnsVersion version) throws Exception {
    version.assumeThere();
    served =
        new ServedDatabase(
            Files.createDirectory(dir.resolve("k")), org.keyward.zone.ServedListener.NONE);
    served.sql("CREATE ROLE " + LOGIN + " LOGIN PASSWORD 'told' IN ROLE keyward_tools");
    Map<String, String> psql = TestDatabase.server().psqlEnvironment();
    String database = served.texts("SELECT current_database()").get(0);
    Path folder = Files.createDirectory(dir.resolve("t"));
    Path passfile = folder.resolve("pass");
    Files.writeString(passfile, "*:*:*:" + LOGIN + ":told\n");
    Files.setPosixFilePermissions(passfile, PosixFilePermissions.fromString("rw-------"));
    String url = "jdbc:postgresql://127.0.0.1:" + psql.get("PGPORT") + "/" + database;
    List<String> lines =
        new ArrayList<>(
            PowerDnsTools.render(
                    version.equals(PowerDnsVersion.HOST) ? "4.7" : version.name(),
                    new DatabaseSettings(url, Optional.empty(), Optional.empty()),
                    LOGIN,
                    passfile)
                .lines()
                .filter(line -> !line.matches("(local-address|local-port|webserver-port)=.*"))
                .toList());
    web = PowerDns.freePort();
    lines.addAll(List.of("webserver-port=" + web, "api-key=" + KEY));
    tools = PowerDns.start(version, folder, lines);
  }

  private HttpResponse<String> call(String method, String path, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + web + "/api/v1/servers/localhost" + path))
            .method(method, BodyPublishers.ofString(body))
            .header("X-API-Key", KEY)
            .header("Content-Type", "application/json")
            .build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
  }

  private String done(int status, String method, String path, String body) throws Exception {
    HttpResponse<String> response = call(method, path, body);
    assertThat(response.statusCode())
        .as("%s %s: %s%n%s", method, path, response.body(), tools.log())
        .isEqualTo(status);
    return response.body();
  }

  private Optional<Zone> zone(String name) {
    LoadedZones zones = served.loaded;
    return zones.byOrigin(Name.fromConstantString(name));
  }

  private static boolean has(Optional<Zone> zone, String owner, String content) {
    return zone.flatMap(there -> there.lookup(Name.fromConstantString(owner))).stream()
        .flatMap(answer -> answer.rows().stream())
        .anyMatch(row -> row.content().contains(content));
  }

  @ParameterizedTest
  @MethodSource("versions")
  void whatTheToolsDoIsServedAtOnce(PowerDnsVersion version) throws Exception {
    start(version);
    done(
        201,
        "POST",
        "/zones",
        """
        {"name": "made.example.", "kind": "Master", "account": "team", "nameservers": ["ns1.made.example."]}""");
    ServedDatabase.await(() -> zone("made.example.").isPresent());
    assertThat(zone("made.example.").orElseThrow().header().kind())
        .isEqualTo(ZoneHeader.Kind.MASTER);

    String comment =
        "[{\"content\": \"asked for by ops\", \"account\": \"a\", \"modified_at\": 1}]";
    done(
        204,
        "PATCH",
        "/zones/made.example.",
        """
        {"rrsets": [{"name": "www.made.example.", "type": "A", "ttl": 60, "changetype": "REPLACE",
         "records": [{"content": "192.0.2.5", "disabled": false}], "comments": %s}]}"""
            .formatted(comment));
    ServedDatabase.await(() -> has(zone("made.example."), "www.made.example.", "192.0.2.5"));
    assertThat(done(200, "GET", "/zones/made.example.", "")).contains("asked for by ops");

    done(201, "POST", "/zones", "{\"name\": \"catalog.example.\", \"kind\": \"Producer\"}");
    done(204, "PUT", "/zones/made.example.", "{\"catalog\": \"catalog.example.\"}");
    assertThat(served.texts("SELECT catalog FROM domains WHERE name = 'made.example'"))
        .containsExactly("catalog.example");

    String primary =
        "{\"ip\": \"192.0.2.1\", \"nameserver\": \"ns.x.example\", \"account\": \"x\"}";
    done(201, "POST", "/autoprimaries", primary);
    assertThat(done(200, "GET", "/autoprimaries", "")).contains("192.0.2.1");
    done(204, "DELETE", "/autoprimaries/192.0.2.1/ns.x.example", "");

    tools.pdnsutil("create-zone", "util.example", "ns1.util.example");
    ServedDatabase.await(() -> zone("util.example.").isPresent());
    tools.pdnsutil("set-kind", "util.example", "master");
    ServedDatabase.await(
        () -> zone("util.example.").orElseThrow().header().kind() == ZoneHeader.Kind.MASTER);
    tools.pdnsutil("delete-zone", "util.example");
    ServedDatabase.await(() -> zone("util.example.").isEmpty());

    done(204, "DELETE", "/zones/made.example.", "");
    ServedDatabase.await(() -> zone("made.example.").isEmpty());
    assertThat(tools.log()).doesNotContain("permission denied");
  }

  @ParameterizedTest
  @MethodSource("versions")
  void keysAreHandledAsTheModeSays(PowerDnsVersion version) throws Exception {
    start(version);
    String zone = "{\"name\": \"%s.example.\", \"kind\": \"Native\", \"nameservers\": [\"ns.x.\"]}";
    done(201, "POST", "/zones", zone.formatted("live"));
    done(201, "POST", "/zones", zone.formatted("signed"));
    ServedDatabase.await(() -> zone("signed.example.").isPresent());

    // Of an unsigned zone: PowerDNS signs with it, through Keyward.
    done(201, "POST", "/zones/live.example./cryptokeys", KEYS);
    ServedDatabase.await(
        () -> zone("live.example.").map(Zone::cryptokeys).orElse(List.of()).size() == 1);

    // Of a zone that Keyward signs: it stays as it is.
    served.sign("signed.example");
    call("POST", "/zones/signed.example./cryptokeys", KEYS);
    done(204, "PATCH", "/zones/signed.example.", rrset("new.signed.example."));
    ServedDatabase.await(() -> has(zone("signed.example."), "new.signed.example.", "192.0.2.9"));
    Zone signed = zone("signed.example.").orElseThrow();
    assertThat(signed.metadata()).containsKey("PRESIGNED");
    assertThat(signed.cryptokeys()).isEmpty();
    assertThat(has(Optional.of(signed), "new.signed.example.", "A 13 3")).isTrue();
  }

  /** PowerDNS's own backend reads every row of cryptokeys, active or not, and fails at one. */
  @ParameterizedTest
  @MethodSource("versions")
  void sealedKeysStopNothing(PowerDnsVersion version) throws Exception {
    start(version);
    List<String> zones =
        List.of("clear.example", "live.example", "plain.example", "signed.example");
    for (String zone : zones) {
      served.load(zone, "@ 60 SOA ns1 h 1 2 3 4 60\n@ 60 NS ns1\nns1 60 A 192.0.2.1\n");
      ServedDatabase.await(() -> zone(zone + ".").isPresent());
    }
    served.sign("signed.example");
    for (String zone : List.of("clear.example", "live.example")) {
      done(201, "POST", "/zones/" + zone + "./cryptokeys", KEYS);
    }
    String key =
        BindPrivateKey.write(
                Algorithm.ECDSAP256SHA256,
                SoftwareKeys.generate(
                        Name.fromConstantString("live.example."),
                        Algorithm.ECDSAP256SHA256,
                        SoftwareKeys.KSK_FLAGS)
                    .privateKey()
                    .getEncoded())
            .replace("\n", "\\n");
    for (String active : List.of("true", "false")) {
      String added =
          ask(
              "addDomainKey",
              "\"key\":{\"flags\":257,\"active\":" + active + ",\"content\":\"" + key + "\"}");
      assertThat(added).contains("\"result\":").doesNotContain("false");
    }
    ServedDatabase.await(() -> zone("live.example.").orElseThrow().cryptokeys().size() == 3);
    assertServedByGpgsql(zones);

    // PowerDNS knows each by its id, wherever it is.
    for (CryptoKey stored : zone("live.example.").orElseThrow().cryptokeys()) {
      assertThat(ask("deactivateDomainKey", "\"id\":" + stored.id())).contains("true");
    }
    ServedDatabase.await(() -> keysOfLive().stream().noneMatch(CryptoKey::active));
    assertThat(keysOfLive()).extracting(CryptoKey::id).doesNotHaveDuplicates().hasSize(3);
    served.sql("DELETE FROM cryptokeys WHERE active");
    served.sign("plain.example", SigningMode.SPLIT);
    assertServedByGpgsql(zones);
    for (CryptoKey stored : keysOfLive()) {
      assertThat(ask("removeDomainKey", "\"id\":" + stored.id())).contains("true");
    }
    assertThat(served.texts("SELECT id::text FROM keyward.powerdns_keys WHERE zone ~ 'live'"))
        .isEmpty();
  }

  private List<CryptoKey> keysOfLive() {
    return zone("live.example.").orElseThrow().cryptokeys();
  }

  private String ask(String method, String parameters) throws Exception {
    try (UnixClient powerDns = new UnixClient(served.servers.socket())) {
      return powerDns.ask(
          "{\"method\":\"%s\",\"parameters\":{\"name\":\"live.example.\",%s}}"
              .formatted(method, parameters));
    }
  }

  private void assertServedByGpgsql(List<String> zones) throws Exception {
    assertThat(done(200, "GET", "/zones", "")).contains(zones);
    for (String zone : zones) {
      done(200, "GET", "/zones/" + zone + ".", "");
      done(200, "GET", "/zones/" + zone + "./cryptokeys", "");
      assertThat(tools.dig("+dnssec", "ns1." + zone, "A")).contains("NOERROR", "192.0.2.1");
      assertThat(tools.pdnsutil("show-zone", zone)).doesNotContain("rror:");
    }
    assertThat(tools.pdnsutil("list-keys")).doesNotContain("rror");
    assertThat(tools.pdnsutil("check-all-zones")).contains("Checked " + zones.size() + " zones");
  }

  static List<String> noKeys() {
    String begin = "Private-key-format: v1.2\nAlgorithm: ";
    String half = "A".repeat(20);
    String rsa = begin + "8\nModulus: %1$s\nPrivateExponent: %1$s\nCoefficient: %1$s\n";
    return List.of(
        "",
        "garbage",
        "keyward-sealed-v1:AAAA",
        begin + "99\nPrivateKey: " + half,
        begin + "13\n",
        begin + "13\nPrivateKey: ***",
        begin + "13\nPrivateKey: " + half,
        begin + "13\nPrivateKey: " + "AQEB".repeat(5),
        begin + "13\nPrivateKey: " + "AQEB".repeat(20),
        begin + "13\nPrivateKey: " + "A".repeat(43) + "=",
        begin + "13\nPrivateKey: GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=",
        begin + "14\nPrivateKey: " + "AQEB".repeat(5),
        begin + "14\nPrivateKey: " + "AQEB".repeat(30),
        begin + "15\nPrivateKey: " + "AQEB".repeat(10) + "AQE=",
        begin + "16\nPrivateKey: " + "AQEB".repeat(19),
        begin + "14\nPrivateKey: " + half,
        begin + "15\nPrivateKey: " + half,
        begin + "16\nPrivateKey: " + half,
        rsa.formatted(half),
        rsa.formatted("****"),
        (rsa + "Prime1: %1$s\nPrime2: %1$s\nExponent1: %1$s\nExponent2: %1$s\n").formatted("AQEB"),
        (rsa
                + "PublicExponent: %1$s\nPrime1: %1$s\nPrime2: %1$s\nExponent1: %1$s\nExponent2: %1$s\n")
            .formatted("AQEB"));
  }

  /** What cryptokeys takes, in use or not, PowerDNS's own backend reads. */
  @ParameterizedTest
  @MethodSource("versions")
  void noRowOfCryptokeysIsAnythingButAKey(PowerDnsVersion version) throws Exception {
    start(version);
    served.load("live.example", "@ 60 SOA ns1 h 1 2 3 4 60\n@ 60 NS ns1\nns1 60 A 192.0.2.1\n");
    List<String> taken = new ArrayList<>();
    List<String> values = new ArrayList<>(List.of("NULL"));
    noKeys().forEach(text -> values.add("E'" + text.replace("\n", "\\n") + "'"));
    for (String value : values) {
      String insert =
          "INSERT INTO cryptokeys (domain_id, flags, active, published, content)"
              + " SELECT id, 257, false, true, %s FROM domains";
      try {
        served.sql(insert.formatted(value));
      } catch (RuntimeException refused) {
        continue;
      }
      String seen =
          call("GET", "/zones", "").statusCode()
              + " "
              + call("GET", "/zones/live.example./cryptokeys", "").statusCode()
              + (tools.pdnsutil("list-keys").contains("Error") ? " list-keys ends" : "");
      taken.add(value + ": " + seen);
      served.sql("DELETE FROM cryptokeys");
    }
    assertThat(taken).hasSize(6).allMatch(line -> line.endsWith(": 200 200"));
  }

  /** One that this PowerDNS does not reach would cost it its list of zones. */
  @ParameterizedTest
  @MethodSource("versions")
  void rowsOfTokensStopNothing(PowerDnsVersion version) throws Exception {
    start(version);
    List<String> zones = List.of("plain.example", "token.example");
    for (String zone : zones) {
      served.load(zone, "@ 60 SOA ns1 h 1 2 3 4 60\n@ 60 NS ns1\nns1 60 A 192.0.2.1\n");
      ServedDatabase.await(() -> zone(zone + ".").isPresent());
    }
    for (String module : List.of("softhsm2", "no-such-module")) {
      served.sql("DELETE FROM cryptokeys");
      served.sql(
          "INSERT INTO cryptokeys (domain_id, flags, active, published, content) SELECT id, 257,"
              + " true, true, E'Private-key-format: v1.2\\nAlgorithm: 13\\nEngine: "
              + module
              + "\\nSlot: nowhere\\nPIN: 1234\\nLabel: k\\nPubLabel: k\\n'"
              + " FROM domains WHERE name = 'token.example'");
      assertServedByGpgsql(zones);
    }
    assertThat(tools.log()).doesNotContain("PKCS#11 token");
    assertThat(zone("token.example.").orElseThrow().cryptokeys()).hasSize(1);
  }

  private static String rrset(String owner) {
    return """
        {"rrsets": [{"name": "%s", "type": "A", "ttl": 60, "changetype": "REPLACE",
         "records": [{"content": "192.0.2.9", "disabled": false}]}]}"""
        .formatted(owner);
  }
}
