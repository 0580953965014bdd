package org.keyward.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.keyward.dnssec.NameText;
import org.keyward.zone.RecordRow;
import org.keyward.zone.check.Finding;
import org.keyward.zone.check.Severity;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Asks the name servers of a zone whether they answer for it: one that does not is lame (RFC 9499,
 * section 7). The only rule of the linter that needs the network.
 */
final class NameServerCheck {
  private static final Duration TIMEOUT = Duration.ofSeconds(3);
  private static final int DNS_PORT = 53;

  private final int port;

  NameServerCheck() {
    this(DNS_PORT);
  }

  /** For servers that listen elsewhere, as in tests. */
  NameServerCheck(int port) {
    this.port = port;
  }

  /** What is wrong with the servers in the NS set of the zone, each address by itself. */
  List<Finding> lame(Name zone, List<RecordRow> rows) {
    List<Finding> findings = new ArrayList<>();
    for (RecordRow row : rows) {
      if (row.type().equals("NS") && row.owner().equals(zone)) {
        look(zone, row, rows, findings);
      }
    }
    return findings;
  }

  private void look(Name zone, RecordRow row, List<RecordRow> rows, List<Finding> findings) {
    List<InetAddress> addresses;
    try {
      addresses = addresses(Name.fromString(row.content(), Name.root), rows);
    } catch (TextParseException | UnknownHostException e) {
      findings.add(finding(zone, row, row.content() + " has no address that can be found"));
      return;
    }
    for (InetAddress address : addresses) {
      fault(zone, address)
          .map(why -> row.content() + " (" + address.getHostAddress() + ") " + why)
          .ifPresent(why -> findings.add(finding(zone, row, why)));
    }
  }

  private static Finding finding(Name zone, RecordRow row, String why) {
    return new Finding(
        Severity.ERROR,
        "ns-lame",
        NameText.of(zone),
        "NS",
        row.content(),
        why + "; have the zone served there, or take the server out of its NS set");
  }

  /** From the zone itself where it has them, else from the system's resolver. */
  private static List<InetAddress> addresses(Name server, List<RecordRow> rows)
      throws UnknownHostException {
    List<InetAddress> own = new ArrayList<>();
    for (RecordRow row : rows) {
      if (row.owner().equals(server) && (row.type().equals("A") || row.type().equals("AAAA"))) {
        own.add(InetAddress.getByName(row.content()));
      }
    }
    return own.isEmpty() ? Arrays.asList(InetAddress.getAllByName(NameText.of(server))) : own;
  }

  private Optional<String> fault(Name zone, InetAddress address) {
    Message question = Message.newQuery(Record.newRecord(zone, Type.SOA, DClass.IN));
    question.getHeader().unsetFlag(Flags.RD);
    Resolver resolver = new SimpleResolver(new InetSocketAddress(address, port));
    resolver.setTimeout(TIMEOUT);
    try {
      Message answer = resolver.send(question);
      boolean knows =
          answer.getRcode() == Rcode.NOERROR
              && answer.getHeader().getFlag(Flags.AA)
              && answer.getSection(Section.ANSWER).stream().anyMatch(r -> r.getType() == Type.SOA);
      return knows
          ? Optional.empty()
          : Optional.of("does not answer for the zone (" + Rcode.string(answer.getRcode()) + ")");
    } catch (IOException e) {
      return Optional.of("does not answer at all");
    }
  }
}
