package org.keyward.admin;

import io.javalin.http.HandlerType;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the parents of zones have of them. */
final class ParentRoutes {
  private final ParentDesk parents;

  ParentRoutes(ParentDesk parents) {
    this.parents = parents;
  }

  List<Route> routes() {
    return List.of(
        Route.change(
            HandlerType.POST,
            "/zones/{zone}/parent-check",
            "checkParent",
            "Has the parent asked for the zone's DS now, and says whether it fits",
            200,
            Optional.of("ParentView"),
            this::check));
  }

  private void check(Call call) throws IOException {
    ParentDesk.View view = parents.ask(call.zone());
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("zone", view.zone());
    reply.put("verdict", view.verdict());
    reply.put("detail", view.detail());
    reply.put("checked_at", view.checkedAt());
    reply.put("servers", view.servers().stream().map(ParentRoutes::server).toList());
    call.reply(reply);
  }

  private static Map<String, Object> server(ParentDesk.Server server) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("parent", server.parent());
    row.put("server", server.server());
    row.put("address", server.address());
    row.put("shows", server.shows());
    row.put("ds", server.ds());
    row.put("ttl", server.ttl());
    row.put("detail", server.detail());
    row.put("since", server.since());
    row.put("at", server.at());
    return row;
  }
}
