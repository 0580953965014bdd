package org.keyward.zone;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a zone shows to PowerDNS when, while it comes into its mode or after. PowerDNS keeps a
 * zone's keys, its metadata and its answers in caches of their own, each for up to a minute, and
 * nobody can say in which order it forgets them. So a change has two halves, each longer than that:
 * in all of it both the signatures and the keys are there, and in its middle PowerDNS is told who
 * signs. A function of the time alone, so that all servers agree.
 *
 * @param mode where it goes; presigned and split are come to from each other, presigned from keys
 *     in PowerDNS's own table too, and powerdns from presigned
 * @param since when the change began; empty for a zone that was unsigned before
 * @param half how long a PowerDNS may go on with what it has in a cache
 * @param held whether this server cannot give PowerDNS the keys of mode powerdns: here the zone
 *     stays pre-signed
 */
public record ModeSchedule(SigningMode mode, Optional<Instant> since, Duration half, boolean held) {
  public ModeSchedule(SigningMode mode, Optional<Instant> since, Duration half) {
    this(mode, since, half, false);
  }

  /** A zone that has been in this mode for ever. */
  public static ModeSchedule settled(SigningMode mode) {
    return new ModeSchedule(mode, Optional.empty(), Duration.ZERO);
  }

  /** The same where the zone stays as it was. */
  public ModeSchedule hold() {
    return new ModeSchedule(mode, since, half, true);
  }

  /** Whether PowerDNS is told that all signatures come from Keyward. */
  public boolean isPresigned(Instant now) {
    boolean arrived = since.map(begin -> !now.isBefore(begin.plus(half))).orElse(true);
    return held || arrived == (mode == SigningMode.PRESIGNED);
  }

  /** Whether all signatures are in the answers. */
  public boolean showsSignatures(Instant now) {
    return isPresigned(now) || isChanging(now);
  }

  /** Whether PowerDNS gets keys to sign with. */
  public boolean showsKeys(Instant now) {
    return !isPresigned(now) || isChanging(now);
  }

  /** Whether the DNSKEY set is in the answers; else PowerDNS makes it of the keys that it has. */
  public boolean showsKeySet(Instant now) {
    return mode != SigningMode.POWERDNS || showsSignatures(now);
  }

  public boolean isChanging(Instant now) {
    return !held
        && since
            .map(begin -> !now.isBefore(begin) && now.isBefore(begin.plus(half.multipliedBy(2))))
            .orElse(false);
  }

  /** Around {@code now}, for how long the answers to these questions are the same. */
  Interval lasting(Instant now) {
    return since.isEmpty() || held
        ? Interval.ALWAYS
        : Interval.around(
            now, List.of(since.get(), since.get().plus(half), since.get().plus(half).plus(half)));
  }
}
