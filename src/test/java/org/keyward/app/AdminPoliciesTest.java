package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.store.TestDatabase;

/** Policies and plans over the API: what is shown, what is asked for, and what is refused. */
@Tag("once")
class AdminPoliciesTest {
  private static final String BANKS = "/policies/banks";

  @TempDir Path dir;
  private AdminServer server;

  @BeforeEach
  void start() throws Exception {
    server = new AdminServer(dir, false);
    server.signedZone("example.com");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> ask(String method, String path, String body) throws Exception {
    return server.send(server.operator, method, path, BodyPublishers.ofString(body));
  }

  /** Asks, and has the signer at work; gives the request as it is then. */
  private JsonNode asked(String method, String path, String body) throws Exception {
    HttpResponse<String> reply = ask(method, path, body);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(202);
    JsonNode accepted = AdminServer.JSON.readTree(reply.body());
    assertThat(server.faults("Accepted", accepted)).isEmpty();
    server.sign();
    JsonNode request = server.json("/requests/" + accepted.get("request").asText());
    assertThat(server.faults("Request", request)).as(request.toString()).isEmpty();
    assertThat(request.get("kind").asText()).isEqualTo("policy");
    return request;
  }

  private void done(String method, String path, String body) throws Exception {
    JsonNode request = asked(method, path, body);
    assertThat(request.get("state").asText()).as(request.toString()).isEqualTo("done");
  }

  private String value(String policy, String field) throws Exception {
    JsonNode shown = server.json("/policies/" + policy);
    assertThat(server.faults("Policy", shown)).as(shown.toString()).isEmpty();
    for (JsonNode line : shown.get("fields")) {
      if (line.get("field").asText().equals(field)) {
        return line.get("value").asText() + " by " + line.get("said_by").asText();
      }
    }
    throw new AssertionError(field + " is not in " + shown);
  }

  private JsonNode line(String policy) throws Exception {
    JsonNode list = server.json("/policies");
    assertThat(server.faults("Policies", list)).as(list.toString()).isEmpty();
    for (JsonNode line : list.get("items")) {
      if (line.get("policy").asText().equals(policy)) {
        return line;
      }
    }
    throw new AssertionError(policy + " is not in " + list);
  }

  private String count(String table) {
    return TestDatabase.jdbi(server.database)
        .withHandle(
            h -> h.createQuery("SELECT count(*) FROM keyward." + table).mapTo(String.class).one());
  }

  private void refused(String method, String path, String body, int status, String detail)
      throws Exception {
    String before = count("request") + " " + count("audit");
    HttpResponse<String> reply = ask(method, path, body);
    assertThat(reply.statusCode()).as(path + " " + reply.body()).isEqualTo(status);
    assertThat(AdminServer.JSON.readTree(reply.body()).get("detail").asText()).contains(detail);
    assertThat(count("request") + " " + count("audit")).as(path).isEqualTo(before);
  }

  @Test
  void aPolicyIsMadeSetResetGivenToAZoneAndDeleted() throws Exception {
    done(
        "PATCH",
        BANKS,
        "{\"set\":{\"zsk-lifetime\":\"200d\",\"pace\":\"now\"},\"reason\":\"ticket 7\"}");
    assertThat(value("banks", "zsk-lifetime")).isEqualTo("200d by policy banks");
    assertThat(value("banks", "pace")).isEqualTo("now by policy banks");
    assertThat(line("banks").get("base").asText()).isEqualTo("default");
    done("PATCH", "/policies/small", "{\"base\":\"banks\",\"set\":{\"data-ttl\":\"2h\"}}");
    assertThat(line("small").get("zsk_lifetime").asText()).isEqualTo("200d");
    done("PATCH", BANKS, "{\"unset\":[\"pace\"]}");
    assertThat(value("banks", "pace")).startsWith("lazy by ").doesNotContain("banks");

    assertThat(line("small").get("zones").asInt()).isZero();
    done("PUT", "/zones/example.com/policy", "{\"policy\":\"small\",\"reason\":\"ticket 8\"}");
    assertThat(line("small").get("zones").asInt()).isEqualTo(1);
    JsonNode used = asked("DELETE", "/policies/small?reason=over", "");
    assertThat(used.get("state").asText()).isEqualTo("failed");
    done("PUT", "/zones/example.com/policy", "{\"policy\":\"default\"}");
    done("DELETE", "/policies/small?reason=over", "");
    assertThat(server.get("/policies/small").statusCode()).isEqualTo(404);
    JsonNode none = asked("PUT", "/zones/example.com/policy", "{\"policy\":\"small\"}");
    assertThat(none.get("answer").asText()).contains("there is no policy 'small'");
  }

  @Test
  void aDryRunSaysWhichRollsWouldBeginWhenAndChangesNothing() throws Exception {
    String dry = "/policies/default?dry-run=true";
    String before = count("request") + " " + count("audit");
    HttpResponse<String> reply = ask("PATCH", dry, "{\"set\":{\"zsk-lifetime\":\"200d\"}}");
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
    JsonNode said = AdminServer.JSON.readTree(reply.body());
    assertThat(server.faults("DryRun", said)).as(said.toString()).isEmpty();
    assertThat(said.get("left_off").asInt()).isZero();
    assertThat(said.get("turns").findValuesAsText("role")).containsExactly("ksk", "zsk");
    JsonNode zsk = said.get("turns").get(1);
    try (KeyPolicies policies = KeyPolicies.open(server.config)) {
      assertThat(policies.dryRun("default", "zsk-lifetime=200d", zones -> {}).get(1))
          .as("the command says the same")
          .containsEntry("zone", zsk.get("zone").asText())
          .containsEntry("role", zsk.get("role").asText());
    }
    assertThat(zsk.get("begins").asText()).isNotEqualTo(zsk.get("then").asText());
    refused("PATCH", dry, "{\"set\":{\"zsk-lifetime\":\"1h\"}}", 409, "zsk-lifetime");
    assertThat(count("request") + " " + count("audit")).isEqualTo(before);
    assertThat(value("default", "zsk-lifetime")).doesNotContain("200d");
  }

  @Test
  void whatIsUnsafeIsRefusedByTheSignerAndWhatIsWrongAtOnce() throws Exception {
    JsonNode unsafe = asked("PATCH", BANKS, "{\"set\":{\"zsk-lifetime\":\"1h\"}}");
    assertThat(unsafe.get("state").asText()).isEqualTo("failed");
    assertThat(unsafe.get("answer").asText()).contains("policy banks", "zsk-lifetime");
    assertThat(server.get(BANKS).statusCode()).isEqualTo(404);
    refused("PATCH", BANKS, "{}", 400, "needs 'set', 'unset' or 'base'");
    refused("PATCH", BANKS, "{\"set\":{\"pace\":\"now base=x\"}}", 400, "no spaces");
    refused("PATCH", BANKS, "{\"set\":{\"pace=now\":\"x\"}}", 400, "no field");
    refused("PUT", "/zones/example.com/policy", "{}", 400, "needs 'policy'");
    for (String change : List.of("PATCH " + BANKS, "PUT /zones/example.com/policy")) {
      String[] parts = change.split(" ");
      assertThat(
              server
                  .send(server.auditor, parts[0], parts[1], BodyPublishers.ofString("{}"))
                  .statusCode())
          .isEqualTo(403);
    }
  }

  @Test
  void twoPeopleAreNeededForAPolicy() throws Exception {
    TestDatabase.jdbi(server.database)
        .useHandle(h -> h.execute("UPDATE keyward.rule SET two_person = true"));
    JsonNode request = asked("PATCH", BANKS, "{\"set\":{\"zsk-lifetime\":\"200d\"}}");
    assertThat(request.get("state").asText()).isEqualTo("waiting");
    String approval = "/requests/" + request.get("id").asText() + "/approval";
    assertThat(ask("POST", approval, "").statusCode()).as("whoever asked").isEqualTo(409);
    assertThat(
            server
                .send(server.secondOperator, "POST", approval, BodyPublishers.noBody())
                .statusCode())
        .isEqualTo(200);
    server.sign();
    assertThat(value("banks", "zsk-lifetime")).isEqualTo("200d by policy banks");
  }

  @Test
  void thePlanOfAZoneIsThatOfTheCommand() throws Exception {
    JsonNode plan = server.json("/zones/example.com/plan?until=730d");
    assertThat(server.faults("Plan", plan)).as(plan.toString()).isEmpty();
    assertThat(plan.get("steps").findValuesAsText("step")).contains("begins", "goes on", "ends");
    assertThat(plan.get("steps").findValuesAsText("role")).containsOnly("zsk");
    JsonNode longer = server.json("/zones/example.com/plan?until=730d&what-if=" + whatIf("never"));
    assertThat(longer.get("steps")).isEmpty();
    String often = "/zones/example.com/plan?until=730d&what-if=" + whatIf("180d");
    assertThat(server.json(often).get("steps").size()).isLessThan(plan.get("steps").size());

    assertThat(server.get("/zones/none.example/plan").statusCode()).isEqualTo(404);
    assertThat(server.get("/zones/example.com/plan?until=50000d").body())
        .contains("3653d at the most");
    assertThat(server.get("/zones/example.com/plan?until=soon").statusCode()).isEqualTo(400);
    assertThat(server.get("/zones/example.com/plan?what-if=" + whatIf("1h")).statusCode())
        .isEqualTo(409);
  }

  private static String whatIf(String lifetime) {
    return URLEncoder.encode("zsk-lifetime=" + lifetime, StandardCharsets.UTF_8);
  }
}
