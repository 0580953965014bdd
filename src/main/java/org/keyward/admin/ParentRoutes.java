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
    call.reply(reply);
  }
}
