package org.keyward.admin;

import io.javalin.http.HandlerType;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.config.Durations;
import org.keyward.signing.SigningRequest;
import org.xbill.DNS.Name;

/** How keys of zones are kept, and what is to come of the keys of a zone. */
final class PolicyRoutes {
  private static final Duration MOST = Duration.ofDays(3_653);
  private static final int ZONES = 1_000;

  private final PolicyDesk desk;

  PolicyRoutes(PolicyDesk desk) {
    this.desk = desk;
  }

  List<Route> routes() {
    return List.of(
        Route.get(
            "/policies",
            "listPolicies",
            "All policies, with what each comes to with what it is based on",
            "Policies",
            call -> call.reply(Map.of("items", desk.policies()))),
        Route.get(
            "/policies/{policy}",
            "getPolicy",
            "Each field of a policy, and which policy says it",
            "Policy",
            call -> call.reply(Map.of("fields", desk.policy(call.word("policy"))))),
        Route.change(
                HandlerType.PATCH,
                "/policies/{policy}",
                "setPolicy",
                "Asks the signer to let a policy say something else, or to make it; no roll begins by it",
                202,
                Optional.of("Accepted"),
                this::set)
            .takes("NewPolicy")
            .mayRunDry(),
        Route.change(
                HandlerType.DELETE,
                "/policies/{policy}",
                "deletePolicy",
                "Asks the signer to delete a policy that no zone has",
                202,
                Optional.of("Accepted"),
                call -> change(call, Name.root, "delete", call.word("policy"), ""))
            .with("reason", "for the audit log"),
        Route.change(
                HandlerType.PUT,
                "/zones/{zone}/policy",
                "assignPolicy",
                "Asks the signer to let the keys of the zone be kept by a policy",
                202,
                Optional.of("Accepted"),
                this::assign)
            .takes("NewPolicyOfZone"),
        Route.get(
                "/zones/{zone}/plan",
                "getPlan",
                "What is to come of the keys of the zone, as if tokens, name servers and the parent did at"
                    + " once what is asked of them: each time is the earliest",
                "Plan",
                this::plan)
            .with("until", "how far ahead, such as 90d; 365d unless said, 3653d at the most")
            .with("parent-takes", "how long it takes until a DS that is due is at the parent; 0s")
            .with(
                "what-if",
                "FIELD=VALUE, with spaces between: as if the zone's policy said so; start=ksk or start=zsk:"
                    + " as if somebody replaced that key now"));
  }

  /**
   * What {@code PATCH /policies/…} takes.
   *
   * @param unset fields that the base is to say
   */
  record NewPolicy(Map<String, String> set, List<String> unset, String base, String reason) {
    String settings() {
      List<String> all = new ArrayList<>();
      Optional.ofNullable(set)
          .orElse(Map.of())
          .forEach((field, value) -> all.add(field(field) + "=" + plain(value)));
      Optional.ofNullable(unset).orElse(List.of()).forEach(field -> all.add(field(field) + "="));
      Optional.ofNullable(base).ifPresent(name -> all.add("base=" + plain(name)));
      if (all.isEmpty()) {
        throw new IllegalArgumentException("needs 'set', 'unset' or 'base'");
      }
      return String.join(" ", all);
    }

    private static String field(String text) {
      if (text.contains("=")) {
        throw new IllegalArgumentException("'" + text + "' is no field of a policy");
      }
      return plain(text);
    }

    /** One setting must not become two. */
    private static String plain(String text) {
      if (text.isEmpty() || text.chars().anyMatch(Character::isWhitespace)) {
        throw new IllegalArgumentException(
            "'" + text + "' is no field and no value of a policy: those have no spaces");
      }
      return text;
    }
  }

  private void set(Call call) throws IOException {
    NewPolicy wanted = call.body(NewPolicy.class);
    String policy = call.word("policy");
    if (call.isDryRun()) {
      call.replyDryRun(outcome(policy, desk.turns(policy, wanted.settings(), ZONES)));
      return;
    }
    change(
        call,
        new SigningRequest.OfPolicy(
            Name.root,
            "set",
            policy,
            wanted.settings(),
            Optional.ofNullable(wanted.reason()).orElse(""),
            call.actor()));
  }

  private static Map<String, Object> outcome(String policy, PolicyDesk.Turns turns) {
    Map<String, Object> outcome = new LinkedHashMap<>();
    long zones = turns.lines().stream().map(line -> line.get("zone")).distinct().count();
    outcome.put(
        "outcome",
        "would set the policy "
            + policy
            + ", which "
            + (zones + turns.left())
            + " signed zones follow; no roll begins by it");
    outcome.put("turns", turns.lines());
    outcome.put("left_off", turns.left());
    return outcome;
  }

  /** What {@code PUT …/policy} takes. */
  record NewPolicyOfZone(String policy, String reason) {}

  private void assign(Call call) throws IOException {
    NewPolicyOfZone wanted = call.body(NewPolicyOfZone.class);
    if (wanted.policy() == null) {
      throw new IllegalArgumentException("needs 'policy'");
    }
    change(
        call,
        new SigningRequest.OfPolicy(
            call.zone(),
            "assign",
            wanted.policy(),
            "",
            Optional.ofNullable(wanted.reason()).orElse(""),
            call.actor()));
  }

  private void change(Call call, Name zone, String command, String policy, String settings)
      throws IOException {
    String reason = call.query("reason").orElse("");
    change(
        call, new SigningRequest.OfPolicy(zone, command, policy, settings, reason, call.actor()));
  }

  private void change(Call call, SigningRequest.OfPolicy request) throws IOException {
    SigningRoutes.accepted(call, desk.changePolicy(request));
  }

  private void plan(Call call) throws IOException {
    call.reply(
        desk.plan(
            call.zone(),
            duration(call, "until", "365d"),
            duration(call, "parent-takes", "0s"),
            call.query("what-if")));
  }

  private static Duration duration(Call call, String name, String standard) {
    String text = call.query(name).orElse(standard);
    try {
      Duration duration = Durations.parse(text);
      if (duration.compareTo(MOST) <= 0) {
        return duration;
      }
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
    }
    throw new IllegalArgumentException(
        name + ": " + MOST.toDays() + "d at the most, not '" + text + "'");
  }
}
