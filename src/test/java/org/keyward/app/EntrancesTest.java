package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.admin.WantedZone;
import org.keyward.config.Secret;
import org.keyward.remote.RemoteBackend;
import org.keyward.remote.TransactionLimits;
import org.keyward.remote.UnixSocketServer;
import org.keyward.remote.UnixSocketSettings;
import org.keyward.remote.Writing;
import org.keyward.signing.Seal;
import org.keyward.store.PostgresChangeFeed;
import org.keyward.store.PostgresReplication;
import org.keyward.store.PostgresZoneKeys;
import org.keyward.store.PostgresZoneWriter;
import org.keyward.store.PostgresZones;
import org.keyward.store.SigningReader;
import org.keyward.store.TestDatabase;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.ZoneFollower;
import org.keyward.zone.ZoneMemory;
import org.xbill.DNS.Name;

/**
 * The same record through each entrance: {@code INSERT}, {@code keyward.replace_rrset}, {@code
 * keyward zone import}, the admin API and PowerDNS's protocol take it, or refuse it for one reason.
 */
@Tag("once")
@Timeout(120)
class EntrancesTest {
  private static final String TAKEN = "taken";
  private static final String APEX =
      """
      @ 60 IN SOA ns.example.net. hm.example.net. 1 10800 3600 604800 3600
      @ 60 IN NS ns.example.net.
      """;

  @TempDir static Path dir;
  private static AdminServer server;
  private static ZoneAdministration zones;
  private static ZoneFollower follower;
  private static UnixSocketServer protocol;
  private static SocketChannel channel;
  private static BufferedReader replies;

  @BeforeAll
  static void start() throws Exception {
    server = new AdminServer(dir, false);
    zones = ZoneAdministration.open(server.config);
    PostgresZones source = new PostgresZones(server.database, SigningReader.NONE);
    LoadedZones loaded = new LoadedZones(source, source, Clock.systemUTC(), ZoneMemory.ofHeap());
    ServedChanges served = new ServedChanges();
    follower =
        new ZoneFollower(
            new PostgresChangeFeed(server.database), loaded, Clock.systemUTC(), served);
    follower.start();
    Writing writing =
        new Writing(
            new PostgresZoneWriter(server.database, served),
            new PostgresReplication(server.database, served),
            new PostgresZoneKeys(server.database, served, new Seal(Secret.of(new byte[32]))),
            TransactionLimits.DEFAULT,
            true);
    Path socket = dir.resolve("pdns.sock");
    protocol =
        UnixSocketServer.start(
            new RemoteBackend(
                loaded, writing, "test", new SimpleMeterRegistry(), Clock.systemUTC()),
            new UnixSocketSettings(
                socket, UnixSocketSettings.DEFAULT_PERMISSIONS, 8, 10_000, Duration.ofSeconds(30)));
    channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    replies = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
    zones.importFile(
        ZoneAdministration.name("example.com"),
        file(APEX + "there 60 IN A 192.0.2.9\n"),
        Steps.NOBODY);
  }

  @AfterAll
  static void stop() throws Exception {
    channel.close();
    protocol.close();
    follower.close();
    zones.close();
    server.close();
  }

  private static void leaveTheApex() {
    sql(
        "DELETE FROM records WHERE name <> 'there.example.com'"
            + " AND NOT (name = 'example.com' AND type IN ('SOA', 'NS'))");
  }

  private static Path file(String text) throws IOException {
    return Files.writeString(dir.resolve("zone"), text);
  }

  private static void sql(String statement, Object... arguments) {
    TestDatabase.jdbi(server.database).useTransaction(h -> h.execute(statement, arguments));
  }

  /** As somebody writes it in a master file, names whole. */
  record Given(String owner, String ttl, String type, String content) {
    String storedOwner() {
      return owner.replaceFirst("\\.$", "");
    }

    String line() {
      return owner + " " + ttl + " IN " + type + " " + content + "\n";
    }

    boolean ranked() {
      return (type.equals("MX") || type.equals("SRV")) && content.matches("\\d+ .*");
    }

    Integer storedPriority() {
      return ranked() ? Integer.valueOf(content.replaceFirst(" .*", "")) : null;
    }

    /** Names in rows have no last dot. */
    String storedContent() {
      String rest = ranked() ? content.replaceFirst("^\\d+ ", "") : content;
      return rest.replaceAll("(?<=[^. \\\\])\\.(?= |$)", "");
    }

