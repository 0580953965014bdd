package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.dnssec.TimeText;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.KeySet;
import org.keyward.keyset.Outcome;
import org.keyward.keyset.Refusal;
import org.keyward.keyset.Roll;
import org.keyward.keyset.RollEvent;
import org.keyward.keyset.RollPhase;
import org.keyward.keyset.Waiting;
import org.keyward.keyset.WantedDs;
import org.keyward.keyset.ZoneKey;
import org.keyward.signing.PolicyStore;
import org.keyward.signing.RollStore;
import org.keyward.signing.SigningRequest;
import org.keyward.signing.TokenKey;
import org.keyward.signing.ZoneServers;
import org.xbill.DNS.Name;

/** Keys of zones and their rolls in PostgreSQL. Thread-safe. */
public final class PostgresRolls implements RollStore {
  /** A signature that is being made is stored within this time. */
  private static final Duration BUSY = Duration.ofSeconds(1);

  /** What the history says of a parent that went back; findings look for it. */
  static final String REVERTED = "the parent went back to the former DS";

  /** Each is free with a probability of 0.9999 and more. */
  private static final int TRIES = 50;

  private final Database database;
  private final KeyRows keyRows;
  private final String actor;
  private final BiFunction<Name, Algorithm, SoftwareKey> maker;

  /**
   * @param actor who is written down for what the signer does by itself
   */
  PostgresRolls(Database database, KeyRows keyRows, String actor) {
    this(
        database,
        keyRows,
        actor,
        (zone, algorithm) -> SoftwareKeys.generate(zone, algorithm, SoftwareKeys.ZSK_FLAGS));
  }

  /**
   * @param maker makes a ZSK
   */
  PostgresRolls(
      Database database,
      KeyRows keyRows,
      String actor,
      BiFunction<Name, Algorithm, SoftwareKey> maker) {
    this.maker = maker;
    this.database = database;
    this.keyRows = keyRows;
    this.actor = actor;
  }

  @Override
  public List<Integer> due(Instant now, int limit) {
    return database.inTransaction(handle -> RollTable.due(handle, now, limit));
  }

  @Override
  public Optional<List<Waiting>> advance(
      int assignmentId, Instant now, Function<ZoneRolls, Step> planner) {
    return database.inTransaction(
        handle ->
            KeySetRows.lockRolling(handle, assignmentId)
                .flatMap(zone -> advance(handle, zone, now, planner)));
  }

  private Optional<List<Waiting>> advance(
      Handle handle, KeySetRows.Zone zone, Instant now, Function<ZoneRolls, Step> planner) {
    if (!KeySetRows.lockWork(handle, zone.id())) {
      RollTable.postpone(handle, zone.id(), now.plus(BUSY));
      return Optional.empty();
    }
    ZoneRolls rolls = KeySetRows.read(handle, zone, now);
    Step step = planner.apply(rolls);
    List<RollEvent> events = step.plan().events();
    if (!events.isEmpty()) {
      save(handle, zone, rolls.keys(), step.plan().keys(), new RollTable.Begun(actor, ""), now);
      for (RollEvent event : events) {
        Roll roll = event.roll();
        String detail =
            (event.kind() == RollEvent.Kind.DS_REVERTED ? REVERTED + "; " : "")
                + "from "
                + RollTable.word(roll.phase())
                + " to "
                + phase(event.to())
                + evidence(step, roll);
        RollTable.tell(
            handle,
            zone.id(),
            StoredNames.of(zone.origin()),
            step.plan().keys(),
            new RollTable.Happened(roll, Optional.of(roll.phase()), event.to(), actor, detail),
            now);
        audit(
            handle,
            zone,
            step.plan().keys(),
            roll,
            AuditEvent.Action.ROLL_STEP,
            Optional.empty(),
            actor,
            detail,
            now);
      }
    }
    KskRows.looked(handle, zone.id());
    for (Waiting waiting : step.plan().waiting()) {
      RollTable.waits(handle, zone.id(), waiting, step.lookAt().apply(waiting), now);
    }
    return Optional.of(step.plan().waiting());
  }

