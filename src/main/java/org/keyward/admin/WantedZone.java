package org.keyward.admin;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.Name;

/**
 * A zone to be made: a SOA and NS records, or, of a secondary, the primaries that it gets its
 * records from.
 *
 * @param kind {@code NATIVE}, {@code PRIMARY}, {@code SECONDARY} or one that the database takes
 * @param servers its name servers; the first one is in the SOA
 * @param hostmaster the mailbox in the SOA
 * @param primaries addresses, with a port or without
 */
public record WantedZone(
    Name zone, String kind, List<Name> servers, Optional<Name> hostmaster, List<String> primaries) {
  private static final Set<String> COPIES = Set.of("SECONDARY", "SLAVE", "CONSUMER");

  public WantedZone {
    kind = kind.toUpperCase(Locale.ROOT);
    servers = List.copyOf(servers);
    primaries = List.copyOf(primaries);
    if (COPIES.contains(kind)) {
      require(!primaries.isEmpty(), "of kind " + kind + " needs the address of a primary");
      require(
          servers.isEmpty() && hostmaster.isEmpty(),
          "of kind "
              + kind
              + " gets its records from its primaries: leave out name servers and"
              + " hostmaster");
    } else {
      require(!servers.isEmpty(), "of kind " + kind + " needs at least one name server");
      require(primaries.isEmpty(), "of kind " + kind + " has no primaries; a SECONDARY has");
    }
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalArgumentException("a zone " + otherwise);
    }
  }
}