    /** PowerDNS sends what is no ASCII as escaped bytes; in texts it leaves it. */
    String sent(String text) {
      StringBuilder sent = new StringBuilder();
      for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
        sent.append(b < 0 ? "\\%03d".formatted(b & 0xff) : String.valueOf((char) b));
      }
      return type.equals("TXT") ? text : sent.toString();
    }
  }

  /** A way in; says why it refuses. */
  @FunctionalInterface
  interface Entrance {
    String put(Given given) throws Exception;
  }

  private static final Map<String, Entrance> ENTRANCES = new LinkedHashMap<>();

  static {
    ENTRANCES.put("INSERT", EntrancesTest::insert);
    ENTRANCES.put("replace_rrset", EntrancesTest::replace);
    ENTRANCES.put("zone import", EntrancesTest::importFile);
    ENTRANCES.put("API", EntrancesTest::overTheApi);
    ENTRANCES.put("API, RRsets", EntrancesTest::patchOverTheApi);
    ENTRANCES.put("protocol", EntrancesTest::overTheProtocol);
  }

  private static String insert(Given given) {
    sql(
        "INSERT INTO records (domain_id, name, type, content, ttl, prio)"
            + " SELECT id, ?, ?, ?, ?::INT, ? FROM domains WHERE name = 'example.com'",
        given.storedOwner(),
        given.type(),
        given.storedContent(),
        given.ttl(),
        given.storedPriority());
    return TAKEN;
  }

  private static String replace(Given given) {
    sql(
        "SELECT keyward.replace_rrset('example.com', ?, ?, ?::BIGINT, ARRAY[?])",
        given.owner(),
        given.type(),
        given.ttl(),
        given.content());
    return TAKEN;
  }

  private static String whole(Given given) {
    return APEX + "there 60 IN A 192.0.2.9\n" + given.line();
  }

  private static String importFile(Given given) throws IOException {
    zones.importFile(ZoneAdministration.name("example.com"), file(whole(given)), Steps.NOBODY);
    return TAKEN;
  }

  private static String overTheApi(Given given) throws Exception {
    HttpResponse<String> said =
        server.send(
            server.operator,
            "PUT",
            "/zones/example.com/records",
            BodyPublishers.ofString(whole(given)));
    JsonNode body = AdminServer.JSON.readTree(said.body());
    return said.statusCode() == 200 ? TAKEN : body.get("detail").asText();
  }

  private static String patchOverTheApi(Given given) throws Exception {
    Map<String, Object> change =
        Map.of(
            "name",
            given.owner(),
            "type",
            given.type(),
            "ttl",
            Long.parseLong(given.ttl()),
            "add",
            List.of(given.content()));
    HttpResponse<String> said =
        server.send(
            server.operator,
            "PATCH",
            "/zones/example.com/rrsets",
            BodyPublishers.ofString(
                AdminServer.JSON.writeValueAsString(Map.of("changes", List.of(change)))));
    JsonNode body = AdminServer.JSON.readTree(said.body());
    return said.statusCode() == 200 ? TAKEN : body.get("detail").asText();
  }

  /** As 'pdnsutil add-record' does. */
  private static String overTheProtocol(Given given) throws Exception {
    ask("startTransaction", Map.of("domain", "example.com.", "domain_id", -1, "trxid", 1));
    String owner = given.sent(given.owner());
    Map<String, Object> record =
        Map.of(
            "qname",
            owner,
            "qtype",
            given.type(),
            "qclass",
            1,
            "auth",
            true,
            "content",
            given.sent(given.content()),
            "ttl",
            Long.parseLong(given.ttl()));
    JsonNode replaced =
        ask(
            "replaceRRSet",
            Map.of(
                "domain_id",
                1,
                "qname",
                owner,
                "qtype",
                given.type(),
                "rrset",
                new Object[] {record},
                "trxid",
                1));
    JsonNode committed = ask("commitTransaction", Map.of("trxid", 1));
    boolean taken = replaced.path("result").asBoolean() && committed.path("result").asBoolean();
    return taken ? TAKEN : replaced.get("log") + " " + committed.get("log");
  }

  private static JsonNode ask(String method, Map<String, Object> parameters) throws IOException {
    String line =
        AdminServer.JSON.writeValueAsString(Map.of("method", method, "parameters", parameters));
    channel.write(StandardCharsets.UTF_8.encode(line + "\n"));
    return AdminServer.JSON.readTree(replies.readLine());
  }

  private static Map<String, String> outcomes(Given given) throws Exception {
    Map<String, String> outcomes = new LinkedHashMap<>();
    for (Map.Entry<String, Entrance> entrance : ENTRANCES.entrySet()) {
      leaveTheApex();
      String said;
      try {
        said = entrance.getValue().put(given);
      } catch (IOException | RuntimeException e) {
        said = e.getMessage();
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
          said = said + " " + cause.getMessage();
        }
      }
      outcomes.put(entrance.getKey(), said);
    }
    return outcomes;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // what everybody writes
        "www.example.com. | 60 | A | 192.0.2.1 | taken",
        "www.example.com. | 0 | CNAME | www.example.net. | taken",
        "example.com. | 60 | MX | 10 mail.example.net. | taken",
        "_sip._tcp.example.com. | 60 | SRV | 1 2 5060 sip.example.net. | taken",
        "www.example.com. | 60 | TYPE65280 | \\# 1 00 | taken",
        "www.example.com. | 60 | TXT | \"café\" | taken",
        "www.example.com. | 60 | HTTPS | 1 . alpn=h2 | taken",
        "www.example.com. | 60 | CNAME | xn--bcher-kva.example. | taken",
        "a\\032b._ipp._tcp.example.com. | 60 | A | 192.0.2.1 | taken",
        "_ipp._tcp.example.com. | 60 | PTR | B\\195\\188ro._ipp._tcp.example.com. | taken",
        "b\\195\\188ro._ipp._tcp.example.com. | 60 | A | 192.0.2.1 | taken",
        "www.example.com. | 60 | CNAME | b\\252cher.example. | taken",
        // international names
        "bücher.example.com. | 60 | A | 192.0.2.1 | write xn--bcher-kva.example.com",
        "b\\195\\188cher.example.com. | 60 | A | 192.0.2.1 | write xn--bcher-kva.example.com",
        "www.example.com. | 60 | CNAME | bücher.example. | write xn--bcher-kva.example",
        "www.example.com. | 60 | CNAME | b\\195\\188cher.example. | write xn--bcher-kva.example",
        "www.example.com. | 60 | DNAME | BÜCHER.example. | write xn--bcher-kva.example",
        "www.example.com. | 60 | PTR | bücher.example. | write xn--bcher-kva.example",
        "www.example.com. | 60 | NS | bücher.example. | write xn--bcher-kva.example",
        "www.example.com. | 60 | ALIAS | bücher.example. | write xn--bcher-kva.example",
        "www.example.com. | 60 | MX | 10 bücher.example. | write xn--bcher-kva.example",
        "www.example.com. | 60 | SRV | 1 2 3 bücher.example. | write xn--bcher-kva.example",
        "www.example.com. | 60 | SVCB | 1 bücher.example. | write xn--bcher-kva.example",
        "www.example.com. | 60 | HTTPS | 1 bücher.example. alpn=h2 | write xn--bcher-kva.example",
        "www.example.com. | 60 | RP | a.example. bücher.example. | write xn--bcher-kva.example",
        "www.example.com. | 60 | AFSDB | 1 bücher.example. | write xn--bcher-kva.example",
        "www.example.com. | 60 | KX | 1 bücher.example. | write xn--bcher-kva.example",
        "www.example.com. | 60 | LP | 1 bücher.example. | write xn--bcher-kva.example",
        "www.example.com. | 60 | NAPTR | 1 2 \"u\" \"a b\" \"\" bücher.example. |"
            + " write xn--bcher-kva.example",
        "www.example.com. | 60 | CNAME | 例え.テスト. | write xn--r8jz45g.xn--zckzah",
        "www.example.com. | 60 | CNAME | straße.example. | has a character outside ASCII; write",
        // addresses for names, and names for addresses
        "www.example.com. | 60 | NS | 192.0.2.1 | is an address",
        "www.example.com. | 60 | CNAME | 192.0.2.1. | is an address",
        "www.example.com. | 60 | MX | 10 192.0.2.1 | is an address",
        "www.example.com. | 60 | A | www.example.net. | is no IPv4 address; write four numbers",
        "www.example.com. | 60 | AAAA | 192.0.2.1 | is no IPv6 address; write it like 2001:db8::1",
        // types
        "www.example.com. | 60 | FOO | x | PowerDNS knows no type 'FOO'",
        // lifetimes
        "www.example.com. | -1 | A | 192.0.2.1 | TTL is negative",
        "www.example.com. | 2147483647 | A | 192.0.2.1 | taken",
        "www.example.com. | 2147483648 | A | 192.0.2.1 | too large / out of range for type integer",
        // between records
        "there.example.com. | 60 | CNAME | www.example.net. | has a CNAME beside other records",
        "example.com. | 60 | CNAME | www.example.net. | has a CNAME beside other records",
        "www.example.net. | 60 | A | 192.0.2.1 | outside",
      })
  void theSameIsTakenOrRefusedForOneReason(
      String owner, String ttl, String type, String content, String outcome) throws Exception {
    Map<String, String> outcomes = outcomes(new Given(owner, ttl, type, content));
    String[] reasons = outcome.split(" / ");
    assertThat(outcomes.values()).allSatisfy(said -> assertThat(said).containsAnyOf(reasons));
  }

  // --- zones ---

  /** Of a copy the second entrance, which has no primaries, is left out. */
  private static Map<String, String> madeBy(String name, String kind, String primary)
      throws Exception {
    Map<String, Callable<Object>> ways = new LinkedHashMap<>();
    ways.put(
        "INSERT",
        () -> {
          sql("INSERT INTO domains (name, type, master) VALUES (?, ?, ?)", name, kind, primary);
          return TAKEN;
        });
    List<String> servers = primary == null ? List.of("ns.example.net") : List.of();
    List<String> primaries = primary == null ? List.of() : List.of(primary);
    if (primary == null) {
      ways.put(
          "create_zone",
          () -> {
            sql("SELECT keyward.create_zone(?, ARRAY['ns.example.net'], NULL, ?)", name, kind);
            return TAKEN;
          });
    }
    ways.put(
        "zone create",
        () -> {
          zones.create(
              new WantedZone(
                  ZoneAdministration.name(name),
                  kind,
                  servers.stream().map(ZoneAdministration::name).toList(),
                  Optional.empty(),
                  primaries));
          return TAKEN;
        });
    ways.put(
        "API",
        () -> {
          Map<String, Object> body =
              Map.of("zone", name, "nameservers", servers, "kind", kind, "primaries", primaries);
          HttpResponse<String> said =
              server.send(
                  server.operator,
                  "POST",
                  "/zones",
                  BodyPublishers.ofString(AdminServer.JSON.writeValueAsString(body)));
          JsonNode reply = AdminServer.JSON.readTree(said.body());
          return said.statusCode() == 201 ? TAKEN : reply.get("detail").asText();
        });
    Map<String, String> outcomes = new LinkedHashMap<>();
    for (Map.Entry<String, Callable<Object>> way : ways.entrySet()) {
      sql("DELETE FROM domains WHERE name <> 'example.com'");
      String said;
      try {
        said = String.valueOf(way.getValue().call());
      } catch (RuntimeException e) {
        said = e.getMessage();
      }
      outcomes.put(way.getKey(), said.equals(TAKEN) ? said + " as " + stored(name) : said);
    }
    return outcomes;
  }

  private static String stored(String name) {
    return TestDatabase.jdbi(server.database)
        .withHandle(
            h ->
                h.createQuery("SELECT concat_ws(' ', type, master) FROM domains WHERE name = :name")
                    .bind("name", name)
                    .mapTo(String.class)
                    .one());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "new.test | NATIVE | | taken as NATIVE",
        "new.test | PRIMARY | | taken as MASTER",
        "new.test | primary | | taken as MASTER",
        "new.test | MASTER | | taken as MASTER",
        "new.test | SECONDARY | 192.0.2.1 | taken as SLAVE 192.0.2.1",
        "new.test | SLAVE | [2001:db8::1]:5300 | taken as SLAVE [2001:db8::1]:5300",
        "new.test | SECONDARY | ns1.example.net | its primary 'ns1.example.net' is no address",
        "new.test | FOO | | cannot be of type FOO; write NATIVE, PRIMARY, SECONDARY",
        "-bad-.com | NATIVE | | has a label that begins or ends with a hyphen",
        "b\\195\\188cher.example | NATIVE | | has a byte outside ASCII",
        "b\\252cher.example | PRIMARY | | has a byte outside ASCII",
        "bücher.example | NATIVE | | has a character outside ASCII; write xn--bcher-kva.example",
        "bücher.example | SECONDARY | 192.0.2.1 | write xn--bcher-kva.example",
        "xn--bcher-kva.example | NATIVE | | taken as NATIVE"
      })
  void theSameZoneIsMadeOrRefusedForOneReason(
      String name, String kind, String primary, String outcome) throws Exception {
    Map<String, String> outcomes = madeBy(name, kind, primary);
    assertThat(outcomes).hasSize(primary == null ? 4 : 3);
    assertThat(outcomes.values()).allSatisfy(said -> assertThat(said).contains(outcome));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SECONDARY | | | needs the address of a primary",
        "SECONDARY | ns.example.net | 192.0.2.1 | leave out name servers",
        "NATIVE | | | needs at least one name server",
        "PRIMARY | ns.example.net | 192.0.2.1 | has no primaries"
      })
  void whatDoesNotBelongToAKindIsRefused(String kind, String server, String primary, String why) {
    Name zone = ZoneAdministration.name("new.test");
    assertThatThrownBy(
            () ->
                new WantedZone(
                    zone,
                    kind,
                    server == null ? List.of() : List.of(ZoneAdministration.name(server)),
                    Optional.empty(),
                    primary == null ? List.of() : List.of(primary)))
        .hasMessageContaining(why);
  }
}
