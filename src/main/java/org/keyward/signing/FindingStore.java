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

  /** Keeps these as all that is wrong now, and gives those that are new. */
  List<Finding> keep(List<Finding> found, Instant now);

  /** Findings that nobody outside was told of, oldest first. */
  List<Unannounced> unannounced(int limit);

  void announced(long id, Instant now);

  /** Zones with a key, or that had one lately, whose parent was not asked since then. */
  List<Asked> toAsk(Instant before, int limit);

  void parentSeen(int zoneId, ParentVerdict verdict, Instant now);

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
   */
  record Asked(int zoneId, Name zone, List<DNSKEYRecord> keys) {}

  /**
   * @param clocks of the hosts that reported lately
   * @param lapsed zones that are served signed, and have no valid signature of their KSK now
   */
  record Facts(
      List<ClockFact> clocks,
      List<TokenFact> tokens,
      List<TokenKey> keysOnTokens,
      List<AssignedKey> assigned,
      List<String> lapsed,
      List<ShortRunway> shortRunways,
      List<UnloadedZone> unloadedZones,
      List<ParentFact> parents) {
    public Facts {
      clocks = List.copyOf(clocks);
      lapsed = List.copyOf(lapsed);
      tokens = List.copyOf(tokens);
      keysOnTokens = List.copyOf(keysOnTokens);
      assigned = List.copyOf(assigned);
      shortRunways = List.copyOf(shortRunways);
      unloadedZones = List.copyOf(unloadedZones);
      parents = List.copyOf(parents);
    }
  }

  /**
   * @param inventoried whether its keys were read at least once
   */
  record TokenFact(
      String name,
      Optional<String> serial,
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

  /**
   * @param signedUntil where its signatures end that follow on each other without a gap from now on
   */
  record ShortRunway(String zone, Instant signedUntil) {}

  /** A zone that a server cannot load as it is stored, with the reason. */
  record UnloadedZone(String zone, String reason) {}

  record ParentFact(String zone, ParentVerdict verdict) {}
}
