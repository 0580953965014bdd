package org.keyward.admin;

import io.javalin.http.HandlerType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One operation of the API: what serves it and what describes it, so that neither can be without
 * the other.
 *
 * @param path below {@link AdminApi#PREFIX}
 * @param id its name in the description
 * @param body the schema, or media type, of what is sent
 * @param status of a reply that is no problem
 * @param answer the schema, or media type, of the reply; empty when there is nothing to say
 */
record Route(
    HandlerType method,
    String path,
    Role role,
    String id,
    String summary,
    List<Parameter> query,
    Optional<String> body,
    int status,
    Optional<String> answer,
    Work work) {
  static final String DRY_RUN = "dry-run";

  Route {
    query = List.copyOf(query);
  }

  /**
   * A parameter, always optional.
   *
   * @param in query: after the question mark; or header
   */
  record Parameter(String name, String description, String in) {}

  /** Parses, calls one method of a desk, replies. */
  @FunctionalInterface
  interface Work {
    void run(Call call) throws Exception;
  }

  static Route get(String path, String id, String summary, String answer, Work work) {
    return new Route(
        HandlerType.GET,
        path,
        Role.AUDITOR,
        id,
        summary,
        List.of(),
        Optional.empty(),
        200,
        Optional.of(answer),
        work);
  }

  /** Something that changes things, for operators. */
  static Route change(
      HandlerType method,
      String path,
      String id,
      String summary,
      int status,
      Optional<String> answer,
      Work work) {
    return new Route(
        method,
        path,
        Role.OPERATOR,
        id,
        summary,
        List.of(),
        Optional.empty(),
        status,
        answer,
        work);
  }

  Route with(String name, String description) {
    return with(new Parameter(name, description, "query"));
  }

  /** Takes the serial that the zone must have as a condition. */
  Route ifMatch() {
    return with(
        new Parameter(
            "If-Match",
            "the ETag of a reading, which is the zone's serial in quotes: 412 when it has another by now",
            "header"));
  }

  private Route with(Parameter parameter) {
    List<Parameter> more = new ArrayList<>(query);
    more.add(parameter);
    return new Route(method, path, role, id, summary, more, body, status, answer, work);
  }

  /** Says what would happen, if asked to, and changes nothing then. */
  Route mayRunDry() {
    return with(DRY_RUN, "true: says what would happen or be refused; nothing changes");
  }

  boolean runsDry() {
    return query.stream().anyMatch(parameter -> parameter.name().equals(DRY_RUN));
  }

  Route takes(String what) {
    return new Route(
        method, path, role, id, summary, query, Optional.of(what), status, answer, work);
  }
}
