package org.keyward.keyset;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.keyset.CachedViews.PublishedKeys;
import org.keyward.keyset.CachedViews.SigningKey;
import org.keyward.keyset.CachedViews.Version;
import org.xbill.DNS.Name;

/**
 * One zone, its signer, its servers and its parent on a simulated clock, with the production
 * planner and the production choice of what is served. Everything that could be fetched is written
 * down, so that {@link CachedViews} can judge it.
 */
final class World {
  static final Name ZONE = Name.fromConstantString("example.test.");
  static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

  /** How likely something goes wrong in a step of time. */
  record Trouble(double tokenAway, double serverAway, double parentReverts, double commands) {
    static final Trouble NONE = new Trouble(0, 0, 0, 0);
    static final Trouble SOME = new Trouble(0.003, 0.005, 0.01, 0.005);
  }

  final long seed;
  final Random random;
  final Policy policy;
  final KeySetPlanner planner;
  final Commands commands;
  private final Trouble trouble;
  private final Senses senses;
  private final UnaryOperator<KeySet> defence;

  Instant now = BEGIN;
  KeySet keys;
  List<SignedWindow> stock = new ArrayList<>();
  Duration dataTtl;
  Duration dsTtl;
  final List<RollEvent> events = new ArrayList<>();
  private int nextKey = 3;
  private int tokenSignatures;
  private int bogusNow;

  private final List<Server> servers = new ArrayList<>();
  private final List<ParentServer> parents = new ArrayList<>();
  private final List<Version<Set<SigningKey>>> dsVersions = new ArrayList<>();
  private final List<Version<PublishedKeys>> keyVersions = new ArrayList<>();
  private final List<Version<Set<SigningKey>>> dataVersions = new ArrayList<>();
  private Set<Integer> registry;
  private final Set<Integer> former = new HashSet<>(Set.of(1));
  private Instant tokenBack = BEGIN;
  private Instant nobodyAwayUntil = BEGIN;
  private Optional<Instant> registryActs = Optional.empty();
  private final List<TimedTtl> dataTtls = new ArrayList<>();
  private final List<TimedTtl> dsTtls = new ArrayList<>();

  private record TimedTtl(Instant until, Duration ttl) {}

  /** What the planner is told of what there is. */
  interface Senses {
    Senses TRUE = (world, seen) -> seen;

    Observed of(World world, Observed seen);
  }

  World(long seed, Policy policy, Trouble trouble) {
    this(seed, policy, policy, trouble, Senses.TRUE, UnaryOperator.identity());
  }

  /**
   * @param real how long things take
   * @param planned how long the planner believes that they take
   * @param senses what the planner is told
   * @param defence what servers know of which keys are needed
   */
  World(
      long seed,
      Policy real,
      Policy planned,
      Trouble trouble,
      Senses senses,
      UnaryOperator<KeySet> defence) {
    this.seed = seed;
    this.random = new Random(seed);
    this.policy = real;
    this.trouble = trouble;
    this.senses = senses;
    this.defence = defence;
    this.planner = new KeySetPlanner(ZONE, planned);
    this.commands = new Commands(planner);
    this.dataTtl = real.zoneTtlAtLeast();
    this.dsTtl = real.dsTtlAtLeast();
    Instant past = BEGIN.minus(Duration.ofDays(30));
    keys =
        new KeySet(
            List.of(
                ZoneKey.inUse(1, KeyRole.KSK, 13, 1001, past),
                ZoneKey.inUse(2, KeyRole.ZSK, 13, 2002, past)),
            List.of());
    registry = Set.of(1);
    for (int i = 0; i < 3; i++) {
      servers.add(new Server());
      parents.add(new ParentServer());
    }
    sign();
    servers.forEach(Server::follow);
    parents.forEach(ParentServer::follow);
  }

  SigningSchedule schedule() {
    return policy.schedule();
  }

  int tokenSignatures() {
    return tokenSignatures;
  }

  /** Ids of the keys in the DNSKEY set of the window in use at {@code at}. */
  Set<Integer> keysAt(Instant at) {
    return keys.keysOf(schedule().windowAt(ZONE, at).activeFrom());
  }

