package org.keyward.signing;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/** Port to what findings are made of, and to where they are kept. Thread-safe. */
public interface FindingStore {
  /**
   * What the database knows at this moment.
   *
   * @param runway zones that are signed for less are among the facts
   * @param limit at most this many zones of each kind
   */
  Facts facts(Instant now, Duration runway, int limit);

  /** Keeps these as all that is wrong now, and gives those that are new, and what is over. */
  Kept keep(List<Finding> found, Instant now);

  /**
   * @param over what was wrong before, as people read it
   */
  record Kept(List<Finding> fresh, List<String> over) {
    public Kept {
      fresh = List.copyOf(fresh);
      over = List.copyOf(over);
    }
  }

  /** Findings that nobody outside was told of, oldest first. */
  List<Unannounced> unannounced(int limit);

  void announced(long id, Instant now);

  /** How many zones have a key, or had one lately. */
  long zonesToAsk();

  /**
   * Zones with a key, or that had one lately, whose parent was not asked for so long, or is wanted
   * to be asked, these first.
   *
   * @param sooner for those that did not fit the last time, or of which nobody could say
   */
  List<Asked> toAsk(Instant now, Duration age, Duration sooner, int limit);

  /** Writes down what each server of the parent shows. */
  void parentShown(Asked zone, ParentAnswers answers, Instant now);

  /**
   * @param now when the question was asked
   */
  void parentSeen(int zoneId, ParentVerdict verdict, Instant now);

  /** Nobody could say what the parent has. */
  void parentUnanswered(int zoneId, String why, Instant now);

  /** Zones that were deleted while they were signed, whose parents were not asked since then. */
  List<Name> removedToAsk(Instant before, int limit);

  /**
   * @param ds what the parent has for it; empty for nothing
   */
  void removedSeen(Name zone, String ds, Instant now);

  /** Writes down which keys are on a token. */
  void inventory(String token, List<TokenKey> keys, Instant now);

  /** A finding that a webhook is to be told of. */
  record Unannounced(long id, Finding finding, Instant firstSeen) {}

  /**
   * A zone whose parent is to be asked.
   *
   * @param keys the KSKs that it is signed with; empty when it is unsigned
   * @param settled whether the keys are older than what resolvers may have in their caches
   */
  record Asked(int zoneId, Name zone, List<DNSKEYRecord> keys, boolean settled) {
    public Asked {
      keys = List.copyOf(keys);
    }
  }

  /** Writes down what the last check of the audit log has found; empty when its chain holds. */
  void auditChecked(Optional<String> fault, Instant now);

  /**
   * @param clocks of the hosts that reported lately
   * @param keys on tokens, and in use
   * @param moves of the database, that servers noticed lately
   * @param unnoticed zones that were served otherwise than stored, lately
   * @param copies of zones that servers have, as they reported lately
   * @param lapsed zones that are served signed, and have no valid signature of their KSK now
   * @param heldBack zones whose metadata ask the parent to delete the DS, which nobody has approved
   * @param auditFault what the last check of the audit log has found
   */
  record Facts(
      List<ClockFact> clocks,
      List<MoveFact> moves,
      List<UnnoticedFact> unnoticed,
      List<CopyFact> copies,
      List<TokenFact> tokens,
      Keys keys,
      List<SignedZone> lapsed,
      List<ShortRunway> shortRunways,
      List<UnloadedZone> unloadedZones,
      List<LeftOut> leftOut,
      List<ParentFact> parents,
      List<RollFact> rolls,
      PowerDns powerDns,
      List<String> heldBack,
      Optional<String> auditFault) {
    public Facts {
      heldBack = List.copyOf(heldBack);
      clocks = List.copyOf(clocks);
      moves = List.copyOf(moves);
      unnoticed = List.copyOf(unnoticed);
      copies = List.copyOf(copies);
      lapsed = List.copyOf(lapsed);
      tokens = List.copyOf(tokens);
      shortRunways = List.copyOf(shortRunways);
      unloadedZones = List.copyOf(unloadedZones);
      leftOut = List.copyOf(leftOut);
      parents = List.copyOf(parents);
      rolls = List.copyOf(rolls);
    }
  }

  /**
   * What is wrong with the keys of a zone while one takes the place of another.
   *
   * @param zone empty when it is of all zones
   * @param detail in words
   */
  record RollFact(
      Finding.Kind kind, String zone, String detail, Instant since, Optional<String> writtenInto) {
    public RollFact(Finding.Kind kind, String zone, String detail, Instant since) {
      this(kind, zone, detail, since, Optional.empty());
    }
  }

