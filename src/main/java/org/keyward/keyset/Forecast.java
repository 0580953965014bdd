package org.keyward.keyset;

import java.time.Instant;
import java.time.YearMonth;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is to come for one zone: the planner's own steps on a simulated clock, as if the token and
 * all servers did at once what is asked of them. So each time is the earliest one.
 *
 * @param steps in the order of their times
 * @param signatures that KSKs make over DNSKEY sets, by month (UTC) and key
 * @param looks how often the planner was asked
 */
public record Forecast(List<Step> steps, Map<Month, Integer> signatures, int looks) {
  public Forecast {
    steps = List.copyOf(steps);
    signatures = Map.copyOf(signatures);
  }

  /**
   * The state to begin with.
   *
   * @param keys ids of KSKs are negative, those of ZSKs positive
   * @param stock in the order in which it was stored
   * @param cached the largest TTLs, also where no roll is under way
   * @param turns when the zone's turns are
   * @param lifetimesSet since when the lifetimes of its policy have held; a role that is not in it:
   *     from now on
   * @param used since when the zone has been signed: no key is older
   * @param presentKsk where the KSK is, {@code TOKEN/LABEL}
   */
  public record Begin(
      org.xbill.DNS.Name zone,
      KeySet keys,
      List<SignedWindow> stock,
      CachedTtls cached,
      ZonePolicy policy,
      Turns turns,
      Map<KeyRole, Instant> lifetimesSet,
      Instant used,
      Optional<String> presentKsk) {
    public Begin {
      stock = List.copyOf(stock);
      lifetimesSet = Map.copyOf(lifetimesSet);
    }

    /**
     * When a key of a role is to be replaced by itself; empty for when somebody asks. A roll that
     * is under way ends first.
     */
    public Optional<Instant> turn(KeyRole role, Instant now) {
      return turn(keys, role, now);
    }

    Optional<Instant> turn(KeySet present, KeyRole role, Instant now) {
      return policy
          .policy()
          .lifetime(role)
          .flatMap(
              life ->
                  Keys.active(present, role, now)
                      .map(
                          key ->
                              turns.first(life, lifetimesSet.getOrDefault(role, used), used(key))));
    }

    private Instant used(ZoneKey key) {
      Instant from = key.signs().from();
      return from.isAfter(used) ? from : used;
    }
  }

  /** Signatures of a key in a month. */
  public record Month(YearMonth month, int key) {}

  /** What a step is. */
  public enum Kind {
    /** A roll begins by itself. */
    BEGINS,
    /** A roll that is under way stays in its phase from the beginning of the forecast on. */
    STANDS,
    /** A roll goes to another phase. */
    GOES_ON,
    /** A roll is over. */
    ENDS,
    /** A KSK has reached its lifetime, and nobody has said which one is the next. */
    NEEDS_KEY
  }

  /**
   * A step.
   *
   * @param role of the key that is replaced
   * @param oldKey the key that leaves
   * @param newKey the key that stays; empty where it is not known
   * @param phase that begins; empty where none does
   * @param waits for what it waits in this phase, one after the other
   * @param until when the next step is; empty where there is none before the forecast's end
   * @param person whether it takes a person to go on
   */
  public record Step(
      Instant at,
      Kind kind,
      KeyRole role,
      int oldKey,
      Optional<Integer> newKey,
      Optional<RollPhase> phase,
      List<WaitsFor> waits,
      Optional<Instant> until,
      boolean person) {
    public Step {
      waits = List.copyOf(waits);
    }
  }

  /**
   * What is to come until then.
   *
   * @param parentTakes how long a person and the parent need until the DS is everywhere
   */
  public static Forecast of(
      Begin begin, java.time.Duration parentTakes, Instant now, Instant until) {
    return of(begin, Set.of(), parentTakes, now, until);
  }

  /**
   * The same.
   *
   * @param starts of which roles a person replaces the key now, by a key of the same algorithm
   */
  public static Forecast of(
      Begin begin,
      Set<KeyRole> starts,
      java.time.Duration parentTakes,
      Instant now,
      Instant until) {
    return new SimulatedZone(begin, parentTakes, now).run(starts, until);
  }
}
