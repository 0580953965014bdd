package org.keyward.parent;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.keyward.background.BackgroundThreads;
import org.keyward.config.ListenAddress;
import org.keyward.dnssec.NameText;
import org.keyward.signing.ParentAnswer;
import org.keyward.signing.ParentAnswer.Kind;
import org.keyward.signing.ParentAnswers;
import org.keyward.signing.ParentDs;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Asks each address of each name server of the parent for the DS, without recursion: one that has
 * not got the new zone yet is told apart from the others, and no cache is between. Thread-safe.
 */
public final class ParentServers implements ParentDs {
  private static final int DNS_PORT = 53;
  private static final int AT_ONCE = 16;
  private static final long IDLE_SECONDS = 5;

  private final ParentZones parents;
  private final int port;
  private final Sparing sparing = new Sparing();
  private final ThreadPoolExecutor pool =
      new ThreadPoolExecutor(
          AT_ONCE,
          AT_ONCE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          BackgroundThreads.named("parent-servers"));

  /**
   * @param resolver that finds the name servers
   */
  public ParentServers(ListenAddress resolver) {
    this(resolver, DNS_PORT);
  }

  /** For servers that listen elsewhere, as in tests. */
  public ParentServers(ListenAddress resolver, int port) {
    this.parents = new ParentZones(new InetSocketAddress(resolver.host(), resolver.port()));
    this.port = port;
    pool.allowCoreThreadTimeOut(true);
  }

  @Override
  public List<DSRecord> of(Name zone) {
    return ask(zone).certain(zone);
  }

  @Override
  public ParentAnswers ask(Name zone) {
    return parents.above(zone).map(parent -> ask(parent, zone)).orElse(ParentAnswers.NONE);
  }

  private ParentAnswers ask(ParentZone parent, Name zone) {
    List<ParentAnswer> answers = new ArrayList<>();
    List<Future<ParentAnswer>> asked = new ArrayList<>();
    for (ParentZone.NameServer server : parent.servers()) {
      String name = NameText.of(server.name());
      if (server.addresses().isEmpty()) {
        answers.add(ParentAnswer.silent(name, "", Kind.UNREACHABLE, server.fault()));
      }
      server.addresses().forEach(address -> asked.add(pool.submit(() -> ask(name, address, zone))));
    }
    asked.forEach(one -> answers.add(result(one, zone)));
    return new ParentAnswers(Optional.of(parent.name()), answers);
  }

  private static ParentAnswer result(Future<ParentAnswer> asked, Name zone) {
    try {
      return asked.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnansweredException(
          "interrupted while the parent of " + NameText.of(zone) + " was asked", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(
          "the parent of " + NameText.of(zone) + " cannot be asked", e.getCause());
    }
  }

  private ParentAnswer ask(String server, InetAddress address, Name zone)
      throws InterruptedException {
    String where = address.getHostAddress();
    Optional<String> silence = sparing.silence(address);
    if (silence.isPresent()) {
      return ParentAnswer.silent(server, where, Kind.UNREACHABLE, silence.get());
    }
    sparing.await(address);
    Question question = new Question(zone, Type.DS, false);
    try {
      return answer(server, where, question, question.ask(new InetSocketAddress(address, port)));
    } catch (IOException e) {
      String why =
          e instanceof ConnectException ? e.getMessage() : "no answer, neither over UDP nor TCP";
      sparing.silent(address, why);
      return ParentAnswer.silent(server, where, Kind.UNREACHABLE, why);
    }
  }

  private static ParentAnswer answer(
      String server, String address, Question question, Message answer) {
    return fault(question.name(), answer)
        .map(why -> ParentAnswer.silent(server, address, Kind.LAME, why))
        .orElseGet(
            () ->
                ParentAnswer.of(
                    server,
                    address,
                    question.records(answer, DSRecord.class),
                    question.ttl(answer)));
  }

  /** A server of the zone itself gives a negative answer, from the zone, which proves nothing. */
  private static Optional<String> fault(Name zone, Message answer) {
    int code = answer.getRcode();
    if (code != Rcode.NOERROR && code != Rcode.NXDOMAIN) {
      return Optional.of(Rcode.string(code));
    }
    if (!answer.getHeader().getFlag(Flags.AA)) {
      return Optional.of("its answer is not authoritative");
    }
    for (Record record : answer.getSection(Section.AUTHORITY)) {
      if (record instanceof SOARecord && record.getName().equals(zone)) {
        return Optional.of("it answers for the zone itself, not for its parent");
      }
    }
    return Optional.empty();
  }
}
