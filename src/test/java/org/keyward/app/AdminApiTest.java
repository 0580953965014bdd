package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.Javalin;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.store.TestDatabase;

@Tag("once")
class AdminApiTest {
  private static final String ZONE =
      """
      @ 3600 IN SOA ns1 hostmaster 1 10800 3600 604800 3600
      @ 3600 IN NS ns1
      ns1 3600 IN A 192.0.2.1
      """;

  @TempDir Path dir;
  private AdminServer server;

  @BeforeEach
  void start() throws Exception {
    server = new AdminServer(dir, false);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> change(String method, String path, String body) throws Exception {
    return server.send(server.operator, method, path, BodyPublishers.ofString(body));
  }

  private void signedZone(String zone) throws Exception {
    assertThat(change("PUT", "/zones/" + zone + "/records", ZONE).statusCode()).isEqualTo(200);
    String wanted = "{\"token\":\"t\",\"label\":\"powerdns\",\"reason\":\"ticket 17\"}";
    HttpResponse<String> asked = change("POST", "/zones/" + zone + "/assignment", wanted);
    assertThat(asked.statusCode()).isEqualTo(202);
    server.sign();
    String location = asked.headers().firstValue("Location").orElseThrow();
    assertThat(server.json(location.substring("/api/v1".length())).get("answer").asText())
        .isEqualTo(zone + " is signed");
  }

  // --- the description ---

  private JsonNode description() throws Exception {
    return server.description();
  }

  @Test
  void everyRouteIsDescribedAndEveryDescribedRouteIsThere() throws Exception {
    Set<String> described = new TreeSet<>();
    description()
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(
                        method ->
                            described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
    Set<String> served = new TreeSet<>();
    Javalin.create(config -> server.api.register(config.routes))
        .unsafe
        .internalRouter
        .allHttpHandlers()
        .forEach(handler -> served.add(handler.endpoint.method + " " + handler.endpoint.path));
    assertThat(served.remove("GET /openapi.json")).isTrue();
    assertThat(described).isEqualTo(served).hasSizeGreaterThan(20);
  }

  @Test
  void everyExampleIsAsItsSchemaSays() throws Exception {
    List<String> names = new ArrayList<>();
    description().at("/components/schemas").fieldNames().forEachRemaining(names::add);
    assertThat(names).hasSizeGreaterThan(20);
    for (String name : names) {
      JsonNode schema = description().at("/components/schemas/" + name);
      assertThat(schema.get("examples")).as(name).isNotEmpty();
      for (JsonNode example : schema.get("examples")) {
        assertThat(faults(name, example)).as(name).isEmpty();
      }
    }
    assertThat(faults("Problem", AdminServer.JSON.readTree("{\"title\":5}"))).isNotEmpty();
  }

  private List<String> faults(String schema, JsonNode value) throws Exception {
    return server.faults(schema, value);
  }

  @Test
  void whatIsAnsweredIsAsDescribed() throws Exception {
    signedZone("example.com");
    change("DELETE", "/zones/example.com/assignment?reason=moved", "");
    String[][] calls = {
      {"/whoami", "Bearer"},
      {"/status", "Status"},
      {"/zones?limit=1", "ZonePage"},
      {"/zones?order=runway&search=exam*com", "ZonePage"},
      {"/zones/example.com", "Zone"},
      {"/zones/example.com/check", "ZoneCheck"},
      {"/zones/EXAMPLE.com./ds?digest=sha256,sha384", "Ds"},
      {"/tokens", "Tokens"},
      {"/keys", "Keys"},
      {"/findings", "Findings"},
      {"/requests", "Requests"},
      {"/requests/1", "Request"},
      {"/audit?limit=2&actor=api:*", "AuditPage"},
      {"/zones/example.com/key-history", "KeyHistory"},
      {"/audit/verify", "Verification"}
    };
    for (String[] call : calls) {
      JsonNode reply = server.json(call[0]);
      assertThat(faults(call[1], reply)).as(call[0] + " " + reply).isEmpty();
      if (reply.has("items") && !call[0].equals("/findings")) {
        assertThat(reply.get("items")).as(call[0]).isNotEmpty();
      }
    }
    String line = server.get("/audit/export?zone=example.com").body().lines().findFirst().get();
    assertThat(faults("AuditEvent", AdminServer.JSON.readTree(line))).isEmpty();
    assertThat(server.get("/audit/export?format=csv").body()).startsWith("id,at,actor");
    assertThat(server.get("/zones/example.com/export").body()).contains("192.0.2.1");
  }

  @Test
  void aZoneThatCannotBeExportedWholeIsAConflict() throws Exception {
    TestDatabase.jdbi(server.database)
        .useTransaction(
            h -> {
              h.execute("SET LOCAL session_replication_role = replica"); // past the checks
              h.execute("INSERT INTO domains (name, type) VALUES ('broken.example', 'NATIVE')");
              h.execute(
                  "INSERT INTO records (domain_id, name, type, content, ttl)"
                      + " SELECT id, 'a.' || name, 'A', '192.0.2.300', 60 FROM domains"
                      + " WHERE name = 'broken.example'");
            });
    HttpResponse<String> reply = server.get("/zones/broken.example/export");
    assertThat(reply.statusCode()).isEqualTo(409);
    assertThat(reply.body()).contains("1 record of broken.example", "a.broken.example A");
  }

  @Test
  void theModeAndTheProofOfWhatIsNotThereCanBeChosen() throws Exception {
    signedZone("example.com");
    HttpResponse<String> mode = change("PUT", "/zones/example.com/mode", "{\"mode\":\"split\"}");
    assertThat(mode.statusCode()).as(mode.body()).isEqualTo(202);
    assertThat(faults("Accepted", AdminServer.JSON.readTree(mode.body()))).isEmpty();
    server.sign();
    assertThat(server.json("/requests/2").get("kind").asText()).isEqualTo("mode");
    assertThat(server.json("/requests/2").get("state").asText()).isNotEqualTo("queued");

    HttpResponse<String> denial =
        change("PUT", "/zones/example.com/denial", "{\"kind\":\"nsec3\"}");
    assertThat(denial.statusCode()).as(denial.body()).isEqualTo(200);
    assertThat(faults("Denial", AdminServer.JSON.readTree(denial.body()))).isEmpty();
    assertThat(metadata()).containsExactly("NSEC3PARAM 1 0 0 -");
    assertThat(change("PUT", "/zones/example.com/denial", "{\"kind\":\"nsec\"}").statusCode())
        .isEqualTo(200);
    assertThat(metadata()).isEmpty();
  }

  private List<String> metadata() {
    return TestDatabase.jdbi(server.database)
        .withHandle(
            h ->
                h.createQuery("SELECT kind || ' ' || content FROM domainmetadata")
                    .mapTo(String.class)
                    .list());
  }

  @Test
  void theLinterSpeaksHereToo() throws Exception {
    change("PUT", "/zones/example.com/records", ZONE);
    assertThat(server.json("/zones/example.com/check").get("findings").findValuesAsText("rule"))
        .contains("ns-single", "caa-absent");
  }

  @Test
  void whatTheDatabaseRefusesIsSaidToWhoeverAsked() throws Exception {
    signedZone("example.com");
    HttpResponse<String> wrong =
        change("PUT", "/zones/example.com/records", ZONE + "www 60 CNAME ns\nwww 60 A 192.0.2.1\n");
    assertThat(problem(wrong))
        .isEqualTo(
            "zone example.com: www.example.com has a CNAME beside other records (A): keep either"
                + " the CNAME alone or the others");
    assertThat(wrong.statusCode()).isEqualTo(400);

    TestDatabase.jdbi(server.database)
        .useHandle(
            h ->
                h.execute(
                    """
                    CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
                      RAISE EXCEPTION 'not on Fridays' USING ERRCODE = 'object_in_use'; END $$;
                    CREATE TRIGGER refuse BEFORE INSERT ON domains FOR EACH ROW EXECUTE FUNCTION refuse()
                    """));
    HttpResponse<String> conflict =
        change("POST", "/zones", "{\"zone\":\"a.test\",\"nameservers\":[\"ns.a.test\"]}");
    assertThat(problem(conflict)).isEqualTo("not on Fridays");
    assertThat(conflict.statusCode()).isEqualTo(409);
    TestDatabase.jdbi(server.database)
        .useHandle(
            h ->
                h.execute(
                    """
                    CREATE OR REPLACE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
                      RAISE EXCEPTION 'no such customer' USING ERRCODE = 'no_data_found'; END $$
                    """));
    assertThat(
            change("POST", "/zones", "{\"zone\":\"a.test\",\"nameservers\":[\"ns.a.test\"]}")
                .statusCode())
        .isEqualTo(404);
  }

  // --- who may ---

  @Test
  void withoutAGoodTokenNothingIsSaid() throws Exception {
    for (String token : List.of("", "kwt_wrong", server.operator + "x")) {
      HttpResponse<String> refused = server.send(token, "GET", "/zones", BodyPublishers.noBody());
      assertThat(refused.statusCode()).isEqualTo(401);
      assertThat(refused.headers().firstValue("WWW-Authenticate").orElse("")).contains("Bearer");
      assertThat(problem(refused)).contains("needs a good API token");
    }
  }

  @Test
  void anAuditorReadsAndChangesNothing() throws Exception {
    JsonNode paths = description().get("paths");
    List<String> refused = new ArrayList<>();
    for (String path : (Iterable<String>) paths::fieldNames) {
      for (String method : (Iterable<String>) paths.get(path)::fieldNames) {
        if (!method.equals("get")) {
          String below =
              path.substring("/api/v1".length())
                  .replaceAll("\\{(zone|policy|name|type)}", "x")
                  .replace("{id}", "1");
          HttpResponse<String> reply =
              server.send(
                  server.auditor,
                  method.toUpperCase(Locale.ROOT),
                  below,
                  BodyPublishers.ofString("{}"));
          assertThat(reply.statusCode()).as(method + path).isEqualTo(403);
          refused.add(path);
        }
      }
    }
    assertThat(refused).hasSizeGreaterThan(5);
  }

  @Test
  void theAuditLogNamesTheToken() throws Exception {
    signedZone("example.com");
    JsonNode event = server.json("/audit?zone=example.com&actor=api:alice").get("items").get(0);
    assertThat(event.get("action").asText()).isEqualTo("ASSIGN");
    assertThat(event.get("detail").asText()).isEqualTo("ticket 17");
    assertThat(change("DELETE", "/zones/example.com", "").statusCode())
        .as("it is signed")
        .isEqualTo(409);
    assertThat(change("DELETE", "/zones/example.com?insist=true", "").statusCode())
        .as("no reason")
        .isGreaterThanOrEqualTo(400);
    assertThat(change("DELETE", "/zones/example.com?insist=true&reason=gone", "").statusCode())
        .isEqualTo(204);
    assertThat(server.json("/audit?limit=1").get("items").get(0).get("actor").asText())
        .isEqualTo("api:alice");
  }

  // --- what is wrong ---

  private static String problem(HttpResponse<String> reply) throws Exception {
    assertThat(reply.headers().firstValue("Content-Type").orElse(""))
        .isEqualTo("application/problem+json");
    JsonNode problem = AdminServer.JSON.readTree(reply.body());
    assertThat(problem.get("status").asInt()).isEqualTo(reply.statusCode());
    return problem.get("detail").asText();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET|/zones/none.example||404|there is no zone none.example",
        "GET|/nothing||404|there is no such route",
        "GET|/requests/99||404|there is no request 99",
        "GET|/requests/x||400|'x' is not a number",
        "GET|/zones/a..b||400|'a..b' is not a domain name",
        "GET|/zones?limit=0||400|limit must be from 1 to 1000",
        "GET|/zones?order=size||400|order is name or runway",
        "GET|/zones?order=runway&after=x||400|after is not the 'next'",
        "GET|/audit?from=yesterday||400|'yesterday' is not a moment",
        "GET|/audit/verify?head=12||400|is not a hash of 64 hex digits",
        "GET|/zones/example.com/ds?digest=md5||400|md5 is none of",
        "GET|/zones/example.com/ds||404|has no key",
        "POST|/zones|{\"zone\":\"example.com\",\"nameservers\":[\"ns.x\"]}|409|is there already",
        "POST|/zones|{\"zone\":\"a.example\",\"nameservers\":[]}|400|at least one",
        "POST|/zones|{\"zone\":\"a.example\",\"colour\":1}|400|unknown field 'colour'; known are hostmaster, kind",
        "POST|/zones|{|400|the body is not as described",
        "POST|/zones|null|400|must be a JSON object",
        "POST|/zones/example.com/assignment|{\"token\":\"t\"}|400|needs 'token' and 'label'",
        "POST|/requests/99/approval||404|there is no request 99",
        "PUT|/zones/example.com/mode|{\"mode\":\"live\"}|400|mode 'live' is none of",
        "PUT|/zones/example.com/mode|{}|400|needs 'mode'",
        "PUT|/zones/example.com/denial|{\"kind\":\"nsec5\"}|400|kind is nsec or nsec3",
        "PUT|/zones/none.example/denial|{\"kind\":\"nsec\"}|404|there is no zone none.example",
        "PUT|/zones/b.example/records|@ 3600 IN NONSENSE x|400|line 1",
        "PUT|/zones/b.example/records|$INCLUDE /etc/passwd|400|$INCLUDE and $GENERATE are not",
        "PUT|/zones/b.example/records|( \"$generate\" 1-9 a$ A 192.0.2.$|400|$INCLUDE and $GENERATE"
      })
  void aMistakeIsAProblemDocument(
      String method, String path, String body, int status, String detail) throws Exception {
    change("PUT", "/zones/example.com/records", ZONE);
    HttpResponse<String> reply = change(method, path, body == null ? "" : body);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(status);
    assertThat(problem(reply)).contains(detail);
  }

  @Test
  void tooMuchIsRefusedWhetherItsLengthIsSaidOrNot() throws Exception {
    byte[] much = "x".repeat(70_000).getBytes(StandardCharsets.US_ASCII);
    BodyPublisher chunked = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(much));
    for (BodyPublisher body : List.of(BodyPublishers.ofByteArray(much), chunked)) {
      HttpResponse<String> reply = server.send(server.operator, "POST", "/zones", body);
      assertThat(reply.statusCode()).isEqualTo(413);
      assertThat(problem(reply)).contains("65536 bytes");
    }
  }

