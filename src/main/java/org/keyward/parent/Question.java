package org.keyward.parent;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;

/**
 * A question to one address: over UDP with EDNS, over TCP when the answer is truncated or UDP is
 * not answered at all, and without EDNS for a server that does not know it.
 *
 * @param recursion whether a resolver is asked, which is to find the answer elsewhere
 */
record Question(Name name, int type, boolean recursion) {
  /** Fits into one packet on every way (RFC 9715). */
  private static final int PAYLOAD = 1232;

  private static final Duration UDP = Duration.ofSeconds(2);

  /** A resolver may have to ask others first. */
  private static final Duration RECURSION = Duration.ofSeconds(3);

  private static final Duration TCP = Duration.ofSeconds(4);
  private static final int ATTEMPTS = 2;
  private static final Set<Integer> NO_EDNS = Set.of(Rcode.FORMERR, Rcode.NOTIMP);

  Message ask(InetSocketAddress server) throws IOException {
    Message answer = ask(server, true);
    boolean unknown = NO_EDNS.contains(answer.getRcode()) && answer.getOPT() == null;
    return unknown ? ask(server, false) : answer;
  }

  private Message ask(InetSocketAddress server, boolean edns) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<Message> answer = overUdp(server, edns);
      if (answer.isPresent()) {
        return answer.get();
      }
    }
    return send(server, edns, true);
  }

  /** Empty when nothing comes: TCP says why. */
  private Optional<Message> overUdp(InetSocketAddress server, boolean edns) {
    try {
      return Optional.of(send(server, edns, false));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private Message send(InetSocketAddress server, boolean edns, boolean tcp) throws IOException {
    Message question = Message.newQuery(Record.newRecord(name, type, DClass.IN));
    if (!recursion) {
      question.getHeader().unsetFlag(Flags.RD);
    }
    SimpleResolver resolver = new SimpleResolver(server);
    resolver.setTCP(tcp);
    resolver.setTimeout(recursion ? RECURSION : tcp ? TCP : UDP);
    if (edns) {
      resolver.setEDNS(0, PAYLOAD, ExtendedFlags.DO, List.of());
    }
    return resolver.send(question);
  }

  /** The records of this name and type in an answer. */
  <T extends Record> List<T> records(Message answer, Class<T> kind) {
    return answer.getSection(Section.ANSWER).stream()
        .filter(kind::isInstance)
        .map(kind::cast)
        .filter(record -> record.getName().equals(name))
        .toList();
  }

  /** The TTL that the zone gives the records, where a signature tells it, and else the one left. */
  Optional<Long> ttl(Message answer) {
    return records(answer, RRSIGRecord.class).stream()
        .filter(signature -> signature.getTypeCovered() == type)
        .map(RRSIGRecord::getOrigTTL)
        .findFirst()
        .or(
            () ->
                records(answer, Record.class).stream()
                    .filter(record -> record.getType() == type)
                    .map(Record::getTTL)
                    .findFirst());
  }
}
