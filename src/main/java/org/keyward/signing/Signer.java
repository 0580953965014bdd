package org.keyward.signing;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.keyward.audit.AuditEvent;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.SigningSettings;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.dnssec.TimeText;
import org.keyward.zone.SigningMode;
import org.keyward.zone.StoredDataException;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/**
 * The signer role: answers requests, plans each zone's runway, has the tokens sign what is planned.
 * All of its state is in the database, so that it can end at any moment and go on elsewhere, and
 * that several may work at once. Each method is one step. Thread-safe.
 */
public final class Signer {
  /** How often it is looked at what policies say of signatures. */
  private static final Duration POLICIES = Duration.ofMinutes(1);

  private static final Logger log = LoggerFactory.getLogger(Signer.class);
  private static final int SLICE = 256;

  /** What a slice costs in the database whatever its size is little beside so many signatures. */
  private static final int MOST_SIGNATURES = 512;

  /** After how long a parent is asked again that did not answer. */
  private static final Duration ASK_AGAIN = Duration.ofMinutes(10);

  private final SigningStore store;
  private final Tokens tokens;
  private final ParentDs parentDs;
  private final SigningSettings settings;
  private final DatabaseClock clock;
  private final Map<Object, String> failing = new ConcurrentHashMap<>();
  private final Map<String, TokenReport> reports = new ConcurrentHashMap<>();
  private final Map<String, SlicePipeline> pipelines = new ConcurrentHashMap<>();
  private final SignatureTally tally = new SignatureTally();
  private final SliceSigner slices;
  private volatile Optional<Instant> followed = Optional.empty();
  private volatile Map<String, SigningStore.Terms> terms = Map.of();
  private volatile boolean allFollow;
  private final RollCommands rolls;
  private final PolicyCommands policies;

  /**
   * @param parentDs asked before a zone is taken back to unsigned
   */
  public Signer(
      SigningStore store,
      Tokens tokens,
      ParentDs parentDs,
      SigningSettings settings,
      DatabaseClock clock) {
    this.store = store;
    this.tokens = tokens;
    this.parentDs = parentDs;
    this.settings = settings;
    this.clock = clock;
    this.slices = new SliceSigner(tokens, tally);
    this.rolls = new RollCommands(store.rolls(), settings);
    this.policies = new PolicyCommands(store.rolls().policies(), settings);
  }

  /** Where nobody is named, anybody could be the second person for their own request. */
  private static final String NOBODY =
      "two people are needed, and PowerDNS does not say who asks: use 'keyward assign'";

  /** The actor of what comes over PowerDNS's protocol. */
  private static final String POWERDNS = "powerdns";

  /** Answers waiting requests and takes the steps that are due. Gives how much there was to do. */
  public int plan() {
    return answer() + takeSteps();
  }

  /**
   * Whether this host and the database agree what time it is: what is signed, planned or thrown
   * away at a wrong time makes zones bogus later. A person may say to go on all the same.
   */
  private boolean mayWork() {
    Duration difference = clock.difference();
    return !clock.differs()
        || store.clockWord().filter(word -> word.covers(difference, clock.instant())).isPresent();
  }

  /** Answers waiting requests; gives how many. */
  int answer() {
    int done = store.takeClockWords(clock.difference(), clock.instant());
    return mayWork() ? done + answerAll() : done;
  }

  private int answerAll() {
    int done = 0;
    boolean twoPerson = store.needsTwoPeople();
    Map<List<Object>, TokenKey> found = new HashMap<>();
    for (SigningStore.Queued queued : store.queued(tokens.names(), SLICE)) {
      if (twoPerson && queued.request().actor().equals(POWERDNS)) {
        store.refuse(queued, AuditEvent.Result.REFUSED, NOBODY, clock.instant());
      } else if (twoPerson && !queued.approved() && needsApproval(queued.request())) {
        store.hold(queued, clock.instant());
      } else {
        carryOut(queued, found);
      }
      done++;
    }
    return done;
  }

  /** To leave all as it is takes nobody's approval. */
  private static boolean needsApproval(SigningRequest request) {
    return !(request instanceof SigningRequest.Keep
        || (request instanceof SigningRequest.Roll roll && roll.command().equals("hold")));
  }

