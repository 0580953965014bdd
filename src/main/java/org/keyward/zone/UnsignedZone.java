package org.keyward.zone;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;

/** A zone, or a part of one, as it would be served without Keyward's signatures. */
public final class UnsignedZone {
  /** Nothing depends on the time where nothing is signed. */
  private static final Clock UNTIMED = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  private UnsignedZone() {}

  public static Zone of(ZoneData stored) {
    return new LoadedZone(
        new ZoneData(
            stored.header(),
            stored.records(),
            stored.metadata(),
            stored.cryptokeys(),
            Optional.empty(),
            stored.denialChanges()),
        UNTIMED);
  }
}