  // --- secrets, names, pages ---

  @Test
  void nothingSecretComesOut() throws Exception {
    signedZone("example.com");
    TestDatabase.jdbi(server.database)
        .useHandle(
            h -> {
              h.execute(
                  "INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('k', 'hmac-sha256', 'TSIGSECRET==')");
              h.execute(
                  "INSERT INTO cryptokeys (domain_id, flags, active, published, content)"
                      + " SELECT id, 257, true, true, E'Algorithm: 13\\nPrivateKey: CRYPTOKEYSECRET=' FROM domains");
            });
    List<String> sealed =
        TestDatabase.jdbi(server.database)
            .withHandle(
                h ->
                    h.createQuery(
                            "SELECT encode(sealed, f) FROM keyward.zsk,"
                                + " unnest(ARRAY['base64', 'hex']) f")
                        .mapTo(String.class)
                        .list());
    assertThat(sealed).hasSize(2);
    StringBuilder all = new StringBuilder();
    JsonNode paths = description().get("paths");
    for (String path : (Iterable<String>) paths::fieldNames) {
      if (paths.get(path).has("get")) {
        String below =
            path.substring("/api/v1".length())
                .replace("{zone}", "example.com")
                .replace("{policy}", "default")
                .replace("{id}", "1");
        all.append(server.get(below).body());
      }
    }
    assertThat(all)
        .contains("example.com", "powerdns")
        .doesNotContain("CRYPTOKEYSECRET", "TSIGSECRET", "PrivateKey", "kwt_")
        .doesNotContain(sealed);
  }

