package org.keyward.signing;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;

/** Port to the name servers of zones, each asked by itself and without a cache. */
public interface ZoneServers {
  /**
   * A name server as the database knows it.
   *
   * @param addresses in the database; empty when they are to be found elsewhere
   */
  record NameServer(Name name, List<String> addresses) {}

  record Asked(Name zone, List<NameServer> servers) {}

  /** Where it was asked, and what came of it. */
  record Shown(String address, Optional<Answer> answer, String failure) {
    static Shown failed(String address, String why) {
      return new Shown(address, Optional.empty(), why);
    }
  }

  /** The DNSKEY set, the SOA's serial, and who signed the SOA. */
  record Answer(long serial, List<DNSKEYRecord> keys, List<RRSIGRecord> signatures) {}

  /** What each address of each server shows. Never throws for one that does not answer. */
  List<Shown> ask(Asked zone);

  /** For tests and tools: a server's address. */
  static String text(InetSocketAddress address) {
    String host = address.getHostString();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
