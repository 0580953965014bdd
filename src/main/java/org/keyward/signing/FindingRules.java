package org.keyward.signing;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.keyward.clock.DatabaseClock;
import org.keyward.dnssec.TimeText;
import org.keyward.signing.Finding.Kind;
import org.keyward.signing.Finding.Severity;
import org.keyward.signing.FindingStore.ClockFact;
import org.keyward.signing.FindingStore.CopyFact;
import org.keyward.signing.FindingStore.Facts;
import org.keyward.signing.FindingStore.LeftOut;
import org.keyward.signing.FindingStore.MoveFact;
import org.keyward.signing.FindingStore.ParentFact;
import org.keyward.signing.FindingStore.ShortRunway;
import org.keyward.signing.FindingStore.SignedZone;
import org.keyward.signing.FindingStore.UnloadedZone;
import org.keyward.signing.FindingStore.UnnoticedFact;

/**
 * What is wrong, given what is known of zones, parents and clocks; keys have rules of their own.
 */
final class FindingRules {
  /** DNSSEC forgives an hour before a signature's inception; five seconds are a broken NTP. */
  private static final Duration CLOCK_WARNING = Duration.ofSeconds(5);

  /** This share of the threshold is left: somebody has to act now. */
  private static final int CRITICAL_PART = 4;

  private FindingRules() {}

  static List<Finding> apply(Facts facts, Duration runwayWarning, Instant now) {
    List<Finding> found = new ArrayList<>();
    facts.clocks().forEach(clock -> clock(clock, found));
    facts.moves().forEach(move -> found.add(moved(move)));
    each(
        facts.unnoticed(),
        FindingRules::unnoticed,
        Kind.CHANGE_UNNOTICED,
        "were served otherwise than they are stored",
        found);
    facts.copies().forEach(copy -> copy(copy, found));
    facts.auditFault().map(FindingRules::audit).ifPresent(found::add);
    TokenRules.apply(facts, worst(facts, runwayWarning, now), found);
    KeyRules.apply(facts, found);
    PowerDnsRules.apply(facts.powerDns(), found);
    each(
        facts.leftOut(),
        FindingRules::leftOut,
        Kind.RECORDS_LEFT_OUT,
        "have records that are not served",
        found);
    each(
        facts.lapsed(),
        FindingRules::lapsed,
        Kind.SIGNATURE_LAPSED,
        "have no valid signature of their KSK now",
        found);
    each(
        facts.shortRunways(),
        short_ -> runway(short_, runwayWarning, now),
        Kind.RUNWAY_SHORT,
        "are signed for less than " + runwayWarning.toDays() + " days",
        found);
    each(
        facts.unloadedZones(),
        FindingRules::unloaded,
        Kind.ZONE_NOT_LOADED,
        "cannot be loaded as they are stored",
        found);
    each(
        facts.heldBack(),
        FindingRules::heldBack,
        Kind.DELETION_NOT_APPROVED,
        "ask their parent to delete the DS, which nobody has approved",
        found);
    RollRules.apply(facts.rolls(), found);
    Map<Kind, List<Finding>> parents = new HashMap<>();
    for (ParentFact fact : facts.parents()) {
      Finding finding = parent(fact);
      parents.computeIfAbsent(finding.kind(), kind -> new ArrayList<>()).add(finding);
    }
    parents.forEach(
        (kind, all) -> each(all, finding -> finding, kind, "have the same trouble", found));
    return found;
  }

  private static void clock(ClockFact clock, List<Finding> found) {
    Duration off = clock.difference().abs();
    if (off.compareTo(CLOCK_WARNING) <= 0) {
      return;
    }
    boolean wrong = off.compareTo(DatabaseClock.TOLERANCE) > 0;
    boolean signer = clock.role().equals("signer");
    String what =
        "the clock of %s %s is %s the database's"
            .formatted(clock.role(), clock.host(), ClockFact.words(clock.difference()));
    String follows =
        signer
            ? "; nothing is planned, signed or thrown away meanwhile"
            : "; it may serve signatures that are not valid";
    String todo =
        "find out which of the two is wrong and let NTP set it"
            + (wrong && signer ? "; 'keyward clock accept' lets the signer go on meanwhile" : "");
    found.add(
        new Finding(
            Kind.CLOCK_OFF,
            clock.role() + " " + clock.host(),
            wrong ? Severity.CRITICAL : Severity.WARNING,
            wrong ? what + follows : what,
            todo));
  }

