package org.keyward;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/** Asks a server for an address all the time, each thread one question after the other. */
final class Questions implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final Duration AGAIN = Duration.ofSeconds(3);

  private final Map<String, Integer> answers = new ConcurrentHashMap<>();
  private final AtomicInteger again = new AtomicInteger();
  private final AtomicInteger count = new AtomicInteger();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;

  Questions(int port, String name, int askers) throws IOException {
    Name asked = Name.fromString(name + ".");
    for (int i = 0; i < askers; i++) {
      SimpleResolver resolver = new SimpleResolver("127.0.0.1");
      resolver.setPort(port);
      resolver.setTimeout(AGAIN);
      Thread thread = new Thread(() -> ask(resolver, asked));
      threads.add(thread);
      thread.start();
    }
  }

  private void ask(SimpleResolver resolver, Name name) {
    while (!stopped) {
      String answer = answer(resolver, name);
      if (!answer.equals("STOPPED")) {
        answers.merge(answer, 1, Integer::sum);
        count.incrementAndGet();
      }
    }
  }

  /**
   * What came, as one word. Asks again as resolvers do: PowerDNS throws questions away that have
   * waited in its queue for more than {@code queue-limit}, 1.5 s.
   */
  private String answer(SimpleResolver resolver, Name name) {
    while (!stopped) {
      try {
        Message question = Message.newQuery(Record.newRecord(name, Type.A, DClass.IN));
        Message reply = resolver.send(question);
        String code = Rcode.string(reply.getRcode());
        boolean empty = code.equals("NOERROR") && reply.getSection(Section.ANSWER).isEmpty();
        return empty ? "EMPTY" : code;
      } catch (IOException e) {
        again.incrementAndGet();
      }
    }
    return "STOPPED";
  }

  void awaitMore(int answered) {
    int end = count.get() + answered;
    Installation.await("answers", PATIENCE, () -> count.get() >= end);
  }

  /** How many questions had to be asked again. */
  int askedAgain() {
    return again.get();
  }

  /** How many answers of each kind there were. */
  Map<String, Integer> stop() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
    return new TreeMap<>(answers);
  }

  @Override
  public void close() {
    stopped = true;
  }
}
