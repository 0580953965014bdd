package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.store.TestDatabase;

/**
 * Whatever is asked of the API and of each view: zones are without their last dot, also in the
 * sentences of findings and answers, times are RFC 3339 in UTC, algorithms are numbers in data.
 */
@Tag("once")
class OutputFormsTest {
  private static final Pattern TIME =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z");

  /** The zone with a last dot that does not end a sentence. */
  private static final Pattern DOTTED = Pattern.compile("\\bexample\\.com\\.(?![\\w-]|\\s*$)");

  /** Text of master files, in which the dot says that a name is whole. */
  private static final Set<String> MASTER_FILE = Set.of("record", "content", "contents", "records");

  @TempDir Path dir;
  private AdminServer server;
  private final List<String> faults = new ArrayList<>();
  private final Set<String> seen = new LinkedHashSet<>();

  @BeforeEach
  void start() throws Exception {
    server = new AdminServer(dir, false);
    server.signedZone("example.com");
    TestDatabase.jdbi(server.database)
        .useHandle(
            h -> {
              h.execute(
                  "INSERT INTO keyward.parent_view SELECT id, 'missing', '', now()"
                      + " FROM public.domains");
              h.execute(
                  "INSERT INTO keyward.parent_server SELECT id, 'ns.com', '192.0.2.1', 'com',"
                      + " 'none', '{}', NULL, '', now() FROM public.domains");
            });
    new org.keyward.signing.Findings(
            new org.keyward.store.PostgresFindings(server.database),
            java.time.Duration.ofDays(14),
            java.time.Clock.systemUTC())
        .look();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void check(String place, JsonNode node) {
    if (node.isObject()) {
      node.properties().forEach(member -> check(place, member.getKey(), member.getValue()));
    } else if (node.isArray()) {
      node.forEach(item -> check(place, item));
    } else if (node.isTextual()) {
      sentence(place, node.asText());
    }
  }

  private void check(String place, String key, JsonNode value) {
    String here = place + " " + key;
    if (key.equals("zone") && value.isTextual()) {
      seen.add("zone");
      require(!value.asText().matches(".+[^\\\\]\\."), here, value.asText());
    } else if (isTime(key) && value.isTextual()) {
      seen.add("time");
      require(TIME.matcher(value.asText()).matches(), here, value.asText());
    } else if (key.equals("algorithm")) {
      seen.add("algorithm");
      require(value.isInt() || value.isNull(), here, value.asText());
    } else if (!MASTER_FILE.contains(key)) {
      check(here, value);
    }
  }

  private static boolean isTime(String key) {
    return key.equals("at")
        || key.equals("since")
        || key.endsWith("_at")
        || key.endsWith("_since")
        || key.endsWith("_until")
        || key.endsWith("_seen");
  }

  private void sentence(String place, String text) {
    require(!DOTTED.matcher(text).find(), place, text);
    if (text.matches("\\d{4}-\\d\\d-\\d\\d.*")) {
      require(TIME.matcher(text).lookingAt(), place, text);
    }
  }

  private void require(boolean holds, String place, String text) {
    if (!holds) {
      faults.add(place + ": " + text);
    }
  }

  @Test
  void everyReadingOfTheApiWritesZonesTimesAndAlgorithmsInOneWay() throws Exception {
    JsonNode paths =
        JsonMapper.builder().build().readTree(server.get("/openapi.json").body()).get("paths");
    int answered = 0;
    for (Map.Entry<String, JsonNode> path : paths.properties()) {
      if (path.getValue().has("get")) {
        String below =
            path.getKey()
                .replaceFirst("^/api/v1", "")
                .replace("{zone}", "example.com")
                .replace("{policy}", "default")
                .replaceAll("\\{(id|request|seq|number)\\}", "1");
        var reply = server.get(below);
        require(reply.statusCode() < 500, below, reply.statusCode() + " " + reply.body());
        if (reply.body().startsWith("{") || reply.body().startsWith("[")) {
          check("GET " + below, AdminServer.JSON.readTree(reply.body()));
          answered++;
        } else if (!below.contains("export") && !below.contains("records")) {
          reply.body().lines().forEach(line -> sentence("GET " + below, line));
        }
      }
    }
    check("error", AdminServer.JSON.readTree(server.get("/zones/none.example.com/check").body()));
    assertThat(faults).isEmpty();
    assertThat(answered).isGreaterThan(10);
    assertThat(seen).contains("zone", "time", "algorithm");
  }

  @Test
  void everyViewWritesZonesTimesAndAlgorithmsInOneWay() {
    List<String> views =
        TestDatabase.jdbi(server.database)
            .withHandle(
                h ->
                    h.createQuery(
                            "SELECT table_name FROM information_schema.views"
                                + " WHERE table_schema = 'keyward' AND table_name <> 'runway'"
                                + " ORDER BY 1") // runway is of seconds since 1970, for other views
                        .mapTo(String.class)
                        .list());
    int rows = 0;
    for (String view : views) {
      for (Map<String, Object> row :
          TestDatabase.jdbi(server.database)
              .withHandle(h -> h.createQuery("SELECT * FROM keyward." + view).mapToMap().list())) {
        rows++;
        check("view " + view, json(row));
      }
    }
    assertThat(faults).isEmpty();
    assertThat(rows).isGreaterThan(5);
    assertThat(seen).contains("zone", "time", "algorithm");
  }

  /** Times are the client's to write, in whatever zone it likes: they must be of a type that is. */
  private static JsonNode json(Map<String, Object> row) {
    ObjectNode node = AdminServer.JSON.createObjectNode();
    row.forEach(
        (column, value) -> {
          if (value instanceof java.sql.Timestamp time) {
            node.put(column, time.toInstant().toString());
          } else if (value instanceof Integer || value instanceof Short) {
            node.put(column, ((Number) value).intValue());
          } else if (value instanceof Object[] list) {
            var array = node.putArray(column);
            for (Object one : list) {
              array.add(String.valueOf(one));
            }
          } else if (value == null) {
            node.putNull(column);
          } else {
            node.put(column, value.toString());
          }
        });
    return node;
  }

  @Test
  void otherFormsAreFound() throws Exception {
    for (String wrong :
        List.of(
            "{\"zone\": \"example.com.\"}",
            "{\"items\": [{\"signed_until\": \"2026-03-01 10:00:00+01\"}]}",
            "{\"message\": \"zone example.com. is signed\"}",
            "{\"todo\": [\"run 'keyward ds example.com.'\"]}",
            "{\"algorithm\": \"ecdsap256sha256\"}",
            "{\"note\": \"2026-03-01T10:00:00+01:00\"}")) {
      faults.clear();
      check("wrong", AdminServer.JSON.readTree(wrong));
      assertThat(faults).as(wrong).hasSize(1);
    }
    faults.clear();
    check("right", AdminServer.JSON.readTree("{\"message\": \"there is no zone example.com.\"}"));
    assertThat(faults).isEmpty();
  }
}