  /** How often a question at the moment would have had no valid answer at all. */
  int unservable() {
    return bogusNow;
  }

  void runUntil(Instant end) {
    while (now.isBefore(end)) {
      tick();
    }
  }

  void tick() {
    now = now.plus(step());
    happen();
    plan();
    if (!now.isBefore(tokenBack)) {
      sign();
    }
    parents.forEach(ParentServer::tick);
    servers.forEach(Server::tick);
  }

  private Duration step() {
    long most = Math.max(1, policy.schedule().step().toSeconds() / 20);
    return Duration.ofSeconds(1 + random.nextLong(most));
  }

  private void happen() {
    if (random.nextDouble() < trouble.tokenAway()
        && now.isAfter(nobodyAwayUntil)
        && now.isAfter(tokenBack.plus(schedule().step()))) {
      tokenBack = now.plus(fraction(policy.runway().dividedBy(2)));
    }
    if (random.nextDouble() < trouble.commands()) {
      command();
    }
    if (!trouble.equals(Trouble.NONE) && random.nextDouble() < 0.01) {
      dataTtl = fraction(policy.zoneTtlAtLeast().multipliedBy(2));
      dsTtl = fraction(policy.dsTtlAtLeast().multipliedBy(2));
    }
    moveRegistry();
  }

  private Duration fraction(Duration most) {
    // The longest is where waits that are too short show.
    double part = random.nextInt(3) == 0 ? 1 : random.nextDouble();
    return Duration.ofSeconds(1 + (long) (part * (most.toSeconds() - 1)));
  }

  private void command() {
    KeyRole role = random.nextBoolean() ? KeyRole.KSK : KeyRole.ZSK;
    Outcome outcome =
        switch (random.nextInt(4)) {
          case 0 -> commands.cancel(keys, role, observed(), now);
          case 1 -> commands.hold(keys, role);
          default -> commands.resume(keys, role);
        };
    if (outcome instanceof Outcome.Done done) {
      keys = done.keys();
    }
  }

  /**
   * A person hands in the DS that is wanted, some time later; now and then the parent goes back.
   */
  private void moveRegistry() {
    Set<Integer> wanted =
        keys.roll(KeyRole.KSK)
            .filter(roll -> roll.phase() == RollPhase.SUBMITTED)
            .map(roll -> Set.of(roll.newKey()))
            .orElse(registry);
    if (!wanted.equals(registry) && registryActs.isEmpty()) {
      registryActs = Optional.of(now.plus(fraction(policy.runway().dividedBy(4))));
    }
    if (registryActs.filter(at -> !now.isBefore(at)).isPresent()) {
      registry = wanted;
      former.addAll(wanted);
      registryActs = Optional.empty();
    }
    keys.roll(KeyRole.KSK)
        .filter(roll -> former.contains(roll.oldKey()))
        .filter(this::mayRevert)
        .filter(roll -> random.nextDouble() < trouble.parentReverts())
        .ifPresent(this::revert);
  }

  /** While the old key is still in every set that is served, and for long enough to see it. */
  private boolean mayRevert(Roll roll) {
    Duration notice = policy.parentPropagation().plus(policy.propagation().multipliedBy(2));
    Instant soon = now.plus(notice).plus(policy.schedule().step().dividedBy(20));
    if (roll.phase() == RollPhase.RETIRING) {
      Duration wait = policy.waits(observed().cached()).kskRetirement();
      return soon.isBefore(roll.seen().orElseThrow().plus(wait));
    }
    return roll.phase() == RollPhase.LEAVING
        && roll.pace().equals(Pace.LAZY)
        && servers.stream().allMatch(server -> server.shownKeys().contains(roll.oldKey()))
        && keys.keysOf(schedule().windowAt(ZONE, now).activeFrom()).contains(roll.oldKey())
        && soon.isBefore(schedule().next(schedule().windowAt(ZONE, now)).activeFrom());
  }

  /** The parent has the DS of the old key again, while the token is away for a time. */
  void parentGoesBackWithoutTheToken(Duration away) {
    revert(keys.roll(KeyRole.KSK).orElseThrow());
    tokenBack = now.plus(away);
  }

