package org.keyward.parent;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.keyward.config.ListenAddress;
import org.keyward.dnssec.NameText;
import org.keyward.signing.ParentAnswer;
import org.keyward.signing.ParentAnswers;
import org.keyward.signing.ParentDs;
import org.keyward.signing.ParentSweep;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * Asks a resolver for the DS of a zone (RFC 4034, section 5): where name servers elsewhere cannot
 * be asked. It repeats a DS for as long as its TTL. Thread-safe.
 */
public final class ResolverParentDs implements ParentDs, ParentSweep.ServedKeys {
  private final ListenAddress address;

  /**
   * @param address of a resolver, or of a server of the parent zone
   */
  public ResolverParentDs(ListenAddress address) {
    this.address = address;
  }

  @Override
  public List<DSRecord> of(Name zone) {
    return ask(zone).certain(zone);
  }

  @Override
  public ParentAnswers ask(Name zone) {
    Question question = new Question(zone, Type.DS, true);
    Message answer = answer(question);
    int code = answer.getRcode();
    if (code != Rcode.NOERROR && code != Rcode.NXDOMAIN) {
      throw unanswered(zone, Rcode.string(code), null);
    }
    return new ParentAnswers(
        Optional.empty(),
        List.of(
            ParentAnswer.of(
                ParentAnswer.RESOLVER,
                address.toString(),
                question.records(answer, DSRecord.class),
                question.ttl(answer))));
  }

  /** A server that does not know them, or refuses, proves nothing. */
  @Override
  public Optional<List<DNSKEYRecord>> seen(Name zone) {
    Question question = new Question(zone, Type.DNSKEY, true);
    List<DNSKEYRecord> keys = question.records(answer(question), DNSKEYRecord.class);
    return keys.isEmpty() ? Optional.empty() : Optional.of(keys);
  }

  private Message answer(Question question) {
    try {
      return question.ask(new InetSocketAddress(address.host(), address.port()));
    } catch (IOException e) {
      throw unanswered(question.name(), e.getMessage(), e);
    }
  }

  private UnansweredException unanswered(Name zone, String why, IOException cause) {
    return new UnansweredException(
        "the resolver "
            + address
            + " does not say whether "
            + NameText.of(zone)
            + " has a DS at its parent ("
            + why
            + "); mend it, or name another in signing.parent-resolver",
        cause);
  }
}
