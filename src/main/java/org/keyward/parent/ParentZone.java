package org.keyward.parent;

import java.net.InetAddress;
import java.util.List;
import org.xbill.DNS.Name;

/** A zone that delegates others, and where its name servers are. */
record ParentZone(Name name, List<NameServer> servers) {
  ParentZone {
    servers = List.copyOf(servers);
  }

  /**
   * One of its name servers.
   *
   * @param addresses empty when nobody knows any
   * @param fault why there are none
   */
  record NameServer(Name name, List<InetAddress> addresses, String fault) {
    NameServer {
      addresses = List.copyOf(addresses);
    }
  }
}
