package org.keyward.powerdns;

import java.io.IOException;
import java.util.Collection;
import org.xbill.DNS.Name;

/** A PowerDNS that can be told something. Its text form names it to people. Not thread-safe. */
interface PowerDnsServer {
  /** Forgets what is cached of these zones. */
  void flush(Collection<ChangedZone> zones) throws IOException, InterruptedException;

  /** Forgets all that is cached. */
  void flushAll() throws IOException, InterruptedException;

  /** Sends NOTIFY (RFC 1996) for a zone to its secondaries. */
  void notifySecondaries(Name zone) throws IOException, InterruptedException;
}
