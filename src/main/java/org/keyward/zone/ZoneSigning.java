package org.keyward.zone;

import java.util.List;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.dnssec.SoftwareKey;

/**
 * What a pre-signed zone is served with: the key sets that the KSK has signed ahead, soonest first,
 * and the ZSKs in software that sign everything else. Private keys are here unsealed, in memory
 * only.
 *
 * @param keySets never empty, ascending by {@code activeFrom}
 * @param zoneSigningKeys never empty; each is in every key set that is or will be in use with it
 */
public record ZoneSigning(
    SigningSchedule schedule, List<SignedKeySet> keySets, List<SoftwareKey> zoneSigningKeys) {
  public ZoneSigning {
    keySets = List.copyOf(keySets);
    zoneSigningKeys = List.copyOf(zoneSigningKeys);
    if (keySets.isEmpty() || zoneSigningKeys.isEmpty()) {
      throw new IllegalArgumentException("a signed zone needs a signed key set and a ZSK");
    }
  }
}
