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

  /** A parameter after the question mark; always optional. */
  record Parameter(String name, String description) {}

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
    List<Parameter> more = new ArrayList<>(query);
    more.add(new Parameter(name, description));
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
