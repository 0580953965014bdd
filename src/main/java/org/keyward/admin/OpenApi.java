package org.keyward.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The API's description in the form of OpenAPI 3.1: the paths come from the routes, the schemas
 * with an example each from the file {@code openapi.json} beside this class.
 */
final class OpenApi {
  private static final Pattern IN_PATH = Pattern.compile("\\{(\\w+)}");

  private static final String SCHEMAS = "#/components/schemas/";
  private static final String DRY_RUN = "DryRun";

  private OpenApi() {}

  static String describe(List<Route> routes, String version) {
    ObjectNode document = read();
    ((ObjectNode) document.get("info")).put("version", version);
    ObjectNode paths = document.putObject("paths");
    for (Route route : routes) {
      String at = AdminApi.PREFIX + route.path();
      ObjectNode path = paths.has(at) ? (ObjectNode) paths.get(at) : paths.putObject(at);
      path.set(route.method().name().toLowerCase(Locale.ROOT), operation(document, route));
    }
    return document.toPrettyString();
  }

  private static ObjectNode read() {
    try (InputStream file = OpenApi.class.getResourceAsStream("openapi.json")) {
      return (ObjectNode) Call.JSON.readTree(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectNode operation(ObjectNode document, Route route) {
    ObjectNode operation = document.objectNode();
    operation.put("operationId", route.id());
    operation.put("summary", route.summary());
    operation.put("description", "For tokens with the role " + route.role().word() + ".");
    parameters(operation.putArray("parameters"), route);
    route
        .body()
        .ifPresent(
            body -> {
              ObjectNode request = operation.putObject("requestBody").put("required", true);
              content(request, body);
            });
    ObjectNode responses = operation.putObject("responses");
    ObjectNode good =
        responses.putObject(String.valueOf(route.status())).put("description", route.summary());
    if (route.runsDry() && route.status() == 200) {
      List<String> answers = List.of(route.answer().orElseThrow(), DRY_RUN);
      ObjectNode json = good.putObject("content").putObject("application/json");
      ArrayNode either = json.putObject("schema").putArray("oneOf");
      answers.forEach(answer -> either.addObject().put("$ref", SCHEMAS + answer));
    } else {
      route.answer().ifPresent(answer -> content(good, answer));
    }
    if (route.runsDry() && route.status() != 200) {
      content(responses.putObject("200").put("description", "With dry-run=true"), DRY_RUN);
    }
    if (route.status() == 204) {
      ObjectNode waits = responses.putObject("202").put("description", "Waits for a second person");
      content(waits, "Accepted");
    }
    ObjectNode problem = responses.putObject("default").put("description", "A problem (RFC 9457)");
    content(problem, "Problem");
    return operation;
  }

  private static void parameters(ArrayNode parameters, Route route) {
    Matcher path = IN_PATH.matcher(route.path());
    while (path.find()) {
      ObjectNode parameter =
          parameters.addObject().put("name", path.group(1)).put("in", "path").put("required", true);
      if (path.group(1).equals("zone")) {
        parameter.put("description", "a name; '.' is written =2E, '/' is written =2F");
      }
      parameter.putObject("schema").put("type", "string");
    }
    for (Route.Parameter query : route.query()) {
      parameters
          .addObject()
          .put("name", query.name())
          .put("in", query.in())
          .put("description", query.description())
          .putObject("schema")
          .put("type", "string");
    }
  }

  /** A schema by its name, or plain text by its media type. */
  private static void content(ObjectNode parent, String what) {
    ObjectNode content = parent.putObject("content");
    if (what.contains("/")) {
      content.putObject(what).putObject("schema").put("type", "string");
      return;
    }
    String type = what.equals("Problem") ? Problems.MEDIA_TYPE : "application/json";
    content.putObject(type).putObject("schema").put("$ref", SCHEMAS + what);
  }
}
