package org.keyward.signing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.keyward.config.ListenAddress;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/** Asks a resolver for the DS of a zone (RFC 4034, section 5). Thread-safe. */
public final class ResolverParentDs implements ParentDs, ParentSweep.ServedKeys {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int ATTEMPTS = 2;

  private final ListenAddress address;

  /**
   * @param address of a resolver, or of a server of the parent zone
   */
  public ResolverParentDs(ListenAddress address) {
    this.address = address;
  }

  @Override
  public List<DSRecord> of(Name zone) {
    Message answer = ask(zone, Type.DS);
    int code = answer.getRcode();
    if (code != Rcode.NOERROR && code != Rcode.NXDOMAIN) {
      throw unanswered(zone, Rcode.string(code), null);
    }
    return answer.getSection(Section.ANSWER).stream()
        .filter(DSRecord.class::isInstance)
        .map(DSRecord.class::cast)
        .filter(ds -> ds.getName().equals(zone))
        .toList();
  }

  /** A server that does not know them, or refuses, proves nothing. */
  @Override
  public Optional<List<DNSKEYRecord>> seen(Name zone) {
    List<DNSKEYRecord> keys =
        ask(zone, Type.DNSKEY).getSection(Section.ANSWER).stream()
            .filter(DNSKEYRecord.class::isInstance)
            .map(DNSKEYRecord.class::cast)
            .filter(key -> key.getName().equals(zone))
            .toList();
    return keys.isEmpty() ? Optional.empty() : Optional.of(keys);
  }

  private Message ask(Name zone, int type) {
    Resolver resolver = new SimpleResolver(new InetSocketAddress(address.host(), address.port()));
    resolver.setTimeout(TIMEOUT);
    IOException last = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        return resolver.send(Message.newQuery(Record.newRecord(zone, type, DClass.IN)));
      } catch (IOException e) {
        last = e;
      }
    }
    throw unanswered(zone, last.getMessage(), last);
  }

  private UnansweredException unanswered(Name zone, String why, IOException cause) {
    return new UnansweredException(
        "the resolver "
            + address
            + " does not say whether "
            + zone
            + " has a DS at its parent ("
            + why
            + "); mend it, or name another in signing.parent-resolver",
        cause);
  }
}
