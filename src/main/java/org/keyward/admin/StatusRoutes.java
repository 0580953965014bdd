package org.keyward.admin;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.keyward.dnssec.TimeText;

/** What people look at first. */
final class StatusRoutes {
  private final Overview overview;

  StatusRoutes(Overview overview) {
    this.overview = overview;
  }

  List<Route> routes() {
    return List.of(
        Route.get(
            "/whoami", "whoAmI", "Whose token this is, and what it may do", "Bearer", this::me),
        Route.get(
            "/status",
            "getStatus",
            "How many zones are in which state, when they expire, what is wrong",
            "Status",
            call -> call.reply(overview.summary())),
        Route.get(
            "/tokens",
            "listTokens",
            "PKCS#11 tokens as the signer last saw them",
            "Tokens",
            call -> call.reply(Map.of("items", overview.tokens()))),
        Route.get(
            "/keys",
            "listKeys",
            "Keys on tokens and keys that zones use, compared",
            "Keys",
            call -> call.reply(Map.of("items", overview.keys()))),
        Route.get(
                "/findings",
                "listFindings",
                "What is wrong, the worst first, and what to do about it",
                "Findings",
                this::findings)
            .with("zone", "only what concerns this zone, its key or that key's token"));
  }

  private void findings(Call call) throws java.io.IOException {
    List<Map<String, Object>> items =
        call.query("zone").map(Call::name).map(overview::findingsOf).orElseGet(overview::findings);
    call.reply(Map.of("items", items));
  }

  private void me(Call call) throws java.io.IOException {
    ApiToken token = call.bearer();
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("name", token.name());
    reply.put("role", token.role().word());
    reply.put("expires_at", token.expiresAt().map(TimeText::of).orElse(null));
    call.reply(reply);
  }
}
