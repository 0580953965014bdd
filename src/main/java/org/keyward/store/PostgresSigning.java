package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.keyward.audit.AuditEvent;
import org.keyward.signing.ClockWord;
import org.keyward.signing.RollStore;
import org.keyward.signing.Seal;
import org.keyward.signing.SignatureCount;
import org.keyward.signing.SigningRequest;
import org.keyward.signing.SigningStore;
import org.keyward.signing.TokenKey;
import org.keyward.signing.TokenSnapshot;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** Assignments, signatures and requests in PostgreSQL. Thread-safe. */
public final class PostgresSigning implements SigningStore {
  private final Database database;
  private final AssignmentTable assignments;
  private final SigningWorkTable work;
  private final ModeTable modes;
  private final PostgresRolls rolls;

  /** Where no key is given to PowerDNS. */
  public PostgresSigning(Database database, Seal seal, String actor) {
    this(database, seal, actor, Map.of());
  }

  /**
   * @param actor who is written into the audit log for what the signer does by itself
   * @param powerDnsModules what PowerDNS calls the modules of tokens, by the tokens' names
   */
  public PostgresSigning(
      Database database, Seal seal, String actor, Map<String, String> powerDnsModules) {
    this.database = database;
    this.assignments = new AssignmentTable(new KeyRows(seal), actor);
    this.work = new SigningWorkTable(assignments, actor);
    this.modes = new ModeTable(new HandoverTable(seal, powerDnsModules, actor), actor);
    this.rolls = new PostgresRolls(database, new KeyRows(seal), actor);
  }

  @Override
  public RollStore rolls() {
    return rolls;
  }

  @Override
  public List<Queued> queued(List<String> tokens, int limit) {
    return database.inTransaction(handle -> RequestTable.queued(handle, tokens, limit));
  }

  @Override
  public void hold(Queued queued, Instant now) {
    database.useTransaction(handle -> RequestTable.hold(handle, queued, now));
  }

  @Override
  public void refuse(Queued queued, AuditEvent.Result result, String why, Instant now) {
    database.useTransaction(handle -> RequestTable.refuse(handle, queued, result, why, now));
  }

  @Override
  public boolean parentHasDs(Name zone) {
    return database.inTransaction(handle -> ZoneSurroundings.parentHasDs(handle, zone));
  }

  @Override
  public Optional<String> assign(long requestId, NewAssignment assignment, Instant now) {
    return database.inTransaction(handle -> assignments.assign(handle, requestId, assignment, now));
  }

  @Override
  public Optional<String> leave(
      long requestId, SigningRequest.Unassign request, Instant unsignAt, Instant now) {
    return database.inTransaction(
        handle -> assignments.leave(handle, requestId, request, unsignAt, now));
  }

  @Override
  public Optional<String> keep(long requestId, SigningRequest.Keep request, Instant now) {
    return database.inTransaction(handle -> Keeping.keep(handle, requestId, request, now));
  }

  @Override
  public Optional<String> changeMode(
      long requestId, SigningRequest.Mode request, SigningMode mode, Instant now) {
    return database.inTransaction(handle -> modes.change(handle, requestId, request, mode, now));
  }

  @Override
  public int stepModes(Instant now, int limit) {
    return database.inTransaction(handle -> modes.step(handle, now, limit));
  }

  @Override
  public List<Leaving> leavingDue(Instant now, int limit) {
    return database.inTransaction(handle -> AssignmentTable.leavingDue(handle, now, limit));
  }

  @Override
  public boolean endLeaving(Leaving leaving, Instant now) {
    return database.inTransaction(handle -> assignments.endLeaving(handle, leaving, now));
  }

  @Override
  public void stayLonger(Leaving leaving, Instant until, Optional<String> why, Instant now) {
    database.useTransaction(handle -> assignments.stayLonger(handle, leaving, until, why, now));
  }

  @Override
  public int follow(Map<String, Terms> terms, boolean all, Instant now, int limit) {
    return database.inTransaction(handle -> TermsTable.follow(handle, terms, all, now, limit));
  }

  @Override
  public List<Planned> toPlan(Instant now, int limit) {
    return database.inTransaction(handle -> SigningWorkTable.toPlan(handle, now, limit));
  }

  @Override
  public int planAnew(Instant now) {
    return database.inTransaction(
        handle -> {
          ClockTable.renewAfterWrongServers(handle);
          return SigningWorkTable.planAnew(handle, now);
        });
  }

  @Override
  public Optional<ClockWord> clockWord() {
    return database.inTransaction(ClockTable::word);
  }

  @Override
  public boolean needsTwoPeople() {
    return database.inTransaction(RequestTable::needsTwoPeople);
  }

  @Override
  public int takeClockWords(Duration difference, Instant now) {
    return database.inTransaction(
        handle ->
            ClockTable.takeWords(handle, difference, RequestTable.needsTwoPeople(handle), now));
  }

  @Override
  public int plan(Planned assignment, List<Step> steps) {
    return database.inTransaction(handle -> SigningWorkTable.plan(handle, assignment, steps));
  }

  @Override
  public int renewSerials(Instant now, int limit) {
    return database.inTransaction(handle -> AssignmentTable.renewSerials(handle, now, limit));
  }

  @Override
  public int stepDenials(Instant now, int limit) {
    return database.inTransaction(handle -> AssignmentTable.stepDenials(handle, now, limit));
  }

  @Override
  public int work(
      String tokenSerial,
      int limit,
      Set<TokenKey> without,
      Instant now,
      Function<List<Work>, List<Done>> sign) {
    return database.inTransaction(
        handle -> work.work(handle, tokenSerial, limit, without, now, sign));
  }

  @Override
  public long waiting(String tokenSerial) {
    return database.inTransaction(handle -> SigningWorkTable.waiting(handle, tokenSerial));
  }

  @Override
  public void report(TokenSnapshot snapshot, Map<SignatureCount, Long> signatures, Instant now) {
    database.useTransaction(
        handle -> {
          TokenStatusTable.report(handle, snapshot, now);
          TokenStatusTable.count(handle, signatures);
        });
  }

  @Override
  public void prune(Instant now) {
    database.useTransaction(
        handle -> {
          handle.createQuery("SELECT keyward.prune_changes('1 day')").mapTo(Long.class).one();
          DatabaseMoves.prune(handle, now);
          PostgresVersions.prune(handle, now);
          PruningTable.pruneSignatures(handle, now);
        });
  }
}