  /**
   * A server that is not told of it could not know, so that none is away meanwhile; and the token
   * is there before the set that is held expires.
   */
  private void revert(Roll roll) {
    registry = Set.of(roll.oldKey());
    Instant back = now.plus(schedule().step().dividedBy(2));
    tokenBack = tokenBack.isBefore(back) ? tokenBack : back;
    nobodyAwayUntil = now.plus(policy.runway());
    servers.forEach(server -> server.next = now);
  }

  private void plan() {
    Observed seen = senses.of(this, observed());
    Plan plan = planner.next(keys, seen, now);
    keys = plan.keys();
    events.addAll(plan.events());
    for (KeyRole role : plan.keysToMake()) {
      start(role, pace());
    }
  }

  private Pace pace() {
    return switch (random.nextInt(3)) {
      case 0 -> Pace.LAZY;
      case 1 -> Pace.NOW;
      default -> Pace.within(fraction(policy.runway()));
    };
  }

  Outcome start(KeyRole role, Pace pace) {
    int id = nextKey++;
    ZoneKey added = ZoneKey.unused(id, role, 13, (role == KeyRole.KSK ? 1000 : 2000) + id);
    Outcome outcome = commands.start(keys, added, pace, senses.of(this, observed()), now);
    if (outcome instanceof Outcome.Done done) {
      keys = done.keys();
    }
    return outcome;
  }

  private void sign() {
    for (SigningJob job : new SigningJobs(ZONE, policy).missing(keys, newest(stock), now)) {
      if (job.notBefore().isAfter(now)) {
        continue;
      }
      tokenSignatures++;
      Optional<SignedWindow> same =
          stock.stream()
              .filter(signed -> signed.window().equals(job.window()))
              .filter(signed -> signed.keys().equals(job.keys()))
              .findFirst();
      Set<Integer> signers = new HashSet<>(same.map(SignedWindow::signers).orElse(Set.of()));
      signers.add(job.signer());
      same.ifPresent(stock::remove);
      stock.add(new SignedWindow(job.window(), job.keys(), signers, now));
    }
    stock.removeIf(signed -> signed.window().expiration().isBefore(now));
  }

  /** Of a window that was signed for several sets, the last one stored is what is ahead. */
  static List<SignedWindow> newest(List<SignedWindow> stock) {
    Map<Instant, SignedWindow> last = new HashMap<>();
    stock.forEach(signed -> last.put(signed.window().activeFrom(), signed));
    return List.copyOf(last.values());
  }

  Observed observed() {
    Set<Integer> allKeys = null;
    Set<Integer> allSigners = null;
    Set<Integer> anyKeys = new HashSet<>();
    Set<Integer> anySigners = new HashSet<>();
    for (Server server : servers) {
      Set<Integer> shown = server.shownKeys();
      allKeys = meet(allKeys, shown);
      allSigners = meet(allSigners, server.shownSigners());
      anyKeys.addAll(shown);
      anySigners.addAll(server.shownSigners());
    }
    Instant followed =
        servers.stream().map(server -> server.followed).min(Instant::compareTo).orElseThrow();
    Set<Integer> allDs = null;
    Set<Integer> anyDs = new HashSet<>();
    for (ParentServer parent : parents) {
      allDs = meet(allDs, parent.ds);
      anyDs.addAll(parent.ds);
    }
    return new Observed(
        newest(stock),
        Optional.of(new ServersView(now, followed, allKeys, anyKeys, allSigners, anySigners)),
        Optional.of(new ParentView(now, true, allDs, anyDs)),
        new CachedTtls(policy.dnskeyTtl(), highWater(dataTtls, dataTtl), highWater(dsTtls, dsTtl)),
        true);
  }

  private Duration highWater(List<TimedTtl> ttls, Duration present) {
    ttls.removeIf(timed -> timed.until().isBefore(now));
    ttls.add(new TimedTtl(now.plus(present).plus(Duration.ofDays(60)), present));
    return ttls.stream().map(TimedTtl::ttl).max(Duration::compareTo).orElse(present);
  }