  private static String phase(Optional<RollPhase> phase) {
    return phase.map(RollTable::word).orElse("its end");
  }

  private static String evidence(Step step, Roll roll) {
    return step.plan()
        .keys()
        .roll(roll.role())
        .flatMap(Roll::seen)
        .map(seen -> "; seen at " + TimeText.of(seen))
        .orElse("");
  }

  /** Keys, rolls, serial and change feed; what is signed from now on is signed for the new keys. */
  private static void save(
      Handle handle,
      KeySetRows.Zone zone,
      KeySet before,
      KeySet after,
      RollTable.Begun begun,
      Instant now) {
    if (RollTable.save(handle, zone.id(), before, after, begun, now)) {
      handle.execute("UPDATE keyward.assignment SET planned_until = 0 WHERE id = ?", zone.id());
      AssignmentTable.moved(handle, zone.domainId());
      RollTable.noteSerials(handle, List.of(zone.id()), now);
    }
  }

  private static void audit(
      Handle handle,
      KeySetRows.Zone zone,
      KeySet keys,
      Roll roll,
      AuditEvent.Action action,
      Optional<TokenKey> named,
      String who,
      String detail,
      Instant now) {
    PostgresAudit.append(
        handle,
        new AuditEvent(
            now,
            who,
            action,
            AuditEvent.Result.DONE,
            Optional.of(NameText.of(zone.origin())),
            named.map(TokenKey::serial),
            named.map(TokenKey::label),
            named.map(TokenKey::ckaId),
            Optional.of(keys.key(roll.newKey()).tag()),
            RollTable.word(roll.role())
                + " "
                + keys.key(roll.newKey()).tag()
                + " for "
                + keys.key(roll.oldKey()).tag()
                + ": "
                + detail));
  }

  @Override
  public ZoneServers.Asked toAsk(int assignmentId) {
    return database.inTransaction(handle -> ZoneServerTable.toAsk(handle, assignmentId));
  }

  @Override
  public List<Integer> withoutDs(Instant askedBefore, int limit) {
    return database.inTransaction(handle -> ParentRecords.without(handle, askedBefore, limit));
  }

  /**
   * A transaction of its own: serials are locked in the order of the zones' numbers, and that of
   * the child has moved with the step already.
   */
  @Override
  public boolean writeParent(
      int assignmentId, BiFunction<ZoneRolls, Optional<Instant>, WantedDs> wanted, Instant now) {
    return database.inTransaction(
        handle ->
            KeySetRows.lockSigned(handle, assignmentId)
                .filter(
                    zone ->
                        ParentRecords.write(
                            handle,
                            zone,
                            wanted.apply(
                                KeySetRows.look(handle, zone, now),
                                ParentRecords.shownSince(handle, zone.id())),
                            actor,
                            now))
                .isPresent());
  }

  @Override
  public void askParent(int assignmentId, Instant now) {
    database.useTransaction(handle -> ParentTable.want(handle, assignmentId, now));
  }

  @Override
  public void seen(int assignmentId, List<ZoneServers.Shown> shown, Instant now) {
    database.useTransaction(handle -> ZoneServerTable.seen(handle, assignmentId, shown, now));
  }

  @Override
  public Optional<String> start(
      Optional<Long> requestId,
      Start start,
      BiFunction<ZoneRolls, ZoneKey, Outcome> begin,
      Instant now) {
    return database.inTransaction(
        handle -> {
          if (requestId.isPresent() && !RequestTable.isQueued(handle, requestId.get())) {
            return Optional.empty();
          }
          Optional<KeySetRows.Zone> zone = KeySetRows.lock(handle, start.zone());
          Optional<String> obstacle =
              RollObstacles.of(handle, start.zone(), zone, start.role())
                  .map(why -> NameText.of(start.zone()) + why);
          if (obstacle.isEmpty() && !KeySetRows.lockWork(handle, zone.get().id())) {
            // It stays queued, and is taken up again at once.
            return Optional.empty();
          }
          return obstacle.isPresent()
              ? obstacle
              : start(handle, requestId, start, zone.get(), begin, now);
        });
  }

