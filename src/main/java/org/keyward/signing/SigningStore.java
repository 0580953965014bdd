package org.keyward.signing;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.dnssec.ValidityWindow;
import org.keyward.keyset.Spread;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;

/**
 * Port to where assignments and signatures are kept. Each method is one transaction, with its audit
 * rows in it: all of it happens or nothing. Thread-safe.
 */
public interface SigningStore {
  /** Where the rolls of the same zones are kept. */
  RollStore rolls();

  /**
   * Requests not begun yet, oldest first, each with its id; without those for a token that only
   * another signer has.
   *
   * @param tokens names of the tokens of this signer
   */
  List<Queued> queued(List<String> tokens, int limit);

  /** Whether only what a second person has approved is carried out. */
  boolean needsTwoPeople();

  /** Lets a request wait for a second person, and writes that down; once, whoever comes first. */
  void hold(Queued queued, Instant now);

  /** Answers a request that is not carried out, and writes that down; once, whoever comes first. */
  void refuse(Queued queued, AuditEvent.Result result, String why, Instant now);

  /** Whether the database itself holds a DS for this zone, in a parent zone. */
  boolean parentHasDs(Name zone);

  /**
   * Assigns the key. The request is answered when the zone is signed.
   *
   * @return why not, one line; empty when it is done
   */
  Optional<String> assign(long requestId, NewAssignment assignment, Instant now);

  /**
   * Begins to take the key away: the zone stays signed until {@code unsignAt}.
   *
   * @return why not, one line; empty when it is done
   */
  Optional<String> leave(
      long requestId, SigningRequest.Unassign request, Instant unsignAt, Instant now);

  /**
   * Lets a zone that is on its way to unsigned stay as it was, and ends what was asked to that end.
   *
   * @return why not, one line; empty when it is done
   */
  Optional<String> keep(long requestId, SigningRequest.Keep request, Instant now);

  /**
   * Begins to change who signs a zone. The request is answered when the change is under way, for
   * which signatures may have to be made first.
   *
   * @return why not, one line; empty when it has begun
   */
  Optional<String> changeMode(
      long requestId, SigningRequest.Mode request, SigningMode mode, Instant now);

  /**
   * Lets changes of mode take effect whose signatures are there, and moves the serial of zones
   * whose change has come to its next step; gives how many.
   */
  int stepModes(Instant now, int limit);

  /** Zones on their way back to unsigned whose time has come. */
  List<Leaving> leavingDue(Instant now, int limit);

  /** Makes it unsigned; false when another signer did, or its time has not come. */
  boolean endLeaving(Leaving leaving, Instant now);

  /**
   * Keeps it signed for longer.
   *
   * @param why for the audit log; empty when that is not worth a row
   */
  void stayLonger(Leaving leaving, Instant until, Optional<String> why, Instant now);

  /**
   * Lets zones whose terms are others follow those of their policies: what the ZSKs sign from now
   * on, what the KSK signs from the end of what is planned on. Nothing that is signed changes.
   *
   * @param terms by policy; zones of one that is left out go on as they are
   * @param all also zones whose policy is the one that they followed last: of signers whose
   *     configurations differ none takes back what another one did
   * @return of how many zones, at most {@code limit}
   */
  int follow(Map<String, Terms> terms, boolean all, Instant now, int limit);

  /** Assignments whose signatures, made or planned, end before {@code now} plus their runway. */
  List<Planned> toPlan(Instant now, int limit);

  /**
   * Lets assignments be planned anew whose signatures, made or planned, do not reach without a gap
   * from {@code now} to where their plan says; gives how many.
   */
  int planAnew(Instant now);

  /** The last word of a person on clocks that differ. */
  Optional<ClockWord> clockWord();

  /**
   * Takes what people asked for about clocks: keeps it as their word, with an audit row.
   *
   * @param difference how far this signer's clock is ahead of the database's
   * @return how many requests that were
   */
  int takeClockWords(Duration difference, Instant now);

  /** Queues the signing of these steps; gives how many. */
  int plan(Planned assignment, List<Step> steps);