  @Test
  void theRootAndZonesWithASlashHaveAPath() throws Exception {
    for (String zone : List.of("=2E", "0=2F25.2.0.192.in-addr.arpa")) {
      assertThat(change("PUT", "/zones/" + zone + "/records", ZONE).statusCode()).isEqualTo(200);
      assertThat(server.get("/zones/" + zone).statusCode()).isEqualTo(200);
    }
    assertThat(server.json("/zones").get("items")).hasSize(2);
  }

  @Test
  void pagesGiveEveryZoneOnceInEitherOrder() throws Exception {
    TestDatabase.jdbi(server.database)
        .useHandle(
            h ->
                h.execute(
                    "INSERT INTO domains (name, type)"
                        + " SELECT 'z' || n || '.example', 'NATIVE' FROM generate_series(1, 2500) n"));
    for (String zone : List.of("a.test", "b.test", "c.test")) {
      signedZone(zone);
    }
    assertThat(all("/zones?limit=1000")).hasSize(2503).doesNotHaveDuplicates();
    assertThat(all("/zones?limit=700&search=z1*.example")).hasSize(1111).doesNotHaveDuplicates();
    assertThat(all("/zones?limit=2&order=runway"))
        .containsExactlyInAnyOrder("a.test", "b.test", "c.test");
  }

