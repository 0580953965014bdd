package org.keyward.zone;

import org.xbill.DNS.Name;

/** What a committed transaction touched. What it is now is read from {@link ZoneSource}. */
public sealed interface ZoneChange {
  /** Rows at one name of one zone were added, changed or removed. */
  record AtName(int zoneId, Name owner) implements ZoneChange {}

  /** The zone came, went, or changed in its header, metadata, keys or signing state. */
  record OfZone(int zoneId) implements ZoneChange {}

  /** More of what a signed zone is served with is there: signatures of the KSK made ahead. */
  record OfSigning(int zoneId) implements ZoneChange {}

  /** What PowerDNS notes about the zone's transfers changed. */
  record OfHeader(int zoneId) implements ZoneChange {}

  /** TSIG keys changed. */
  record OfTsigKeys() implements ZoneChange {}

  /** Too much was missed, for example after a long outage: everything may have changed. */
  record OfEverything() implements ZoneChange {}
}
