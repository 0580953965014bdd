package org.keyward.parent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.dnssec.NameText;
import org.keyward.parent.ParentZone.NameServer;
import org.keyward.signing.ParentDs.UnansweredException;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Which zone is the parent of another, and where its name servers are, as a resolver tells it. The
 * parent may be several labels up: a name is a zone when it has an NS set of its own. What was
 * found is kept for five minutes. Thread-safe.
 */
final class ParentZones {
  private static final long KEPT = Duration.ofMinutes(5).toNanos();
  private static final int MOST = 10_000;

  private record Found(ParentZone zone, long until) {}

  private final InetSocketAddress resolver;
  private final Map<Name, Found> found = new HashMap<>();

  ParentZones(InetSocketAddress resolver) {
    this.resolver = resolver;
  }

  /** Empty for the root. */
  Optional<ParentZone> above(Name zone) {
    Name name = zone;
    while (!name.equals(Name.root)) {
      name = new Name(name, 1);
      Optional<ParentZone> kept = kept(name);
      if (kept.isPresent()) {
        return kept;
      }
      Question question = new Question(name, Type.NS, true);
      Message answer = ask(question, zone);
      List<NSRecord> servers = question.records(answer, NSRecord.class);
      if (!servers.isEmpty()) {
        return Optional.of(keep(new ParentZone(name, servers(servers, zone))));
      }
      name = cut(answer, name);
    }
    if (zone.equals(Name.root)) {
      return Optional.empty();
    }
    throw unanswered(zone, "it names no NS of the root", null);
  }

  /** The name below which to look on: a negative answer tells the zone that it comes from. */
  private static Name cut(Message answer, Name name) {
    for (Record record : answer.getSection(Section.AUTHORITY)) {
      Name apex = record.getName();
      if (record instanceof SOARecord && name.subdomain(apex) && !name.equals(apex)) {
        return new Name(name, name.labels() - apex.labels() - 1);
      }
    }
    return name;
  }

  private synchronized Optional<ParentZone> kept(Name name) {
    long now = System.nanoTime();
    return Optional.ofNullable(found.get(name))
        .filter(one -> one.until() - now > 0)
        .map(Found::zone);
  }

  private synchronized ParentZone keep(ParentZone zone) {
    long now = System.nanoTime();
    if (found.size() >= MOST) {
      found.values().removeIf(one -> one.until() - now < 0);
    }
    found.put(zone.name(), new Found(zone, now + KEPT));
    return zone;
  }

  private List<NameServer> servers(List<NSRecord> records, Name zone) {
    return records.stream()
        .map(NSRecord::getTarget)
        .distinct()
        .sorted()
        .map(server -> server(server, zone))
        .toList();
  }

  /** One whose address cannot be found keeps no other from being asked. */
  private NameServer server(Name name, Name zone) {
    try {
      return new NameServer(name, addresses(name, zone), "it has no address");
    } catch (UnansweredException e) {
      return new NameServer(name, List.of(), "its address cannot be found: " + e.getMessage());
    }
  }

  private List<InetAddress> addresses(Name server, Name zone) {
    List<InetAddress> addresses = new ArrayList<>();
    for (Record record : ask(new Question(server, Type.A, true), zone).getSection(Section.ANSWER)) {
      if (record instanceof ARecord a) {
        addresses.add(a.getAddress());
      }
    }
    for (Record record :
        ask(new Question(server, Type.AAAA, true), zone).getSection(Section.ANSWER)) {
      if (record instanceof AAAARecord aaaa) {
        addresses.add(aaaa.getAddress());
      }
    }
    return addresses.stream().distinct().toList();
  }

  private Message ask(Question question, Name zone) {
    try {
      Message answer = question.ask(resolver);
      int code = answer.getRcode();
      if (code != Rcode.NOERROR && code != Rcode.NXDOMAIN) {
        throw unanswered(zone, words(question) + ": " + Rcode.string(code), null);
      }
      return answer;
    } catch (IOException e) {
      throw unanswered(zone, words(question) + ": " + e.getMessage(), e);
    }
  }

  private static String words(Question question) {
    return NameText.of(question.name()) + " " + Type.string(question.type());
  }

  private UnansweredException unanswered(Name zone, String why, IOException cause) {
    return new UnansweredException(
        "the resolver "
            + resolver.getHostString()
            + " port "
            + resolver.getPort()
            + " does not say where the name servers of the parent of "
            + NameText.of(zone)
            + " are ("
            + why
            + "); mend it, or name another in signing.parent-resolver",
        cause);
  }
}