  private static Set<Integer> meet(Set<Integer> one, Set<Integer> other) {
    if (one == null) {
      return new HashSet<>(other);
    }
    one.retainAll(other);
    return one;
  }

  CachedViews views() {
    servers.forEach(Server::close);
    parents.forEach(ParentServer::close);
    return new CachedViews(dsVersions, keyVersions, dataVersions);
  }

  private SigningKey signingKey(int id) {
    return new SigningKey(id, keys.key(id).algorithm());
  }

  private Set<SigningKey> signingKeys(Set<Integer> ids) {
    return ids.stream()
        .map(this::signingKey)
        .collect(java.util.stream.Collectors.toUnmodifiableSet());
  }

  /** Reads the database at most Dprp late, and is away now and then, when it serves what it has. */
  private final class Server {
    private KeySet known;
    private List<SignedWindow> stored;
    private Instant followed = BEGIN;
    private Instant next = BEGIN;
    private Optional<ServedSet> served = Optional.empty();
    private Set<Integer> signers = Set.of();
    private Instant sinceKeys = BEGIN;
    private Instant sinceData = BEGIN;
    private Duration ttl = Duration.ZERO;

    void follow() {
      known = defence.apply(keys);
      followed = now;
      stored = List.copyOf(stock);
      show();
      next = now.plus(fraction(policy.propagation()));
    }

    void tick() {
      boolean follows = followed.plus(policy.propagation().multipliedBy(2)).isAfter(now);
      if (follows && now.isAfter(nobodyAwayUntil) && random.nextDouble() < trouble.serverAway()) {
        next = now.plus(fraction(policy.runway().dividedBy(3)));
      }
      if (!now.isBefore(next)) {
        follow();
      } else {
        show();
      }
    }

    private void show() {
      Optional<ServedSet> set = ServedSet.choose(known, stored, now);
      if (set.isEmpty()) {
        bogusNow++;
        return;
      }
      if (served.isEmpty() || !same(served.get(), set.get())) {
        closeKeys();
        sinceKeys = now;
      }
      served = set;
      if (!known.zoneSigners(now).equals(signers) || !dataTtl.equals(ttl)) {
        closeData();
        signers = known.zoneSigners(now);
        ttl = dataTtl;
        sinceData = now;
      }
    }

    private boolean same(ServedSet one, ServedSet other) {
      return one.set().keys().equals(other.set().keys())
          && one.set().signers().equals(other.set().signers());
    }

    Set<Integer> shownKeys() {
      return served.map(set -> set.set().keys()).orElse(Set.of());
    }

    Set<Integer> shownSigners() {
      return signers;
    }

    void close() {
      closeKeys();
      closeData();
    }

    private void closeKeys() {
      served.ifPresent(
          set ->
              keyVersions.add(
                  new Version<>(
                      sinceKeys,
                      now,
                      policy.dnskeyTtl(),
                      new PublishedKeys(
                          signingKeys(set.set().keys()), signingKeys(set.set().signers())))));
    }

    private void closeData() {
      if (!signers.isEmpty()) {
        dataVersions.add(new Version<>(sinceData, now, ttl, signingKeys(signers)));
      }
    }
  }

  /** Has what the registry has, at most DprpP late. */
  private final class ParentServer {
    private Set<Integer> ds = Set.of(1);
    private Set<Integer> coming = Set.of(1);
    private Instant next = BEGIN;
    private Instant since = BEGIN;
    private Duration ttl = dsTtl;

    void follow() {
      coming = registry;
      next = now.plus(fraction(policy.parentPropagation()));
    }

    void tick() {
      if (!coming.equals(registry)) {
        follow();
        // One of them is in time, or nobody could see what the parent did.
        if (this != parents.get(0) && random.nextDouble() < 10 * trouble.serverAway()) {
          next = now.plus(fraction(policy.runway().dividedBy(3)));
        }
      }
      if (!now.isBefore(next) && (!ds.equals(coming) || !ttl.equals(dsTtl))) {
        close();
        ds = coming;
        ttl = dsTtl;
        since = now;
      }
    }

    void close() {
      dsVersions.add(new Version<>(since, now, ttl, signingKeys(ds)));
      since = now;
    }
  }
}
