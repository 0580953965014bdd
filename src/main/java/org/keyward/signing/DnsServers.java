package org.keyward.signing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.keyward.config.ListenAddress;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/**
 * Asks name servers over DNS, without recursion; over TCP where an answer does not fit.
 * Thread-safe.
 */
public final class DnsServers implements ZoneServers {
  private static final Duration TIMEOUT = Duration.ofSeconds(3);
  private static final int ATTEMPTS = 2;
  private static final int PAYLOAD = 1232;
  private static final int DNS_PORT = 53;

  private final List<ListenAddress> instead;

  /**
   * @param instead asked for every zone, instead of its name servers; empty: those
   */
  public DnsServers(List<ListenAddress> instead) {
    this.instead = List.copyOf(instead);
  }

  @Override
  public List<Shown> ask(Asked zone) {
    List<CompletableFuture<Shown>> asked = new ArrayList<>();
    List<Shown> unknown = new ArrayList<>();
    for (InetSocketAddress address : addresses(zone, unknown)) {
      asked.add(ask(zone.zone(), address).toCompletableFuture());
    }
    List<Shown> shown = new ArrayList<>(unknown);
    asked.forEach(one -> shown.add(one.join()));
    return shown;
  }

  /**
   * @param unknown where those are added that have no address
   */
  private Set<InetSocketAddress> addresses(Asked zone, List<Shown> unknown) {
    Set<InetSocketAddress> addresses = new LinkedHashSet<>();
    for (ListenAddress address : instead) {
      addresses.add(new InetSocketAddress(address.host(), address.port()));
    }
    if (!instead.isEmpty()) {
      return addresses;
    }
    for (NameServer server : zone.servers()) {
      try {
        for (InetAddress address : addresses(server)) {
          addresses.add(new InetSocketAddress(address, DNS_PORT));
        }
      } catch (UnknownHostException e) {
        unknown.add(
            Shown.failed(NameText.of(server.name()), "it has no address that can be found"));
      }
    }
    return addresses;
  }

  private static List<InetAddress> addresses(NameServer server) throws UnknownHostException {
    List<InetAddress> own = new ArrayList<>();
    for (String text : server.addresses()) {
      own.add(InetAddress.getByName(text));
    }
    return own.isEmpty() ? List.of(InetAddress.getAllByName(NameText.of(server.name()))) : own;
  }

  private static CompletionStage<Shown> ask(Name zone, InetSocketAddress address) {
    String text = ZoneServers.text(address);
    return send(zone, Type.SOA, address, ATTEMPTS)
        .thenCombine(
            send(zone, Type.DNSKEY, address, ATTEMPTS), (soa, keys) -> shown(text, zone, soa, keys))
        .exceptionally(failure -> Shown.failed(text, words(failure)));
  }

  private static CompletionStage<Message> send(
      Name zone, int type, InetSocketAddress address, int attempts) {
    SimpleResolver resolver = new SimpleResolver(address);
    resolver.setTimeout(TIMEOUT);
    resolver.setEDNS(0, PAYLOAD, ExtendedFlags.DO, List.of());
    Message question = Message.newQuery(Record.newRecord(zone, type, DClass.IN));
    question.getHeader().unsetFlag(Flags.RD);
    CompletionStage<Message> answer = resolver.sendAsync(question);
    return attempts == 1
        ? answer
        : answer
            .handle(
                (message, failure) ->
                    failure == null
                        ? CompletableFuture.<Message>completedStage(message)
                        : send(zone, type, address, attempts - 1))
            .thenCompose(next -> next);
  }

  private static Shown shown(String address, Name zone, Message soa, Message keys) {
    Optional<SOARecord> start = records(soa, zone, SOARecord.class).stream().findFirst();
    List<DNSKEYRecord> published = records(keys, zone, DNSKEYRecord.class);
    if (start.isEmpty() || published.isEmpty()) {
      return Shown.failed(
          address,
          "it has "
              + (start.isEmpty() ? "no SOA" : "no DNSKEY set")
              + " of the zone ("
              + Rcode.string((start.isEmpty() ? soa : keys).getRcode())
              + ")");
    }
    if (!soa.getHeader().getFlag(Flags.AA)) {
      return Shown.failed(address, "its answer is not authoritative");
    }
    List<RRSIGRecord> signatures =
        records(soa, zone, RRSIGRecord.class).stream()
            .filter(signature -> signature.getTypeCovered() == Type.SOA)
            .toList();
    return new Shown(
        address, Optional.of(new Answer(start.get().getSerial(), published, signatures)), "");
  }

  private static <R extends Record> List<R> records(Message answer, Name zone, Class<R> type) {
    return answer.getSection(Section.ANSWER).stream()
        .filter(type::isInstance)
        .filter(found -> found.getName().equals(zone))
        .map(type::cast)
        .toList();
  }

  private static String words(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && !(cause instanceof IOException)) {
      cause = cause.getCause();
    }
    return "it does not answer: "
        + (cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage());
  }
}
