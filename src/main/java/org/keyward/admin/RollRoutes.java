package org.keyward.admin;

import io.javalin.http.HandlerType;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keys that take the place of others. */
final class RollRoutes {
  private final RollDesk rolls;

  RollRoutes(RollDesk rolls) {
    this.rolls = rolls;
  }

  List<Route> routes() {
    return List.of(
        Route.get(
                "/rolls",
                "listRolls",
                "Keys that are being replaced, and what each waits for",
                "Rolls",
                this::list)
            .with("waits_for", "stock, servers, caches, person, clock or signer"),
        Route.get(
            "/zones/{zone}/rolls",
            "getRoll",
            "How far the roll of the zone is, what it waits for, its keys and what was before",
            "RollView",
            call -> call.reply(rolls.roll(call.zone()))),
        Route.change(
                HandlerType.POST,
                "/zones/{zone}/rolls",
                "startRoll",
                "Asks the signer to replace the zone signing key by a new one",
                202,
                Optional.of("Accepted"),
                this::start)
            .takes("NewRoll"),
        change("hold", "holdRoll", "Asks that the zone's roll stays where it is, which is safe"),
        change("resume", "resumeRoll", "Asks that the zone's roll goes on, which is held"),
        change(
            "cancel",
            "cancelRoll",
            "Asks that the zone's roll goes back to the former key, safely"));
  }

  private Route change(String command, String id, String summary) {
    return Route.change(
            HandlerType.POST,
            "/zones/{zone}/rolls/" + command,
            id,
            summary,
            202,
            Optional.of("Accepted"),
            call ->
                SigningRoutes.accepted(
                    call,
                    rolls.changeRoll(
                        call.zone(), command, call.query("reason").orElse(""), call.actor())))
        .with("reason", "for the audit log");
  }

  private void list(Call call) throws IOException {
    Optional<String> what = call.query("waits_for");
    call.reply(
        Map.of(
            "items",
            rolls.rolls().stream()
                .filter(row -> what.isEmpty() || what.get().equals(row.get("waits_for")))
                .toList()));
  }

  /** What {@code POST …/rolls} takes. */
  record NewRoll(String pace, String reason) {}

  private void start(Call call) throws IOException {
    NewRoll wanted = call.body(NewRoll.class);
    String reason = Optional.ofNullable(wanted.reason()).orElse("");
    SigningRoutes.accepted(
        call, rolls.startRoll(call.zone(), command(wanted.pace()), reason, call.actor()));
  }

  private static String command(String pace) {
    return switch (pace == null ? "lazy" : pace) {
      case "lazy" -> "start";
      case "now" -> "start-now";
      default -> throw new IllegalArgumentException("pace is lazy or now, not '" + pace + "'");
    };
  }
}