  private static void copy(CopyFact copy, List<Finding> found) {
    copy.trouble()
        .ifPresent(
            why ->
                found.add(
                    new Finding(
                        Kind.NO_COPY,
                        "server " + copy.host(),
                        Severity.WARNING,
                        "server %s could not start without the database as it should: %s"
                            .formatted(copy.host(), why),
                        "give cache.dir a folder that the server may write to, with enough room")));
    copy.cold()
        .ifPresent(
            when ->
                found.add(
                    new Finding(
                        Kind.COLD_START,
                        "server " + copy.host(),
                        Severity.INFO,
                        "server %s started without the database: %s".formatted(copy.host(), when),
                        "find out why the database was out of reach; this is told for a day")));
  }

  private static Map<String, Severity> worst(Facts facts, Duration threshold, Instant now) {
    Map<String, Severity> worst = new HashMap<>();
    facts
        .shortRunways()
        .forEach(
            zone ->
                worst.merge(
                    zone.token(),
                    runway(zone, threshold, now).severity(),
                    (one, other) -> one.compareTo(other) > 0 ? one : other));
    facts.lapsed().forEach(zone -> worst.put(zone.token(), Severity.CRITICAL));
    return worst;
  }

  private static Finding audit(String fault) {
    return new Finding(
        Kind.AUDIT_BROKEN,
        "audit log",
        Severity.CRITICAL,
        "the audit log was changed by hand, or damaged: " + fault,
        "compare it with an earlier export and with a backup ('keyward audit verify'), and find out"
            + " who may write the table keyward.audit");
  }

  private static Finding leftOut(LeftOut zone) {
    String whole = zone.one().isEmpty() ? zone.zone() + ": " + zone.reason() : "";
    return new Finding(
        Kind.RECORDS_LEFT_OUT,
        zone.zone(),
        !whole.isEmpty() && zone.signed() ? Severity.CRITICAL : Severity.WARNING,
        !whole.isEmpty()
            ? whole
            : zone.zone()
                + " is served without "
                + (zone.records() == 1 ? "a record" : zone.records() + " of its records")
                + (zone.records() == 1 ? ": " : ", among them ")
                + zone.one()
                + ": "
                + zone.reason(),
        "see 'keyward zone check " + zone.zone() + "'");
  }

  private static Finding moved(MoveFact move) {
    return new Finding(
        Kind.DATABASE_MOVED,
        "server " + move.host(),
        Severity.WARNING,
        "server %s read all zones anew at %s: %s"
            .formatted(move.host(), TimeText.of(move.noticed()), move.what()),
        "if this was no restore or failover of yours, find out which database answers; make again what"
            + " was changed meanwhile, and see docs/backup.md for serials, keys and the audit log;"
            + " this ends by itself a day after");
  }

  private static Finding heldBack(String zone) {
    return new Finding(
        Kind.DELETION_NOT_APPROVED,
        zone,
        Severity.WARNING,
        zone
            + " has metadata that ask its parent to delete the DS, written before two people were"
            + " needed or past the triggers: nobody has approved them, and they are not published",
        "ask with 'keyward ds "
            + zone
            + " --publish delete', or with '--publish off' or 'on' to replace them, and somebody else"
            + " approves it");
  }

  private static Finding unnoticed(UnnoticedFact change) {
    return new Finding(
        Kind.CHANGE_UNNOTICED,
        change.zone(),
        Severity.WARNING,
        "%s was served otherwise than it is stored (%s) until %s: %s"
            .formatted(change.zone(), change.what(), TimeText.of(change.noticed()), change.cause()),
        "it is read anew, and its serial has not moved: raise it, for secondaries; 'SELECT"
            + " keyward.set_triggers(true)' switches triggers on again; this ends by itself a day"
            + " after");
  }

  private static Finding lapsed(SignedZone signed) {
    String zone = signed.zone();
    return new Finding(
        Kind.SIGNATURE_LAPSED,
        zone,
        Severity.CRITICAL,
        zone + " has no valid signature of its KSK now: resolvers that validate find it bogus",
        "see 'keyward status' for what keeps its token from signing");
  }