  private List<String> all(String path) throws Exception {
    List<String> zones = new ArrayList<>();
    String after = "";
    Set<String> cursors = new HashSet<>();
    do {
      JsonNode page =
          server.json(path + "&after=" + java.net.URLEncoder.encode(after, StandardCharsets.UTF_8));
      page.get("items").forEach(zone -> zones.add(zone.get("zone").asText()));
      after = page.get("next").isNull() ? "" : page.get("next").asText();
      assertThat(cursors.add(after)).isTrue();
    } while (!after.isEmpty());
    return zones;
  }

  @Test
  void twoPeopleAreNeededWhereTheConfigurationSaysSo() throws Exception {
    server.close();
    server = new AdminServer(dir, true);
    change("PUT", "/zones/example.com/records", ZONE);
    HttpResponse<String> asked = change("DELETE", "/zones/example.com?reason=gone", "");
    assertThat(asked.statusCode()).isEqualTo(202);
    assertThat(server.get("/zones/example.com").statusCode()).isEqualTo(200);
    assertThat(server.json("/requests?state=waiting").get("items")).hasSize(1);
    HttpResponse<String> own = change("POST", "/requests/1/approval", "");
    assertThat(own.statusCode()).isEqualTo(409);
    assertThat(problem(own)).contains("api:alice made request 1");
    HttpResponse<String> other =
        server.send(server.secondOperator, "POST", "/requests/1/approval", BodyPublishers.noBody());
    assertThat(other.statusCode()).isEqualTo(200);
    assertThat(faults("Request", AdminServer.JSON.readTree(other.body()))).isEmpty();
    assertThat(server.get("/zones/example.com").statusCode()).isEqualTo(404);
  }
}
