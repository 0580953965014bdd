package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.store.TestDatabase;

/** Rolls over the API: what is shown, what is asked for, and what is refused. */
@Tag("once")
class AdminRollsTest {
  private static final String ROLLS = "/zones/example.com/rolls";

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

  private HttpResponse<String> ask(String path, String body) throws Exception {
    return server.send(server.operator, "POST", path, BodyPublishers.ofString(body));
  }

  /** Asks, and has the signer at work; gives the request as it is then. */
  private JsonNode asked(String path, String body) throws Exception {
    HttpResponse<String> reply = ask(path, body);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(202);
    JsonNode accepted = AdminServer.JSON.readTree(reply.body());
    assertThat(server.faults("Accepted", accepted)).isEmpty();
    assertThat(accepted.get("state").asText()).isEqualTo("queued");
    String location = reply.headers().firstValue("Location").orElseThrow();
    assertThat(location).isEqualTo("/api/v1/requests/" + accepted.get("request").asText());
    server.sign();
    JsonNode request = server.json(location.substring("/api/v1".length()));
    assertThat(server.faults("Request", request)).as(request.toString()).isEmpty();
    assertThat(request.get("kind").asText()).isEqualTo("roll");
    return request;
  }

  private JsonNode shown() throws Exception {
    JsonNode shown = server.json(ROLLS);
    assertThat(server.faults("RollView", shown)).as(shown.toString()).isEmpty();
    return shown;
  }

  private String text(String sql) {
    return TestDatabase.jdbi(server.database)
        .withHandle(h -> h.createQuery(sql).mapTo(String.class).findOne().orElse(""));
  }

  @Test
  void aZskIsReplacedAndEachAnswerIsAsDescribed() throws Exception {
    server.signedZone("example.com");
    JsonNode before = shown();
    assertThat(before.get("roll").isNull()).isTrue();
    assertThat(before.get("says").asText()).contains("has no roll under way");
    assertThat(before.get("keys").findValuesAsText("state")).contains("active");
    assertThat(server.json("/rolls").get("items")).isEmpty();

    JsonNode done = asked(ROLLS, "{\"pace\":\"now\",\"reason\":\"ticket 17\"}");
    assertThat(done.get("state").asText()).as(done.toString()).isEqualTo("done");
    assertThat(done.get("mode").asText()).as("what was asked for").isEqualTo("start-now");
    assertThat(text("SELECT began_by || ' ' || pace || ' ' || reason FROM keyward.rolls"))
        .isEqualTo("api:alice now ticket 17");

    JsonNode shown = shown();
    assertThat(shown.at("/roll/phase").asText()).isEqualTo(text("SELECT phase FROM keyward.rolls"));
    assertThat(shown.get("history").get(0).get("next_phase").asText()).isEqualTo("entering");
    assertThat(shown.get("keys")).hasSize(3);

    JsonNode list = server.json("/rolls");
    assertThat(server.faults("Rolls", list)).as(list.toString()).isEmpty();
    JsonNode line = list.get("items").get(0);
    assertThat(line.get("says")).isEqualTo(shown.get("says"));
    assertThat(line.get("new_tag").asText()).isEqualTo(text("SELECT new_tag FROM keyward.rolls"));
    String other = line.get("waits_for").asText().equals("stock") ? "servers" : "stock";
    assertThat(server.json("/rolls?waits_for=" + line.get("waits_for").asText()).get("items"))
        .hasSize(1);
    assertThat(server.json("/rolls?waits_for=" + other).get("items")).isEmpty();
  }

  @Test
  void aRollIsHeldResumedAndCancelled() throws Exception {
    server.signedZone("example.com");
    asked(ROLLS, "{\"pace\":\"1d12h\"}");
    assertThat(text("SELECT pace FROM keyward.rolls")).isEqualTo("1d12h");
    String target = text("SELECT new_tag FROM keyward.rolls");

    assertThat(asked(ROLLS + "/hold?reason=holiday", "").get("state").asText()).isEqualTo("done");
    assertThat(shown().at("/roll/waits_for").asText()).isEqualTo("person");
    assertThat(shown().get("says").asText()).contains("'keyward roll resume example.com'");
    assertThat(asked(ROLLS + "/resume", "").get("state").asText()).isEqualTo("done");
    assertThat(shown().at("/roll/held").asBoolean()).isFalse();

    String before = rolls();
    JsonNode refused = asked(ROLLS + "/resume", "");
    assertThat(refused.get("state").asText()).isEqualTo("failed");
    assertThat(refused.get("answer").asText()).contains("is not held");
    assertThat(rolls()).isEqualTo(before);

    assertThat(asked(ROLLS + "/cancel", "").get("state").asText()).isEqualTo("done");
    assertThat(shown().at("/roll/new_tag").asText()).isNotEqualTo(target);
    assertThat(shown().get("history").findValuesAsText("actor")).containsOnly("api:alice");
  }