  /** Names some, and counts the rest as one. */
  static <T> void each(
      List<T> facts, Function<T, Finding> rule, Kind kind, String rest, List<Finding> found) {
    facts.stream().limit(Findings.NAMED).map(rule).forEach(found::add);
    if (facts.size() > Findings.NAMED) {
      found.add(
          new Finding(
              kind,
              "(more)",
              rule.apply(facts.get(0)).severity(),
              "more than " + Findings.NAMED + " zones " + rest,
              "look for what they have in common: a token, a key, the resolver"));
    }
  }

  private static Finding runway(ShortRunway zone, Duration threshold, Instant now) {
    Duration left = Duration.between(now, zone.signedUntil());
    boolean critical = left.compareTo(threshold.dividedBy(CRITICAL_PART)) < 0;
    return new Finding(
        Kind.RUNWAY_SHORT,
        zone.zone(),
        critical ? Severity.CRITICAL : Severity.WARNING,
        zone.zone() + " is signed no longer than until " + TimeText.of(zone.signedUntil()),
        "see 'keyward status' for what keeps its token from signing");
  }

  private static Finding unloaded(UnloadedZone zone) {
    return new Finding(
        Kind.ZONE_NOT_LOADED,
        zone.zone(),
        Severity.CRITICAL,
        zone.reason(),
        "undo what was last changed of it by SQL, or restore its rows from a backup; servers try"
            + " again by themselves");
  }

  private static Finding parent(ParentFact fact) {
    String zone = fact.zone();
    String detail = fact.verdict().detail();
    return switch (fact.verdict().word()) {
      case MISSING ->
          new Finding(
              Kind.DS_MISSING,
              zone,
              Severity.WARNING,
              zone + " is signed and its parent has no DS for it" + suffix(detail),
              "give the parent what 'keyward ds " + zone + "' prints");
      case AWAITED ->
          new Finding(
              Kind.DS_MISSING,
              zone,
              Severity.INFO,
              zone
                  + " has no DS in its parent "
                  + detail
                  + " yet: Keyward writes it by itself, when each name server of the zone has shown it"
                  + " signed for as long as caches may have answers of before",
              "nothing is to be done; where a name server does not answer, give the parent what 'keyward"
                  + " ds "
                  + zone
                  + "' prints");
      case ORPHANED ->
          new Finding(
              Kind.DS_ORPHANED,
              zone,
              Severity.WARNING,
              zone + " has a DS at its parent that no key of it fits: " + detail,
              "have that DS removed; the one that 'keyward ds " + zone + "' prints stays");
      case BOGUS ->
          new Finding(
              Kind.DS_ORPHANED,
              zone,
              Severity.CRITICAL,
              zone + " is bogus: no DS at its parent fits a key that it is signed with: " + detail,
              "replace the DS by what 'keyward ds " + zone + "' prints, at once");
      case WRONG_DIGEST ->
          new Finding(
              Kind.DS_WRONG_DIGEST,
              zone,
              Severity.CRITICAL,
              zone + " has a DS at its parent with a wrong digest: " + detail,
              "replace it by what 'keyward ds " + zone + "' prints, at once");
      case SERVED_OTHERWISE ->
          new Finding(
              Kind.SERVED_OTHERWISE,
              zone,
              Severity.CRITICAL,
              zone + " is served to the world without the key that is assigned to it",
              "compare 'dig DNSKEY "
                  + zone
                  + "' with 'keyward status "
                  + zone
                  + "': another"
                  + " server, an old copy, or a cache");
      case REMOVED ->
          removed(
              zone,
              Severity.CRITICAL,
              zone + " was deleted while it was signed, and its parent still has a DS: " + detail);
      case REMOVED_UNASKED ->
          removed(
              zone,
              Severity.WARNING,
              zone
                  + " was deleted while it was signed, and nobody has asked its parent: "
                  + detail);
      case REMOVED_UNSEEN ->
          removed(
              zone,
              Severity.CRITICAL,
              zone + " was deleted past all checks while it was signed: " + detail);
      default -> throw new IllegalArgumentException(zone + " is as it should be");
    };
  }

  private static String suffix(String detail) {
    return detail.isEmpty() ? "" : ": " + detail;
  }

  private static Finding removed(String zone, Severity severity, String message) {
    return new Finding(
        Kind.ZONE_REMOVED,
        zone,
        severity,
        message,
        "have its DS removed from the parent at once; or create the zone again, with its records, and"
            + " 'keyward assign' it the same key: every name in it is bogus until then");
  }
}
