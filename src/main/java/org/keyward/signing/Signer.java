package org.keyward.signing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.config.SigningSettings;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.dnssec.SoftwareKeys;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;

/**
 * The signer role: answers requests, plans each zone's runway, has the tokens sign what is planned.
 * All of its state is in the database, so that it can end at any moment and go on elsewhere. Each
 * method is one step and may be called by one thread at a time per token.
 */
public final class Signer {
  private static final Logger log = LoggerFactory.getLogger(Signer.class);
  private static final int SLICE = 256;

  /** How long a slice holds the permit, so that others get their turn. */
  private static final Duration HOLD = Duration.ofMillis(200);

  private final SigningStore store;
  private final Tokens tokens;
  private final SigningSettings settings;
  private final Clock clock;
  private final Map<String, Double> rates = new HashMap<>();

  public Signer(SigningStore store, Tokens tokens, SigningSettings settings, Clock clock) {
    this.store = store;
    this.tokens = tokens;
    this.settings = settings;
    this.clock = clock;
  }

  /** Answers waiting requests and plans what is due. Gives how much there was to do. */
  public int plan() {
    int done = 0;
    for (SigningStore.Queued queued : store.queued(SLICE)) {
      carryOut(queued);
      done++;
    }
    Instant now = clock.instant();
    for (SigningStore.Planned assignment : store.toPlan(now, SLICE)) {
      store.plan(assignment, RunwayPlanner.missing(assignment, now));
      done++;
    }
    return done + store.renewSerials(now, SLICE) + store.endLeaving(now);
  }

  private void carryOut(SigningStore.Queued queued) {
    SigningRequest request = queued.request();
    Optional<String> refusal;
    try {
      refusal =
          request instanceof SigningRequest.Assign assign
              ? assign(queued.id(), assign)
              : leave(queued.id(), (SigningRequest.Unassign) request);
    } catch (TokenException e) {
      refusal = Optional.of(e.getMessage());
    }
    refusal.ifPresent(
        why -> {
          log.warn("zone {}: {}", request.zone(), why);
          store.answer(queued.id(), false, why);
        });
  }

  private Optional<String> assign(long id, SigningRequest.Assign request) {
    TokenKey key = tokens.find(request.token(), request.label(), request.algorithm());
    SigningSchedule schedule =
        new SigningSchedule(
            settings.validity(), settings.step(), SigningSchedule.DEFAULT_INCEPTION_OFFSET);
    return store.assign(
        id,
        new SigningStore.NewAssignment(
            request,
            key,
            SoftwareKeys.generate(request.zone(), key.algorithm(), SoftwareKeys.ZSK_FLAGS),
            schedule,
            settings.runway(),
            settings.dnskeyTtl()),
        clock.instant());
  }

  private Optional<String> leave(long id, SigningRequest.Unassign request) {
    if (store.parentHasDs(request.zone())) {
      return Optional.of(
          request.zone()
              + " has a DS at its parent: resolvers would find the zone bogus; have the DS removed"
              + " first, then unassign again");
    }
    Instant now = clock.instant();
    return store.leave(id, request, now.plus(request.hold()), now);
  }

  /**
   * Signs a slice of what waits for the token. Never throws for a token that cannot: its work stays
   * queued.
   *
   * @return how many signatures were made and stored; -1 when the token could not
   */
  public int sign(String token) {
    TokenState state = tokens.state(token);
    String serial = state.serial().orElse("");
    try {
      int done = 0;
      if (state.reachable() && store.waiting(serial) > 0) {
        long start = System.nanoTime();
        done = store.work(serial, SLICE, clock.instant(), work -> sign(token, work));
        measured(token, done, System.nanoTime() - start);
      }
      report(state, serial);
      return state.reachable() ? done : -1;
    } catch (TokenException e) {
      log.warn("token {}: {}", token, e.getMessage());
      report(broken(state, e.getMessage()), serial);
      return -1;
    }
  }

  private List<SigningStore.Done> sign(String token, List<SigningStore.Work> work) {
    if (work.isEmpty()) {
      return List.of();
    }
    return tokens.withPermit(token, signer -> sign(signer, work));
  }

  private static List<SigningStore.Done> sign(KeySigner signer, List<SigningStore.Work> slice) {
    List<SigningStore.Done> done = new ArrayList<>();
    long end = System.nanoTime() + HOLD.toNanos();
    for (SigningStore.Work work : slice) {
      List<Record> keys = List.copyOf(work.keys());
      RRSIGRecord signature =
          RrsetSigner.sign(keys, work.ksk(), work.window(), data -> signer.sign(work.key(), data));
      if (!RrsetSigner.verifies(keys, signature, work.ksk())) {
        throw new TokenException(
            TokenException.Reason.FAILED,
            work.key()
                + " made a signature that does not fit its public key; it is not used. Check the"
                + " key with 'keyward token keys'");
      }
      done.add(new SigningStore.Done(work, signature));
      if (System.nanoTime() > end) {
        break;
      }
    }
    return done;
  }

  private synchronized void measured(String token, int done, long nanos) {
    if (done > 0) {
      double rate = done / (nanos / 1e9);
      rates.merge(token, rate, (before, now) -> 0.8 * before + 0.2 * now);
    }
  }

  private void report(TokenState state, String serial) {
    double rate;
    synchronized (this) {
      rate = rates.getOrDefault(state.name(), 0.0);
    }
    store.report(state, store.waiting(serial), rate, clock.instant());
  }

  private static TokenState broken(TokenState state, String fault) {
    return new TokenState(
        state.name(),
        state.module(),
        state.serial(),
        state.label(),
        state.model(),
        state.pin(),
        Optional.of(fault),
        state.warnings());
  }

  /** Throws away what is no longer needed; called now and then. */
  public void prune() {
    store.prune();
  }
}