  private String rolls() {
    return text("SELECT string_agg(r::TEXT, ';') FROM keyward.rolls r")
        + text("SELECT count(*) FROM keyward.roll_event")
        + text("SELECT count(*) FROM keyward.zsk");
  }

  private String everything() {
    return rolls()
        + text("SELECT count(*) FROM keyward.request")
        + text("SELECT count(*) FROM keyward.audit");
  }

  private void refused(String path, String body, int status, String detail) throws Exception {
    String before = everything();
    HttpResponse<String> reply = ask(path, body);
    assertThat(reply.statusCode()).as(path + " " + reply.body()).isEqualTo(status);
    assertThat(reply.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    assertThat(AdminServer.JSON.readTree(reply.body()).get("detail").asText()).contains(detail);
    assertThat(everything()).as(path).isEqualTo(before);
  }

  @Test
  void whatIsRefusedHasChangedNothing() throws Exception {
    String records = "@ 60 IN SOA ns1 hm 1 10800 3600 604800 3600\n@ 60 IN NS ns1\n";
    server.send(
        server.operator, "PUT", "/zones/unsigned.test/records", BodyPublishers.ofString(records));
    server.signedZone("example.com");
    for (String zone : List.of("none.example", "unsigned.test")) {
      refused("/zones/" + zone + "/rolls", "{}", 404, "has no key that Keyward uses");
      refused("/zones/" + zone + "/rolls/cancel", "", 404, "has no key that Keyward uses");
      assertThat(server.get("/zones/" + zone + "/rolls").statusCode()).isEqualTo(404);
    }
    for (String command : List.of("hold", "resume", "cancel")) {
      refused(ROLLS + "/" + command, "", 409, "has no roll under way");
    }
    refused(
        ROLLS,
        "{\"pace\":\"fast\"}",
        400,
        "a pace is lazy, now or a time such as 3d, 366d at the most, not 'fast'");
    refused(ROLLS, "{\"pace\":\"lazy\",\"role\":\"ksk\"}", 400, "role");
    refused(ROLLS, "{", 400, "the body is not as described");
    refused(ROLLS, "", 400, "the body");
    refused("/zones/a..b/rolls", "{}", 400, "is not a domain name");
    asked(ROLLS, "{\"pace\":\"lazy\"}");
    refused(ROLLS, "{\"pace\":\"now\"}", 409, "has a roll under way, in phase entering");
    String before = everything();
    for (String path : List.of("", "/hold", "/resume", "/cancel")) {
      HttpResponse<String> reply =
          server.send(server.auditor, "POST", ROLLS + path, BodyPublishers.ofString("{}"));
      assertThat(reply.statusCode()).as(path).isEqualTo(403);
    }
    assertThat(everything()).isEqualTo(before);
  }

  @Test
  void twoPeopleAreNeededForAllButToHold() throws Exception {
    server.signedZone("example.com");
    TestDatabase.jdbi(server.database)
        .useHandle(h -> h.execute("UPDATE keyward.rule SET two_person = true"));
    JsonNode request = asked(ROLLS, "{\"reason\":\"yearly\"}");
    assertThat(request.get("state").asText()).isEqualTo("waiting");
    assertThat(server.json("/rolls").get("items")).isEmpty();
    String approval = "/requests/" + request.get("id").asText() + "/approval";
    assertThat(ask(approval, "").statusCode()).as("whoever asked").isEqualTo(409);
    HttpResponse<String> other =
        server.send(server.secondOperator, "POST", approval, BodyPublishers.noBody());
    assertThat(other.statusCode()).as(other.body()).isEqualTo(200);
    server.sign();
    assertThat(server.json("/rolls").get("items")).hasSize(1);

    assertThat(asked(ROLLS + "/hold", "").get("state").asText()).isEqualTo("done");
    assertThat(asked(ROLLS + "/resume", "").get("state").asText()).isEqualTo("waiting");
    assertThat(shown().at("/roll/held").asBoolean()).isTrue();
  }
}