  /** What is due by the clock, or follows from a request; gives how much there was to do. */
  int takeSteps() {
    return mayWork() ? takeAllSteps() : 0;
  }

  private int takeAllSteps() {
    int done = 0;
    Instant now = clock.instant();
    done += alone("terms of signing", () -> follow(now));
    for (SigningStore.Planned assignment : store.toPlan(now, SLICE)) {
      done +=
          alone(
              assignment.zone(),
              () -> store.plan(assignment, RunwayPlanner.missing(assignment, now)));
    }
    done += alone("changes of mode", () -> store.stepModes(now, SLICE));
    done += alone("serials", () -> store.renewSerials(now, SLICE));
    done += alone("denial of existence", () -> store.stepDenials(now, SLICE));
    for (SigningStore.Leaving leaving : store.leavingDue(now, SLICE)) {
      done += alone(leaving.zone(), () -> end(leaving, now) ? 1 : 0);
    }
    return done;
  }

  /**
   * After a start, and when policies have changed, in all zones; else in those that have another
   * policy now: of two signers whose configurations differ the one that started last is followed.
   */
  private int follow(Instant now) {
    if (allFollow
        && followed
            .filter(last -> Duration.between(last, now).compareTo(POLICIES) < 0)
            .isPresent()) {
      return 0;
    }
    Map<String, SigningStore.Terms> said = PolicyCommands.terms(policies.read());
    allFollow &= said.equals(terms);
    terms = said;
    int zones = store.follow(terms, !allFollow, now, SLICE);
    followed = zones < SLICE ? Optional.of(now) : Optional.empty();
    if (zones > 0) {
      log.info(
          "{} zones: signed as their policies and the configuration say now, the DNSKEY sets from the end of what is"
              + " signed ahead on",
          zones);
    }
    allFollow |= zones < SLICE;
    return zones;
  }

  /**
   * Whatever is met, the other steps are taken, and this one again later.
   *
   * @throws ZoneStorageException when it is the database that is out of reach
   */
  private int alone(Object of, IntSupplier step) {
    try {
      int done = step.getAsInt();
      failing.remove(of);
      return done;
    } catch (RuntimeException | Error e) {
      if (e instanceof ZoneStorageException && !(e instanceof StoredDataException)) {
        throw e;
      }
      if (!e.toString().equals(failing.put(of, e.toString()))) {
        log.error("{}: {}; trying again", of, e.toString(), e);
      }
      return 0;
    }
  }

  /** A DS that came back meanwhile is in caches again: the hold begins anew. */
  private boolean end(SigningStore.Leaving leaving, Instant now) {
    try {
      if (!hasDs(leaving.zone())) {
        return store.endLeaving(leaving, now);
      }
      Instant until = now.plus(settings.unassignHold());
      String why = "a DS is at its parent again; stays signed until " + TimeText.of(until);
      log.warn("zone {}: {}", NameText.of(leaving.zone()), why);
      store.stayLonger(leaving, until, Optional.of(why), now);
    } catch (ParentDs.UnansweredException e) {
      log.warn("zone {}: stays signed: {}", NameText.of(leaving.zone()), e.getMessage());
      store.stayLonger(leaving, now.plus(ASK_AGAIN), Optional.empty(), now);
    }
    return false;
  }

  private boolean hasDs(Name zone) {
    return store.parentHasDs(zone) || !parentDs.of(zone).isEmpty();
  }

  private void carryOut(SigningStore.Queued queued, Map<List<Object>, TokenKey> found) {
    SigningRequest request = queued.request();
    AuditEvent.Result result = AuditEvent.Result.REFUSED;
    Optional<String> refusal;
    try {
      refusal = carryOut(queued.id(), request, found);
    } catch (TokenException | ParentDs.UnansweredException | StoredDataException e) {
      result = AuditEvent.Result.FAILED;
      refusal = Optional.of(e.getMessage());
    } catch (ZoneStorageException e) {
      throw e; // the database is out of reach: it stays queued
    } catch (RuntimeException e) {
      log.error("zone {}: request {}", NameText.of(request.zone()), queued.id(), e);
      result = AuditEvent.Result.FAILED;
      refusal = Optional.of("it cannot be carried out: " + e);
    }
    if (refusal.isPresent()) {
      log.warn("zone {}", NameText.about(request.zone(), refusal.get()));
      store.refuse(queued, result, refusal.get(), clock.instant());
    }
  }

