package org.keyward.zone;

import java.util.List;
import org.keyward.dnssec.SigningSchedule;

/**
 * What a zone is served with whose KSK Keyward uses: the key sets that the KSK has signed ahead,
 * soonest first, and the ZSKs in software that sign everything else.
 *
 * @param dnskeyTtl the TTL that the DNSKEY set is to have; that of the key sets may still be
 *     another
 * @param keySets never empty, ascending by {@code activeFrom}
 * @param childSets the CDS and CDNSKEY sets that are to be published, ascending by {@code
 *     activeFrom}; all of a type are the same set
 * @param unusable stored signatures that cannot be used, with the reason
 * @param zoneSigningKeys for signatures made here: not empty as long as the mode shows any. Each is
 *     in every key set that is or will be in use while it signs
 * @param needed no key set that lacks one of these is used while a former one that has them is
 *     valid
 * @param liveKeys for PowerDNS to sign with, sealed: not empty as long as the mode shows any
 */
public record ZoneSigning(
    ModeSchedule mode,
    SigningSchedule schedule,
    long dnskeyTtl,
    List<SignedKeySet> keySets,
    List<SignedChildSet> childSets,
    List<RecordProblem> unusable,
    List<ZoneSigningKey> zoneSigningKeys,
    List<NeededKey> needed,
    List<CryptoKey> liveKeys) {
  public ZoneSigning {
    keySets = List.copyOf(keySets);
    childSets = List.copyOf(childSets);
    unusable = List.copyOf(unusable);
    zoneSigningKeys = List.copyOf(zoneSigningKeys);
    needed = List.copyOf(needed);
    liveKeys = List.copyOf(liveKeys);
    if (keySets.isEmpty() || (zoneSigningKeys.isEmpty() && liveKeys.isEmpty())) {
      throw new IllegalArgumentException("a signed zone needs a signed key set and a ZSK");
    }
  }

  /** A pre-signed zone. */
  public ZoneSigning(
      SigningSchedule schedule, List<SignedKeySet> keySets, List<ZoneSigningKey> zoneSigningKeys) {
    this(
        ModeSchedule.settled(SigningMode.PRESIGNED),
        schedule,
        keySets.get(keySets.size() - 1).ttl(),
        keySets,
        List.of(),
        List.of(),
        zoneSigningKeys,
        List.of(),
        List.of());
  }
}
