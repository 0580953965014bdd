package org.keyward.signing;

import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.keyward.background.RepeatedTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps of the signer role that look after things: inventories, the audit log, parents,
 * findings, the webhook.
 */
public final class Watch {
  private static final Logger log = LoggerFactory.getLogger(Watch.class);
  private static final Duration MOMENT = Duration.ofSeconds(5);
  private static final Duration REFUSED = Duration.ofSeconds(15);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration TEN_MINUTES = Duration.ofMinutes(10);
  private static final Duration DAY = Duration.ofDays(1);

  private final FindingStore store;
  private final Optional<Tokens> tokens;
  private final Supplier<Optional<String>> auditFault;
  private final Findings findings;
  private final Optional<ParentSweep> parents;
  private final Optional<FindingWebhook> webhook;
  private final Clock clock;

  /**
   * @param tokens empty where there are none to look at
   * @param auditFault follows the audit log from its beginning; empty when its chain holds
   * @param parents empty when no resolver may be asked
   */
  public Watch(
      FindingStore store,
      Optional<Tokens> tokens,
      Supplier<Optional<String>> auditFault,
      Findings findings,
      Optional<ParentSweep> parents,
      Optional<FindingWebhook> webhook,
      Clock clock) {
    this.store = store;
    this.tokens = tokens;
    this.auditFault = auditFault;
    this.findings = findings;
    this.parents = parents;
    this.webhook = webhook;
    this.clock = clock;
  }

  /** By the names of their threads. */
  Map<String, RepeatedTask.Round> rounds() {
    Map<String, RepeatedTask.Round> rounds = new LinkedHashMap<>();
    tokens.ifPresent(
        all ->
            all.names()
                .forEach(token -> rounds.put("inventory-" + token, () -> inventory(all, token))));
    rounds.put("audit", this::follow);
    rounds.put("findings", SignerLoop.costing(MOMENT, findings::look));
    parents.ifPresent(sweep -> rounds.put("parents", () -> ask(sweep)));
    webhook.ifPresent(hook -> rounds.put("webhook", () -> tell(hook)));
    return rounds;
  }

  /** Reading all keys takes the permit: rarely, and not while others wait for it. */
  private Duration inventory(Tokens tokens, String token) {
    try {
      TokenState state = tokens.state(token);
      if (!state.reachable()) {
        return MOMENT;
      }
      store.inventory(token, tokens.keys(token), clock.instant());
      return TEN_MINUTES;
    } catch (TokenException e) {
      log.debug("token {}: no inventory: {}", token, e.getMessage());
      return MINUTE;
    }
  }

  /** At the start, and daily. */
  private Duration follow() {
    store.auditChecked(auditFault.get(), clock.instant());
    return DAY;
  }

  private Duration ask(ParentSweep sweep) {
    try {
      return sweep.step() == 0 ? MOMENT : Duration.ZERO;
    } catch (ParentDs.UnansweredException e) {
      log.debug("{}", e.getMessage());
      return REFUSED;
    }
  }

  private static Duration tell(FindingWebhook hook) {
    int told = hook.step();
    return told == 0 ? MOMENT : told < 0 ? REFUSED : Duration.ZERO;
  }
}