  private Optional<String> carryOut(
      long id, SigningRequest request, Map<List<Object>, TokenKey> found) {
    if (request instanceof SigningRequest.Assign assign) {
      return assign(id, assign, found);
    }
    if (request instanceof SigningRequest.Mode change) {
      return SigningMode.parse(change.mode())
          .map(mode -> store.changeMode(id, change, mode, clock.instant()))
          .orElseGet(() -> Optional.of(ModeRules.unknown(change.zone(), change.mode())));
    }
    if (request instanceof SigningRequest.Keep keep) {
      return store.keep(id, keep, clock.instant());
    }
    if (request instanceof SigningRequest.Roll roll) {
      return rolls.carryOut(
          id, roll, tokens, Instant.ofEpochSecond(clock.instant().getEpochSecond()));
    }
    if (request instanceof SigningRequest.OfPolicy policy) {
      return policies.carryOut(id, policy, clock.instant());
    }
    return leave(id, (SigningRequest.Unassign) request);
  }

  /**
   * @param found what was looked up for the requests before, since each look takes the permit
   */
  private Optional<String> assign(
      long id, SigningRequest.Assign request, Map<List<Object>, TokenKey> found) {
    String wanted = request.mode().orElse(settings.mode());
    Optional<SigningMode> mode = ModeRules.assignable(wanted);
    if (mode.isEmpty()) {
      return Optional.of(ModeRules.unknown(request.zone(), wanted));
    }
    TokenKey key =
        found.computeIfAbsent(
            List.of(request.token(), request.label(), request.algorithm()),
            unknown -> tokens.find(request.token(), request.label(), request.algorithm()));
    return store.assign(
        id,
        new SigningStore.NewAssignment(
            request,
            key,
            SoftwareKeys.generate(request.zone(), key.algorithm(), SoftwareKeys.ZSK_FLAGS),
            mode.get(),
            PolicyCommands.terms(policies.read())),
        clock.instant());
  }

  private Optional<String> leave(long id, SigningRequest.Unassign request) {
    if (hasDs(request.zone())) {
      return Optional.of(
          NameText.of(request.zone())
              + " has a DS at its parent: resolvers would find the zone bogus; have the DS removed"
              + " first, then unassign again");
    }
    Instant now = clock.instant();
    Duration hold = request.hold().orElse(settings.unassignHold());
    return store.leave(id, request, now.plus(hold), now);
  }

  /**
   * Signs a slice of what waits for the token. Never throws for a token that cannot: its work stays
   * queued. Several threads for a token keep it busy: one signs while others store.
   *
   * @return how many signatures were made and stored; -1 when the token could not
   */
  public int sign(String token) {
    TokenState state = tokens.state(token);
    String serial = state.serial().orElse("");
    TokenReport report =
        reports.computeIfAbsent(token, name -> new TokenReport(store, tally, clock));
    try {
      int done = state.reachable() && mayWork() ? signSlice(token, serial, report) : 0;
      report.send(state, tokens.usage(token), serial, done == 0);
      return state.reachable() ? done : -1;
    } catch (TokenException e) {
      report.send(state.withFault(e.getMessage()), tokens.usage(token), serial, true);
      return -1;
    }
  }

  private int signSlice(String token, String serial, TokenReport report) {
    try (SlicePipeline.Place place = pipelines.computeIfAbsent(token, SlicePipeline::new).enter()) {
      return store.work(
          serial,
          report.slice(SliceSigner.SLICE, MOST_SIGNATURES),
          slices.setAside(),
          clock.instant(),
          work -> slices.sign(token, work, place, report));
    }
  }

  /** Throws away what is no longer needed; called now and then. */
  public void prune() {
    if (mayWork()) {
      store.prune(clock.instant());
    }
  }

  /**
   * Lets the plan go back to what there is: signatures of a time that the clock has come back from,
   * or that somebody deleted, are no reason not to sign. Called now and then.
   *
   * @return of how many zones
   */
  public int planAnew() {
    if (!mayWork()) {
      return 0;
    }
    int zones = store.planAnew(clock.instant());
    if (zones > 0) {
      log.warn("{} zones: signed or planned for less long than it seemed; planned anew", zones);
    }
    return zones;
  }
}
