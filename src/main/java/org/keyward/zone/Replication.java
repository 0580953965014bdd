package org.keyward.zone;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.Name;

/** Port to what is kept about transfers of zones from and to other servers. Thread-safe. */
public interface Replication {
  /**
   * Secondary zones that are due for a look at their primary: never looked at, or longer ago than
   * the refresh time of their SOA.
   */
  List<ZoneHeader> due(Instant now);

  /** Secondaries were told of this serial. */
  void notified(int zoneId, long serial);

  /**
   * When the primary of a secondary zone was last looked at; the epoch makes it due at once.
   *
   * @throws WriteRefusedException when there is no such zone
   */
  void checked(int zoneId, Instant when);

  /**
   * Who may create secondary zones here by a NOTIFY (an autoprimary).
   *
   * @param address of the sender
   * @param servers names in the NS set of the new zone
   */
  Optional<Autoprimary> autoprimary(String address, List<Name> servers);

  /**
   * Adds a secondary zone.
   *
   * @param server empty unless an autoprimary is behind it, whose addresses all become its
   *     primaries
   * @throws WriteRefusedException when it is there already
   */
  void createSecondary(Name zone, String address, String server, String account);

  /** A row of PowerDNS's table {@code supermasters}. */
  record Autoprimary(String server, String account) {}
}
