package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.admin.ConflictException;
import org.keyward.admin.NoSuchThingException;
import org.keyward.signing.SoftwareTokens;
import org.keyward.store.TestDatabase;
import org.keyward.zone.ImportPreview;
import org.keyward.zone.RefusedChangeException;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** What commands with --dry-run do says what would happen, and leaves the database as it is. */
class DryRunTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private static final String RECORDS =
      """
      @ 60 IN SOA ns hm 1 2 3 4 5
      @ 60 IN NS ns
      ns 60 IN A 192.0.2.1
      """;

  @TempDir Path dir;
  private AdminServer server;
  private ZoneAdministration zones;
  private SigningPreview signing;

  @BeforeEach
  void start() throws Exception {
    server = new AdminServer(dir, false);
    zones = ZoneAdministration.open(server.config);
    signing = SigningPreview.open(server.config);
    zones.importFile(ZONE, file(RECORDS), Steps.NOBODY);
    server.sign(); // tells of its token
    TestDatabase.jdbi(server.database)
        .useHandle(
            h ->
                h.execute(
                    "INSERT INTO keyward.token_key (token_name, token_serial, label, cka_id,"
                        + " algorithm, public_key, key_tag)"
                        + " VALUES ('t', ?, 'powerdns', '1', 13, '\\x00', 1)",
                    SoftwareTokens.SERIAL));
  }

  @AfterEach
  void stop() {
    signing.close();
    zones.close();
    server.close();
  }

  private Path file(String text) throws Exception {
    return Files.writeString(dir.resolve("zone"), text);
  }

  /** All rows, and how far each sequence is. */
  private List<String> dump() {
    return TestDatabase.jdbi(server.database)
        .withHandle(
            h -> {
              List<String> rows = new ArrayList<>();
              h.createQuery(
                      """
                      SELECT format('SELECT %L || t::text FROM %I.%I t ORDER BY 1', table_name,
                        table_schema, table_name)
                      FROM information_schema.tables
                      WHERE table_schema IN ('public', 'keyward') AND table_type = 'BASE TABLE'
                      UNION ALL SELECT
                        'SELECT schemaname || sequencename || coalesce(last_value, 0) FROM pg_sequences'
                      """)
                  .mapTo(String.class)
                  .forEach(query -> rows.addAll(h.createQuery(query).mapTo(String.class).list()));
              return rows;
            });
  }

  private void says(String text, Callable<String> preview) throws Exception {
    List<String> before = dump();
    String said;
    try {
      said = preview.call();
    } catch (ConflictException | NoSuchThingException | RefusedChangeException e) {
      said = "refused: " + e.getMessage();
    }
    assertThat(said)
        .contains(text)
        .matches(text.startsWith("refused") ? "refused.*" : "(?!refused).*");
    assertThat(dump()).isNotEmpty().isEqualTo(before);
  }

  /** The same over the API. */
  private Callable<String> api(String method, String path, String body) {
    return () -> {
      String mark = path.contains("?") ? "&" : "?";
      HttpResponse<String> said =
          server.send(
              server.operator,
              method,
              "/zones/" + path + mark + "dry-run=true",
              BodyPublishers.ofString(body));
      JsonNode reply = AdminServer.JSON.readTree(said.body());
      if (said.statusCode() == 200) {
        assertThat(server.faults("DryRun", reply)).isEmpty();
        return reply.get("outcome").asText() + reply.path("added") + reply.path("removed");
      }
      return "refused: " + reply.get("detail").asText();
    };
  }

  private static String key(String token, String label) {
    return "{\"token\":\"%s\",\"label\":\"%s\"}".formatted(token, label);
  }

  private String assign(String token, String label) {
    return signing.assign(ZONE, token, label, Optional.empty(), Optional.empty());
  }

  private void sign(String zone) throws Exception {
    server.signedZone(zone);
  }

  private String preview(Name zone, String text) throws Exception {
    ImportPreview preview = zones.previewImport(zone, file(text), Steps.NOBODY);
    return preview.toString();
  }

  @Test
  void ofAnImport() throws Exception {
    says(
        "ImportPreview[isNew=false, added=[ns.example.com 60 A 192.0.2.2, www.example.com 60 A"
            + " 192.0.2.3], removed=[ns.example.com 60 A 192.0.2.1], kept=2]",
        () -> preview(ZONE, RECORDS.replace("192.0.2.1", "192.0.2.2") + "www 60 IN A 192.0.2.3\n"));
    says(
        "isNew=true, added=[new.test 60 SOA",
        () -> preview(Name.fromConstantString("new.test."), RECORDS));
    says(
        "refused: the database refused: zone example.com: www.example.com has a CNAME",
        () -> preview(ZONE, RECORDS + "www 60 IN A 192.0.2.3\nwww 60 IN CNAME ns\n"));
  }

  @Test
  void overTheApi() throws Exception {
    String changed = RECORDS.replace("192.0.2.1", "192.0.2.2");
    says(
        "would change example.com: 1 records added, 1 removed, 2 as they are"
            + "[\"ns.example.com 60 A 192.0.2.2\"][\"ns.example.com 60 A 192.0.2.1\"]",
        api("PUT", "example.com/records", changed));
    says("would make the zone new.test: 3 records", api("PUT", "new.test/records", RECORDS));
    says(
        "refused: line 4: its TTL is negative",
        api("PUT", "example.com/records", RECORDS + "a -1 IN A 192.0.2.1\n"));
    says(
        "refused: zone example.com: www.example.com has a CNAME",
        api("PUT", "example.com/records", RECORDS + "www 60 IN A 192.0.2.3\nwww 60 IN CNAME ns\n"));
    says("would delete example.com with 3 records", api("DELETE", "example.com", ""));
    says("refused: there is no zone", api("DELETE", "nothing.test", ""));
    String assignment = "example.com/assignment";
    says(
        "would be signed in mode presigned with the key 'powerdns' on",
        api("POST", assignment, key("t", "powerdns")));
    says("refused: token 't' had no key 'wrong'", api("POST", assignment, key("t", "wrong")));
    says("refused: example.com has no key", api("DELETE", assignment, ""));
    says("refused: example.com has no key", api("PUT", "example.com/mode", "{\"mode\":\"split\"}"));
    sign("example.com");
    says("nothing would change", api("POST", assignment, key("t", "powerdns")));
    says("would stay signed with the key 'powerdns' until", api("DELETE", assignment, ""));
    says(
        "would go from mode presigned to split",
        api("PUT", "example.com/mode", "{\"mode\":\"split\"}"));
    says(
        "refused: example.com is signed with the key 'powerdns'", api("DELETE", "example.com", ""));
    says(
        "would delete example.com with 2 records",
        api("DELETE", "example.com?insist=true&reason=moved", ""));
  }

  @Test
  void ofADeletion() throws Exception {
    says(
        "would delete example.com with 3 records",
        () -> zones.previewDelete(ZONE, false, "", "os:alice"));
    says(
        "refused: there is no zone",
        () -> zones.previewDelete(Name.fromConstantString("nothing.test."), false, "", "os:alice"));
    sign("example.com");
    says(
        "refused: example.com is signed with the key 'powerdns'",
        () -> zones.previewDelete(ZONE, false, "", "os:alice"));
    says(
        "would delete example.com with 2 records",
        () -> zones.previewDelete(ZONE, true, "moved", "os:alice"));
  }

  @Test
  void ofWhatTheSignerWouldDo() throws Exception {
    says(
        "would be signed in mode presigned with the key 'powerdns' on",
        () -> assign("t", "powerdns"));
    says("refused: token 't' had no key 'wrong'", () -> assign("t", "wrong"));
    says("refused: no signer has a token 'x'; there are t", () -> assign("x", "powerdns"));
    says("refused: example.com has no key", () -> signing.unassign(ZONE));
    says("refused: example.com has no key", () -> signing.mode(ZONE, SigningMode.SPLIT));
    sign("example.com");
    says("nothing would change", () -> assign("t", "powerdns"));
    says(
        "refused: example.com has the key 'powerdns' already, in mode presigned; change that with"
            + " 'keyward mode example.com split'",
        () ->
            signing.assign(
                ZONE, "t", "powerdns", Optional.empty(), Optional.of(SigningMode.SPLIT)));
    says("would stay signed with the key 'powerdns' until", () -> signing.unassign(ZONE));
    says("would go from mode presigned to split", () -> signing.mode(ZONE, SigningMode.SPLIT));
    says("already: nothing would change", () -> signing.mode(ZONE, SigningMode.PRESIGNED));
  }
}
