package org.keyward.config;

import java.time.Duration;
import java.util.Optional;

/**
 * How zones are signed unless their policy says otherwise.
 *
 * @param mode of zones for which none is said: presigned, split, or powerdns, in which PowerDNS
 *     signs with what {@code pdnsutil} gives it
 * @param validity how long a signature is valid from the time that it comes into use
 * @param step after how long the next signature takes over; shorter than {@code validity}
 * @param runway for how long ahead KSK signatures are kept ready
 * @param dnskeyTtl TTL of the DNSKEY set
 * @param unassignHold how long a zone stays signed after its DS has gone from the parent, at least
 *     the TTL of the DS
 * @param parentResolver finds the name servers of parents, or says itself which DS zones have;
 *     empty: nobody is asked
 * @param parentCheck who is asked for a zone's DS
 * @param rolls how keys are replaced
 */
public record SigningSettings(
    String mode,
    Duration validity,
    Duration step,
    Duration runway,
    Duration dnskeyTtl,
    Duration unassignHold,
    Optional<ListenAddress> parentResolver,
    ParentCheck parentCheck,
    RollSettings rolls) {
  /** Who is asked which DS a zone has. */
  public enum ParentCheck {
    /** Each address of each name server of the parent. */
    SERVERS,
    /** The resolver, where name servers elsewhere cannot be asked. */
    RESOLVER
  }

  public static final SigningSettings DEFAULT =
      new SigningSettings(
          "presigned",
          Duration.ofDays(14),
          Duration.ofDays(7),
          Duration.ofDays(35),
          Duration.ofHours(1),
          Duration.ofDays(1),
          Optional.empty(),
          ParentCheck.SERVERS,
          RollSettings.DEFAULT);

  public SigningSettings {
    if (step.compareTo(validity) >= 0) {
      throw new IllegalArgumentException(
          "signing.step must be shorter than signing.validity: signatures would expire before"
              + " their successors take over");
    }
    Duration least = rolls.leastLifetime(runway, step, dnskeyTtl);
    if (rolls.zskLifetime().filter(life -> life.compareTo(least) < 0).isPresent()) {
      throw new IllegalArgumentException(
          "signing.zsk-lifetime must be "
              + least.toSeconds()
              + "s or more with this runway and these TTLs: a roll would not be over when the next"
              + " one begins");
    }
  }
}
