package org.keyward.zone;

import java.time.Duration;
import org.xbill.DNS.Name;

/** What a committed transaction touched. What it is now is read from {@link ZoneSource}. */
public sealed interface ZoneChange {
  /** Rows at one name of one zone were added, changed or removed. */
  record AtName(int zoneId, Name owner) implements ZoneChange {}

  /** The zone came, went, or changed in its header, metadata, keys or signing state. */
  record OfZone(int zoneId) implements ZoneChange {}

  /** So many names of the zone changed that it is read as a whole, which takes long. */
  record OfManyNames(int zoneId) implements ZoneChange {}

  /**
   * What a signed zone is served with changed: signatures of the KSK that are used now, or soon.
   */
  record OfSigning(int zoneId) implements ZoneChange {}

  /** Signatures of the KSK were made ahead that are not valid before {@link #SOON} is over. */
  record OfRunway(int zoneId) implements ZoneChange {}

  /** A change that takes effect later than this needs no hurry. */
  Duration SOON = Duration.ofHours(1);

  /** What PowerDNS notes about the zone's transfers changed. */
  record OfHeader(int zoneId) implements ZoneChange {}

  /** TSIG keys changed. */
  record OfTsigKeys() implements ZoneChange {}

  /**
   * Everything may have changed: too much was missed, or the database is not the one it was.
   *
   * @param why what happened, for people
   */
  record OfEverything(String why) implements ZoneChange {}
}