  /**
   * Moves the serial of zones whose signatures moved to another window, ahead or, after a clock was
   * ahead, back; gives how many.
   */
  int renewSerials(Instant now, int limit);

  /** Moves the serial of zones whose denial chain has come to its next step; gives how many. */
  int stepDenials(Instant now, int limit);

  /**
   * Takes waiting work of a token that nobody else has taken, in the order of {@link Turn}, and
   * stores what {@code sign} made of it. What it did not get to stays queued. A new zone turns
   * signed with the signature that is used now; the rest of its runway follows. Work that is
   * overdue is thrown away.
   *
   * @param without keys whose work is left alone
   * @return how many were stored
   */
  int work(
      String tokenSerial,
      int limit,
      Set<TokenKey> without,
      Instant now,
      Function<List<Work>, List<Done>> sign);

  /** How many signatures wait for the token. */
  long waiting(String tokenSerial);

  /** Writes down what was seen of a token, and what was signed since the last time, for people. */
  void report(TokenSnapshot snapshot, Map<SignatureCount, Long> signatures, Instant now);

  /** Throws away what is no longer needed: no signature that may still be valid. */
  void prune(Instant now);

  /**
   * A request and its id.
   *
   * @param approved whether a second person has approved it
   */
  record Queued(long id, SigningRequest request, boolean approved) {}

  /**
   * What a policy, and the configuration under it, say of signatures.
   *
   * @param runway for how long ahead KSK signatures are kept ready
   * @param dnskeyTtl TTL of the DNSKEY set, but in mode split
   */
  record Terms(SigningSchedule schedule, Duration runway, Duration dnskeyTtl) {}

  /**
   * A zone with its new keys.
   *
   * @param terms by policy; those of the zone's decide
   */
  record NewAssignment(
      SigningRequest.Assign request,
      TokenKey key,
      SoftwareKey zsk,
      SigningMode mode,
      Map<String, Terms> terms) {}

  /**
   * @param plannedUntil when the last signature ends that is made or queued; the epoch when none is
   * @param signatures that it has at present
   * @param spread over which time what is signed is signed anew; empty: at once
   */
  record Planned(
      int assignmentId,
      Name zone,
      SigningSchedule schedule,
      Duration runway,
      Instant assignedAt,
      Instant plannedUntil,
      Signatures signatures,
      Optional<Spread> spread) {}

  /** Whether the DNSKEY set of a zone is signed. */
  enum Signatures {
    /** Its first signature is being made. */
    NONE_YET,
    VALID,
    /** It is served with none that is valid. */
    LAPSED;

    public static Signatures of(boolean isNew, boolean valid) {
      return isNew ? NONE_YET : valid ? VALID : LAPSED;
    }
  }

  /**
   * A signature to be made.
   *
   * @param notBefore when its turn is, if there is one for its window already; the epoch for at
   *     once
   */
  record Step(ValidityWindow window, Instant neededBy, Instant notBefore) {}

  /** A zone that stays signed only until resolvers have forgotten its DS. */
  record Leaving(int assignmentId, Name zone) {}

  /**
   * One set that a KSK is to sign for one window: DNSKEY, CDS or CDNSKEY.
   *
   * @param keyId of the KSK that signs, in the database
   * @param ksks of a DNSKEY set: ids of the KSKs in it; else the one that it names
   * @param zsks of a DNSKEY set: ids of the ZSKs in it; else empty
   * @param content what was asked for, of a CDS or CDNSKEY set; else empty
   */
  record Work(
      int assignmentId,
      Name zone,
      int keyId,
      TokenKey key,
      DNSKEYRecord ksk,
      List<Record> rrset,
      List<Integer> ksks,
      List<Integer> zsks,
      String content,
      ValidityWindow window) {
    public Work {
      rrset = List.copyOf(rrset);
      ksks = List.copyOf(ksks);
      zsks = List.copyOf(zsks);
    }

    public int type() {
      return rrset.get(0).getType();
    }

    /** TTL of the set. */
    public long ttl() {
      return rrset.get(0).getTTL();
    }
  }

  /** The verified signature over a piece of work. */
  record Done(Work work, RRSIGRecord signature) {}
}
