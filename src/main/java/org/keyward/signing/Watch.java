package org.keyward.signing;

import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps of the signer role that look after things: inventories, the audit log, parents,
 * findings, the webhook. Each gives, as the steps of {@link SignerLoop} do, how much there was to
 * do, or a negative number for a pause of that many times five seconds.
 */
public final class Watch {
  private static final Logger log = LoggerFactory.getLogger(Watch.class);
  private static final int MINUTE = -12;
  private static final int TEN_MINUTES = 10 * MINUTE;
  private static final int DAY = 24 * 60 * MINUTE;
  private static final Duration UNIT = Duration.ofSeconds(5);
  private static final int COST_SHARE = 20;

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
  Map<String, IntSupplier> steps() {
    Map<String, IntSupplier> steps = new LinkedHashMap<>();
    tokens.ifPresent(
        all ->
            all.names()
                .forEach(token -> steps.put("inventory-" + token, () -> inventory(all, token))));
    steps.put("audit", this::follow);
    steps.put("findings", this::look);
    parents.ifPresent(sweep -> steps.put("parents", () -> ask(sweep)));
    webhook.ifPresent(hook -> steps.put("webhook", () -> tell(hook)));
    return steps;
  }

  /** Reading all keys takes the permit: rarely, and not while others wait for it. */
  private int inventory(Tokens tokens, String token) {
    try {
      TokenState state = tokens.state(token);
      if (!state.reachable()) {
        return MINUTE;
      }
      store.inventory(token, tokens.keys(token), clock.instant());
      return TEN_MINUTES;
    } catch (TokenException e) {
      log.debug("token {}: no inventory: {}", token, e.getMessage());
      return MINUTE;
    }
  }

  /** At once, and a twentieth of the time at most: it looks at all signed zones. */
  private int look() {
    long begin = System.nanoTime();
    findings.look();
    Duration cost = Duration.ofNanos(System.nanoTime() - begin).multipliedBy(COST_SHARE);
    return -(int) Math.max(1, cost.dividedBy(UNIT));
  }

  /** At the start, and daily. */
  private int follow() {
    store.auditChecked(auditFault.get(), clock.instant());
    return DAY;
  }

  private int ask(ParentSweep sweep) {
    try {
      int asked = sweep.step();
      return asked == 0 ? MINUTE / 12 : asked;
    } catch (ParentDs.UnansweredException e) {
      log.debug("{}", e.getMessage());
      return MINUTE / 4;
    }
  }

  private static int tell(FindingWebhook hook) {
    int told = hook.step();
    return told == 0 ? MINUTE / 12 : told < 0 ? MINUTE / 4 : told;
  }
}
