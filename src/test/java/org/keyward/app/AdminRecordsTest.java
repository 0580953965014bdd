package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.admin.AdminApi;
import org.keyward.store.TestDatabase;

/** Records over the API: read by pages, replaced, added and removed under the zone's serial. */
@Tag("once")
class AdminRecordsTest {
  private static final String SETS = "/zones/example.com/rrsets";
  private static final String WWW = SETS + "/www.example.com/A";

  @TempDir Path dir;
  private AdminServer server;

  @BeforeEach
  void start() throws Exception {
    server = new AdminServer(dir, false);
    String zone =
        """
        @ 3600 IN SOA ns1 hm 1 10800 3600 604800 3600
        @ 3600 IN NS ns1
        @ 600 IN MX 10 mail
        ns1 3600 IN A 192.0.2.1
        mail 3600 IN A 192.0.2.2
        """;
    server.send(
        server.operator, "PUT", "/zones/example.com/records", BodyPublishers.ofString(zone));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> ask(
      String token, String method, String path, String body, String tag) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server.address() + AdminApi.PREFIX + path))
            .method(method, BodyPublishers.ofString(body))
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + token);
    if (!tag.isEmpty()) {
      request.header("If-Match", tag);
    }
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
  }

  private void done(String method, String path, String body, String tag) throws Exception {
    HttpResponse<String> reply = ask(server.operator, method, path, body, tag);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
    JsonNode said = AdminServer.JSON.readTree(reply.body());
    assertThat(server.faults("ChangedZone", said)).isEmpty();
    assertThat(reply.headers().firstValue("ETag"))
        .contains("\"" + said.get("serial").asText() + "\"")
        .contains(tag());
  }

  private void refused(String method, String path, String body, String tag, int status, String why)
      throws Exception {
    String before = tag() + server.json(SETS);
    HttpResponse<String> reply = ask(server.operator, method, path, body, tag);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(status);
    assertThat(reply.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(AdminServer.JSON.readTree(reply.body()).get("detail").asText()).contains(why);
    assertThat(tag() + server.json(SETS)).isEqualTo(before);
  }

  private String tag() throws Exception {
    return server.get(SETS + "?limit=1").headers().firstValue("ETag").orElseThrow();
  }

  private List<String> contents(String query) throws Exception {
    List<String> contents = new ArrayList<>();
    for (JsonNode set : server.json(SETS + query).get("items")) {
      set.get("contents").forEach(content -> contents.add(content.asText()));
    }
    return contents;
  }

  @Test
  void setsAreReadByNameByTypeAndByPages() throws Exception {
    JsonNode whole = server.json(SETS);
    assertThat(server.faults("RrsetPage", whole)).as(whole.toString()).isEmpty();
    assertThat(whole.get("items")).hasSize(5);
    assertThat(contents("?type=mx")).containsExactly("10 mail.example.com.");
    assertThat(contents("?name=NS1.example.com.")).containsExactly("192.0.2.1");
    assertThat(server.get("/zones/example.com").headers().firstValue("ETag")).contains(tag());
    List<JsonNode> paged = new ArrayList<>();
    String after = "";
    do {
      JsonNode page = server.json(SETS + "?limit=2&after=" + after.replace(" ", "%20"));
      page.get("items").forEach(paged::add);
      after = page.get("next").asText("");
    } while (!after.isEmpty() && paged.size() < 10);
    assertThat(paged).containsExactlyElementsOf(whole.get("items"));
    assertThat(server.get("/zones/none.example/rrsets").statusCode()).isEqualTo(404);
  }

  @Test
  void whatIsReadCanBeWrittenBackWhole() throws Exception {
    String before = server.json(SETS).get("items").toString();
    done("PATCH", SETS, "{\"changes\":" + before + "}", tag());
    assertThat(mx(server.json(SETS).get("items").toString())).isEqualTo(mx(before));
    assertThat(contents("")).hasSize(5);
  }

  private static String mx(String items) throws Exception {
    for (JsonNode set : AdminServer.JSON.readTree(items)) {
      if (set.get("type").asText().equals("MX")) {
        return "[" + set + "]";
      }
    }
    throw new AssertionError(items);
  }

  @Test
  void recordsAreReplacedAddedRemovedAndDeletedAndTheSerialMoves() throws Exception {
    String first = tag();
    done("PUT", WWW, "{\"ttl\":60,\"contents\":[\"192.0.2.3\",\"192.0.2.4\"]}", first);
    assertThat(contents("?name=www.example.com")).containsExactly("192.0.2.3", "192.0.2.4");
    assertThat(tag()).isNotEqualTo(first);
    refused("PUT", WWW, "{\"contents\":[\"192.0.2.9\"]}", first, 412, "read it again");
    refused("DELETE", WWW, "", "W/" + tag(), 412, "read it again");
    String change =
        "{\"changes\":[{\"name\":\"www.example.com\",\"type\":\"A\","
            + "\"add\":[\"192.0.2.5\",\"192.0.2.4\"],\"remove\":[\"192.0.2.3\"]},"
            + "{\"name\":\"@\",\"type\":\"MX\",\"remove\":[\"10 mail.example.com.\"],"
            + "\"add\":[\"20 mail.example.com.\"]}]}";
    done("PATCH", SETS, change, tag());
    assertThat(contents("?name=www.example.com")).containsExactly("192.0.2.4", "192.0.2.5");
    assertThat(contents("?type=MX")).containsExactly("20 mail.example.com.");
    assertThat(server.json(SETS + "?type=MX").get("items").get(0).get("ttl").asInt())
        .isEqualTo(600);
    refused("PATCH", SETS, change, "", 409, "has no record '192.0.2.3' to remove");
    done("DELETE", WWW, "", "*");
    assertThat(contents("?name=www.example.com")).isEmpty();
  }

  @Test
  void aMistakeChangesNothingAndSaysWhy() throws Exception {
    refused("PUT", WWW, "{\"contents\":[\"192.0.2.3\"]}", "", 400, "needs a TTL");
    refused("PUT", WWW, "{\"ttl\":60,\"contents\":[]}", "", 400, "needs 'contents'");
    refused("PUT", WWW, "{\"ttl\":60,\"contents\":[\"192.0.2.300\"]}", "", 400, "192.0.2.300");
    refused("PATCH", SETS, "{}", "", 400, "needs 'changes'");
    refused("PUT", "/zones/example.com/records", "", tag(), 400, "leave out If-Match");
    String half =
        "{\"changes\":[{\"name\":\"a.example.com\",\"type\":\"A\",\"ttl\":60,\"add\":[\"192.0.2.7\"]},"
            + "{\"name\":\"a.example.com\",\"type\":\"CNAME\",\"ttl\":60,\"contents\":[\"b.example.com.\"]}]}";
    refused("PATCH", SETS, half, "", 400, "CNAME beside other records");
    String neither = "{\"changes\":[{\"name\":\"a.example.com\",\"type\":\"A\"}]}";
    refused("PATCH", SETS, neither, "", 400, "needs either 'contents'");
    refused(
        "PUT",
        SETS + "/www.example.net/A",
        "{\"ttl\":1,\"contents\":[\"192.0.2.1\"]}",
        "",
        400,
        "outside");
    assertThat(ask(server.auditor, "DELETE", WWW, "", "").statusCode()).isEqualTo(403);
    assertThat(
            ask(server.operator, "DELETE", "/zones/none.example/rrsets/@/A", "", "").statusCode())
        .isEqualTo(404);
  }

  @Test
  void aSerialThatSomebodyMovedIsNoLongerGood() throws Exception {
    String read = tag();
    TestDatabase.jdbi(server.database)
        .useTransaction(
            h -> h.execute("UPDATE records SET content = '192.0.2.99' WHERE name LIKE 'mail.%'"));
    refused("PUT", WWW, "{\"ttl\":60,\"contents\":[\"192.0.2.3\"]}", read, 412, "read it again");
    done("PUT", WWW, "{\"ttl\":60,\"contents\":[\"192.0.2.3\"]}", tag());
  }
}
