package org.keyward.zone.check;

import java.util.List;
import java.util.Optional;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.RecordRow;
import org.keyward.zone.SigningMode;
import org.keyward.zone.ZoneData;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/**
 * A zone and what belongs to it elsewhere.
 *
 * @param leftOut what is not served of it, and why
 * @param keys the KSKs on tokens that are assigned to it; empty when Keyward does not sign it
 * @param mode how Keyward signs it; empty when it does not
 * @param parent the closest zone above it in the same database
 */
public record ZoneFacts(
    ZoneData data,
    List<RecordProblem> leftOut,
    List<DNSKEYRecord> keys,
    Optional<SigningMode> mode,
    Optional<Parent> parent) {
  public ZoneFacts {
    leftOut = List.copyOf(leftOut);
    keys = List.copyOf(keys);
  }

  /**
   * @param rows what the parent has at the zone's name
   */
  public record Parent(Name origin, List<RecordRow> rows) {
    public Parent {
      rows = List.copyOf(rows);
    }
  }
}
