package org.keyward.keyset;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.keyward.dnssec.SigningSchedule;

/**
 * How a zone's keys are kept. A change of it changes goals, never states.
 *
 * @param schedule windows of signatures
 * @param runway how far ahead the KSK signs
 * @param dnskeyTtl TTL of the DNSKEY set
 * @param zskLifetime after which a ZSK is replaced; empty for never
 * @param kskLifetime after which a KSK is replaced; empty for never
 * @param propagation Dprp: how long until all servers of the zone have a change
 * @param parentPropagation DprpP: the same of the parent
 * @param dsTtlAtLeast the TTL of a DS that is reckoned with at the least
 * @param zoneTtlAtLeast the TTL of records that is reckoned with at the least
 * @param publishSafety on top of waits before a new key is used
 * @param retireSafety on top of waits before an old key leaves
 */
public record Policy(
    SigningSchedule schedule,
    Duration runway,
    Duration dnskeyTtl,
    Optional<Duration> zskLifetime,
    Optional<Duration> kskLifetime,
    Duration propagation,
    Duration parentPropagation,
    Duration dsTtlAtLeast,
    Duration zoneTtlAtLeast,
    Duration publishSafety,
    Duration retireSafety) {

  /** The built-in one: ZSKs live 91 days, KSKs until somebody asks. */
  public static final Policy DEFAULT =
      new Policy(
          new SigningSchedule(
              Duration.ofDays(14), Duration.ofDays(7), SigningSchedule.DEFAULT_INCEPTION_OFFSET),
          Duration.ofDays(35),
          Duration.ofHours(1),
          Optional.of(Duration.ofDays(91)),
          Optional.empty(),
          Duration.ofHours(1),
          Duration.ofHours(1),
          Duration.ofDays(1),
          Duration.ofDays(1),
          Duration.ofHours(1),
          Duration.ofHours(1));

  /** The largest TTLs that may still be in a cache, and no less than the policy says. */
  public Waits waits(CachedTtls cached) {
    Duration key = max(dnskeyTtl, cached.dnskey());
    return new Waits(
        propagation.plus(key).plus(publishSafety),
        propagation.plus(max(zoneTtlAtLeast, cached.data())).plus(retireSafety),
        parentPropagation.plus(max(dsTtlAtLeast, cached.ds())).plus(retireSafety),
        propagation.plus(key));
  }

  /**
   * The shortest lifetime for which a roll is over before the next one begins: the new key enters,
   * and the old one leaves, where nothing is signed yet.
   */
  public Duration leastLifetime(KeyRole role) {
    Duration change = role == KeyRole.ZSK ? zoneTtlAtLeast : dsTtlAtLeast.plus(parentPropagation);
    return runway
        .plus(dnskeyTtl)
        .multipliedBy(2)
        .plus(schedule.step())
        .plus(change)
        .plus(propagation.multipliedBy(4))
        .plus(publishSafety)
        .plus(retireSafety.multipliedBy(2));
  }

  /** How long keys of a role live; empty for until somebody asks. */
  public Optional<Duration> lifetime(KeyRole role) {
    return role == KeyRole.ZSK ? zskLifetime : kskLifetime;
  }

  /** The same with another lifetime of keys of a role; empty for until somebody asks. */
  public Policy withLifetime(KeyRole role, Optional<Duration> lifetime) {
    return new Policy(
        schedule,
        runway,
        dnskeyTtl,
        role == KeyRole.ZSK ? lifetime : zskLifetime,
        role == KeyRole.KSK ? lifetime : kskLifetime,
        propagation,
        parentPropagation,
        dsTtlAtLeast,
        zoneTtlAtLeast,
        publishSafety,
        retireSafety);
  }

  /** The same for a zone that is signed by these terms. */
  public Policy signedBy(SigningSchedule windows, Duration ahead, Duration keyTtl) {
    return new Policy(
        windows,
        ahead,
        keyTtl,
        zskLifetime,
        kskLifetime,
        propagation,
        parentPropagation,
        dsTtlAtLeast,
        zoneTtlAtLeast,
        publishSafety,
        retireSafety);
  }

  /** What is unsafe about it, in one line each, with what would be safe. */
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    for (KeyRole role : KeyRole.values()) {
      Duration least = leastLifetime(role);
      lifetime(role)
          .filter(life -> life.compareTo(least) < 0)
          .ifPresent(
              life ->
                  faults.add(
                      "%s-lifetime must be %s or more, or never: with this runway and these margins a roll"
                              .formatted(
                                  role.name().toLowerCase(Locale.ROOT), DurationWords.of(least))
                          + " is not over when the next one begins"));
    }
    return faults;
  }

  private static Duration max(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? other : one;
  }
}
