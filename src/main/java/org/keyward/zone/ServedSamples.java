package org.keyward.zone;

import java.time.Instant;
import java.util.List;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/** Port to what there is to ask PowerDNS for: sets of zones that Keyward signs. Thread-safe. */
public interface ServedSamples {
  /** A set that is signed. */
  record Sample(Name zone, Name name, int type) {}

  /**
   * @param form of its content, so that each form need be looked at once only
   */
  record Changed(Sample sample, String form) {}

  /** A set of a zone that does not validate: name, type and what is wrong, one line. */
  record Fault(Name zone, String what) {}

  /** Some, of all types, and not more than about so many. */
  List<Sample> random(int most);

  /** Those of names that have changed since then. */
  List<Changed> changed(Instant since, int most);

  /** The KSKs that the zone is signed with. */
  List<DNSKEYRecord> keys(Name zone);
}