  private Optional<String> start(
      Handle handle,
      Optional<Long> requestId,
      Start start,
      KeySetRows.Zone zone,
      BiFunction<ZoneRolls, ZoneKey, Outcome> begin,
      Instant now) {
    ZoneRolls rolls = KeySetRows.read(handle, zone, now);
    handle.savepoint("key");
    ZoneKey key =
        start
            .ksk()
            .map(ksk -> namedKsk(handle, zone, rolls.keys(), ksk))
            .orElseGet(() -> newZsk(handle, zone, rolls.keys()));
    Outcome outcome =
        start.ksk().isPresent() && TakenTags.foreign(handle, zone).contains(key.tag())
            ? new Outcome.Refused(Refusal.TAG_TAKEN)
            : begin.apply(rolls, key);
    if (outcome instanceof Outcome.Refused refused) {
      handle.rollbackToSavepoint("key");
      return Optional.of(
          RollWords.refusal(zone.origin(), start.role(), refused.why(), rolls.keys()));
    }
    KeySet after = ((Outcome.Done) outcome).keys();
    String who = start.actor().orElse(actor);
    Lifetimes.replaced(handle, zone.id(), start.role(), now);
    save(handle, zone, rolls.keys(), after, new RollTable.Begun(who, start.reason()), now);
    KeySetRows.read(handle, zone, now); // notes the largest TTLs as they are now
    Roll roll = after.roll(start.role()).orElseThrow();
    String detail = "begins" + (start.reason().isEmpty() ? "" : "; " + start.reason());
    RollTable.tell(
        handle,
        zone.id(),
        StoredNames.of(zone.origin()),
        after,
        new RollTable.Happened(roll, Optional.empty(), Optional.of(roll.phase()), who, detail),
        now);
    requestId.ifPresent(
        id -> RequestTable.answer(handle, id, true, RollWords.begun(zone.origin(), roll, after)));
    if (start.ksk().isEmpty()) {
      PostgresAudit.append(
          handle,
          List.of(
              SigningEvents.event(
                  now,
                  actor,
                  AuditEvent.Action.ZSK_GENERATED,
                  zone.origin(),
                  "ZSK " + key.tag() + " in software, sealed")));
    }
    audit(handle, zone, after, roll, AuditEvent.Action.ROLL_COMMAND, start.ksk(), who, detail, now);
    return Optional.empty();
  }

  /** One that the zone had before is known to it. */
  private static ZoneKey namedKsk(Handle handle, KeySetRows.Zone zone, KeySet keys, TokenKey ksk) {
    int tag = KeyRows.ksk(zone.origin(), ksk).getFootprint();
    int id = KeyRows.keyId(handle, ksk, tag);
    KskRows.addUnused(handle, zone.id(), id);
    return keys.keys().stream()
        .filter(key -> key.id() == -id)
        .findFirst()
        .orElse(ZoneKey.unused(-id, KeyRole.KSK, ksk.algorithm().number(), tag));
  }

  private ZoneKey newZsk(Handle handle, KeySetRows.Zone zone, KeySet keys) {
    SoftwareKey made = generated(handle, zone, keys);
    return ZoneKey.unused(
        keyRows.addUnused(handle, zone.id(), made),
        KeyRole.ZSK,
        made.dnskey().getAlgorithm(),
        made.dnskey().getFootprint());
  }

