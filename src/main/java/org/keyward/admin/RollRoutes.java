package org.keyward.admin;

import io.javalin.http.HandlerType;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.signing.PaceText;
import org.keyward.signing.SigningRequest;

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
            .with("waits_for", "stock, servers, parent, caches, person, clock or signer"),
        Route.get(
            "/ds-due",
            "listDsDue",
            "DS records that parents are to get now, each in place of that of the old key",
            "DsDueList",
            call -> call.reply(Map.of("items", rolls.dsDue()))),
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
                "Asks the signer to replace the zone signing key by a new one, or the key signing key by another",
                202,
                Optional.of("Accepted"),
                this::start)
            .takes("NewRoll"),
        change("hold", "holdRoll", "Asks that the zone's roll stays where it is, which is safe"),
        change("resume", "resumeRoll", "Asks that the zone's roll goes on, which is held"),
        change(
            "cancel",
            "cancelRoll",
            "Asks that the zone's roll goes back to the former key, safely"),
        change(
            "confirm",
            "confirmRoll",
            "Says that every name server of the parent has the DS of the new key signing key"));
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
                        call.zone(),
                        command,
                        command.equals("confirm")
                            ? Optional.of("ksk")
                            : call.query("role").map(RollRoutes::role),
                        call.query("reason").orElse(""),
                        call.actor())))
        .with("reason", "for the audit log")
        .with("role", "ksk or zsk; may be left out where one roll is under way");
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
  record NewRoll(String role, String token, String label, String pace, String reason) {}

  private void start(Call call) throws IOException {
    NewRoll wanted = call.body(NewRoll.class);
    String reason = Optional.ofNullable(wanted.reason()).orElse("");
    String role = role(wanted.role() == null ? "zsk" : wanted.role());
    Optional<String> token = Optional.ofNullable(wanted.token());
    Optional<String> label = Optional.ofNullable(wanted.label());
    if (role.equals("ksk") != (token.isPresent() && label.isPresent())) {
      throw new IllegalArgumentException(
          "token and label name the key that takes the place of a KSK, and belong to role ksk alone");
    }
    SigningRoutes.accepted(
        call,
        rolls.startRoll(
            new SigningRequest.Roll(
                call.zone(),
                SigningRequest.Roll.start(
                    PaceText.parse(Optional.ofNullable(wanted.pace()).orElse("lazy"))),
                role,
                token,
                label,
                reason,
                call.actor())));
  }

  private static String role(String text) {
    if (!text.equals("ksk") && !text.equals("zsk")) {
      throw new IllegalArgumentException("role is ksk or zsk, not '" + text + "'");
    }
    return text;
  }
}