  /**
   * @param ofPowerDns that zones are signed with by PowerDNS
   */
  record Keys(List<TokenKey> onTokens, List<AssignedKey> assigned, List<EngineUse> ofPowerDns) {
    public Keys {
      onTokens = List.copyOf(onTokens);
      assigned = List.copyOf(assigned);
      ofPowerDns = List.copyOf(ofPowerDns);
    }
  }

  /**
   * What is seen of PowerDNS and of its keys.
   *
   * @param servers that reported lately
   * @param large zones that are larger than what a server is asked over carries
   * @param invalid what does not validate as PowerDNS serves it
   * @param unsignable zones that it is to sign, and cannot
   * @param outside zones that Keyward signs, with keys of PowerDNS all the same
   * @param unassigned zones that {@code pdnsutil hsm assign} was to give a key, and did not
   */
  record PowerDns(
      List<ServerFact> servers,
      List<LargeZone> large,
      List<InvalidSets> invalid,
      List<UnsignableZone> unsignable,
      List<UnsignableZone> outside,
      List<UnsignableZone> unassigned) {
    public PowerDns {
      large = List.copyOf(large);
      invalid = List.copyOf(invalid);
      servers = List.copyOf(servers);
      unsignable = List.copyOf(unsignable);
      outside = List.copyOf(outside);
      unassigned = List.copyOf(unassigned);
    }
  }

  /**
   * @param silent for how long no PowerDNS has asked it for anything
   * @param bearable for how long a PowerDNS without questions may keep silent
   */
  record ServerFact(String host, Duration silent, Duration bearable) {}

  /**
   * A zone that PowerDNS can neither transfer nor list.
   *
   * @param server that PowerDNS reaches in this way
   */
  record LargeZone(String zone, long records, String server, LargestZone over) {}

  /**
   * Sets of a zone that do not validate.
   *
   * @param one of them: name, type and what is wrong
   */
  record InvalidSets(String zone, long sets, String one, String server) {}

  /** A zone, and what is the matter with its keys. */
  record UnsignableZone(String zone, String why) {}

  /**
   * A key on a token that PowerDNS signs with.
   *
   * @param slot what PowerDNS finds its token by: a label, or a serial number
   */
  record EngineUse(String slot, String label, long zones, String oneZone) {}

  /** A zone that Keyward signs, with the name of its token. */
  record SignedZone(String zone, String token) {}

  /**
   * Records that are not served.
   *
   * @param one of them, as people read it; empty where the whole zone is not served
   * @param signed whether resolvers expect signatures of the zone
   */
  record LeftOut(String zone, long records, String one, String reason, boolean signed) {}

  /**
   * @param inventoried whether its keys were read at least once
   */
  record TokenFact(
      String name,
      Optional<String> serial,
      Optional<String> label,
      Optional<String> fault,
      TokenState.PinState pin,
      List<String> warnings,
      double perSecond,
      boolean inventoried) {
    public TokenFact {
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * @param zones how many use it
   * @param oneZone one of them
   */
  record AssignedKey(TokenKey key, int tag, long zones, String oneZone) {}

  /**
   * @param role signer or server
   * @param difference how far the host's clock is ahead of the database's
   */
  record ClockFact(String role, String host, Duration difference) {
    /** As people read it: so and so far ahead, or behind. */
    public static String words(Duration difference) {
      return inSeconds(difference.abs()) + (difference.isNegative() ? " behind" : " ahead of");
    }

    private static String inSeconds(Duration duration) {
      return duration.toDays() > 1 ? duration.toDays() + " days" : duration.toSeconds() + " s";
    }
  }

  /** A server noticed that the database went back in time, or that another one answers. */
  record MoveFact(String host, Instant noticed, String what) {}

  /** A zone was served otherwise than it was stored, for a write had not been noticed. */
  record UnnoticedFact(String zone, Instant noticed, String what, String cause) {}

  /**
   * @param trouble why a server has no copy of its zones, or not of all
   * @param cold that it has started without the database
   */
  record CopyFact(String host, Optional<String> trouble, Optional<String> cold) {}

  /**
   * @param signedUntil where its signatures end that follow on each other without a gap from now on
   */
  record ShortRunway(String zone, String token, Instant signedUntil) {}

  /** A zone that a server cannot load as it is stored, with the reason. */
  record UnloadedZone(String zone, String reason) {}

  record ParentFact(String zone, ParentVerdict verdict) {}
}
