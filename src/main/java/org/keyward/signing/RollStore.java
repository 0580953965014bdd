package org.keyward.signing;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.KeySet;
import org.keyward.keyset.Observed;
import org.keyward.keyset.Outcome;
import org.keyward.keyset.Plan;
import org.keyward.keyset.Waiting;
import org.keyward.keyset.WantedDs;
import org.keyward.keyset.ZoneKey;
import org.xbill.DNS.Name;

/**
 * Port to where the keys of zones, their rolls and what was seen of servers are kept. Each method
 * is one transaction, with its audit rows in it. Thread-safe.
 */
public interface RollStore {
  /**
   * A zone with all that its planner is to know.
   *
   * @param policy by name
   * @param seen without a verdict on the clock, which is trusted
   */
  record ZoneRolls(
      int assignmentId,
      Name zone,
      SigningSchedule schedule,
      Duration runway,
      Duration dnskeyTtl,
      String policy,
      KeySet keys,
      Observed seen) {}

  /**
   * A plan, and when the zone is to be looked at again.
   *
   * @param lookAt for each roll that goes on
   */
  record Step(Plan plan, Function<Waiting, Instant> lookAt) {}

  /** Assignments with a roll that is to be looked at, the longest overdue first. */
  List<Integer> due(Instant now, int limit);

  /**
   * Has the zone planned, and saves what came of it: keys, rolls, evidence, history, serial and
   * change feed.
   *
   * @return what it waits for; empty when another signer is at it, or no roll is there
   */
  Optional<List<Waiting>> advance(int assignmentId, Instant now, Function<ZoneRolls, Step> planner);

  /** Who is to be asked what the zone shows. */
  ZoneServers.Asked toAsk(int assignmentId);

  /**
   * Zones without any DS in a parent zone that Keyward writes, and whose name servers have not been
   * asked since.
   */
  List<Integer> withoutDs(Instant askedBefore, int limit);

  /**
   * Writes the DS of a zone into its parent, where that is a zone of the same database and the
   * zone's policy says so.
   *
   * @param wanted told the zone, and since when each of its name servers shows what it shows
   * @return whether something was written
   */
  boolean writeParent(
      int assignmentId, BiFunction<ZoneRolls, Optional<Instant>, WantedDs> wanted, Instant now);

  /** Has the parent of the zone asked at once. */
  void askParent(int assignmentId, Instant now);

  /**
   * Keeps what the servers of a zone showed; those that were not asked are none of its any more.
   */
  void seen(int assignmentId, List<ZoneServers.Shown> shown, Instant now);

  /**
   * Begins a roll with a new ZSK, or the KSK that is named; it has made a signature that was
   * verified.
   *
   * @param begin told the zone and the new key, which is in no set now
   * @return why not, one line; empty when it has begun
   */
  Optional<String> start(
      Optional<Long> requestId,
      Start start,
      BiFunction<ZoneRolls, ZoneKey, Outcome> begin,
      Instant now);

  /**
   * Who asks for which roll.
   *
   * @param ksk the one that takes the place of the present KSK; empty for a roll of the ZSK
   * @param actor empty: nobody, the lifetime of the key is over
   */
  record Start(Name zone, Optional<TokenKey> ksk, Optional<String> actor, String reason) {
    public KeyRole role() {
      return ksk.isPresent() ? KeyRole.KSK : KeyRole.ZSK;
    }
  }

  /**
   * Carries out a command on a roll that is under way.
   *
   * @return why not, one line; empty when it is done
   */
  Optional<String> command(
      long requestId,
      SigningRequest.Roll request,
      KeyRole role,
      Function<ZoneRolls, Outcome> command,
      Instant now);

  /** Where the policies of the same zones are kept. */
  PolicyStore policies();

  /**
   * A key that has reached its lifetime.
   *
   * @param policy by name
   */
  record LifetimeOver(Name zone, KeyRole role, String policy) {}

  /**
   * Zones whose key of a role is to be replaced by itself: the zone's turn has come, which is a
   * function of its name, since the lifetime was set. Without those that were tried lately, and
   * those for a token that only another signer has.
   *
   * @param tokens names of the tokens of this signer
   * @param tokenOf the token that has the next key, by policy
   */
  List<LifetimeOver> lifetimesOver(
      KeyRole role, List<String> tokens, Map<String, String> tokenOf, Instant now, int limit);

  /** Notes why a key that has reached its lifetime is not replaced. */
  void notReplaced(LifetimeOver over, String why, Instant now);

  /**
   * Removes the private keys of former ZSKs that nothing can need any more.
   *
   * @return how many
   */
  int purge(Instant now, int limit);

  /**
   * Notes that rolls are looked at.
   *
   * @param explained how much time this process knows to have passed since it looked last; empty
   *     when it has not looked before
   * @return whether they may move: not within an hour of a jump of the clock, unless a person says
   *     so
   */
  boolean tick(Instant now, Optional<Duration> explained);
}