  private SoftwareKey generated(Handle handle, KeySetRows.Zone zone, KeySet keys) {
    ZoneKey active =
        keys.keys().stream()
            .filter(key -> key.role() == KeyRole.ZSK && key.signs().until().isEmpty())
            .findFirst()
            .orElse(zone.ksk());
    Algorithm algorithm = Algorithm.ofNumber(active.algorithm()).orElseThrow();
    Set<Integer> taken = TakenTags.of(handle, zone, keys);
    for (int i = 0; i < TRIES; i++) {
      SoftwareKey made = maker.apply(zone.origin(), algorithm);
      if (!taken.contains(made.dnskey().getFootprint())) {
        return made;
      }
    }
    throw new IllegalStateException("no key tag is free after " + TRIES + " keys");
  }

  @Override
  public Optional<String> command(
      long requestId,
      SigningRequest.Roll request,
      KeyRole role,
      Function<ZoneRolls, Outcome> command,
      Instant now) {
    return database.inTransaction(
        handle -> {
          if (!RequestTable.isQueued(handle, requestId)) {
            return Optional.empty();
          }
          Optional<KeySetRows.Zone> found = KeySetRows.lock(handle, request.zone());
          if (found.isEmpty()) {
            return Optional.of(
                NameText.of(request.zone()) + RollObstacles.withoutKey(handle, request.zone()));
          }
          KeySetRows.Zone zone = found.get();
          if (!KeySetRows.lockWork(handle, zone.id())) {
            return Optional.empty();
          }
          ZoneRolls rolls = KeySetRows.read(handle, zone, now);
          Outcome outcome = command.apply(rolls);
          if (outcome instanceof Outcome.Refused refused) {
            return Optional.of(refusal(zone, role, refused.why(), rolls.keys()));
          }
          KeySet after = ((Outcome.Done) outcome).keys();
          Roll before = rolls.keys().roll(role).orElseThrow();
          Roll roll = after.roll(role).orElseThrow();
          save(handle, zone, rolls.keys(), after, new RollTable.Begun(request.actor(), ""), now);
          String detail =
              request.command() + (request.reason().isEmpty() ? "" : "; " + request.reason());
          RollTable.tell(
              handle,
              zone.id(),
              StoredNames.of(zone.origin()),
              after,
              new RollTable.Happened(
                  roll,
                  Optional.of(before.phase()),
                  Optional.of(roll.phase()),
                  request.actor(),
                  detail),
              now);
          RequestTable.answer(
              handle, requestId, true, RollWords.commanded(zone.origin(), request.command(), roll));
          audit(
              handle,
              zone,
              after,
              roll,
              AuditEvent.Action.ROLL_COMMAND,
              Optional.empty(),
              request.actor(),
              detail,
              now);
          return Optional.empty();
        });
  }

  /** Where no roll is under way, and none can begin, it says so. */
  private static String refusal(KeySetRows.Zone zone, KeyRole role, Refusal why, KeySet keys) {
    return Optional.of(why)
        .filter(Refusal.NO_ROLL::equals)
        .flatMap(none -> RollObstacles.of(zone, role))
        .map(obstacle -> NameText.of(zone.origin()) + " has no roll under way, and" + obstacle)
        .orElseGet(() -> RollWords.refusal(zone.origin(), role, why, keys));
  }

  @Override
  public PolicyStore policies() {
    return new PostgresPolicies(database);
  }

  @Override
  public List<LifetimeOver> lifetimesOver(
      KeyRole role, List<String> tokens, Map<String, String> tokenOf, Instant now, int limit) {
    return database.inTransaction(
        handle -> Lifetimes.over(handle, role, tokens, tokenOf, now, limit));
  }

  @Override
  public void notReplaced(LifetimeOver over, String why, Instant now) {
    database.useTransaction(handle -> Lifetimes.notReplaced(handle, over, why, now));
  }

  @Override
  public int purge(Instant now, int limit) {
    return database.inTransaction(handle -> FormerKeys.purge(handle, actor, now, limit));
  }

  @Override
  public boolean tick(Instant now, Optional<Duration> explained) {
    return database.inTransaction(handle -> RollTimes.tick(handle, now, explained));
  }
}
