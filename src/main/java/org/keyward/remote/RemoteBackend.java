package org.keyward.remote;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.function.Supplier;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneStorageException;
import org.keyward.zone.Zones;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers requests of all forms: measures them, and turns every failure into a reply, so that no
 * request can end a connection. Thread-safe.
 */
public final class RemoteBackend implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteBackend.class);

  private final Zones zones;
  private final Dispatcher dispatcher;
  private final Transactions transactions;
  private final RequestMetrics metrics;
  private final SparseLog log;
  private final Contact contact = new Contact();

  /**
   * @param version of Keyward, for {@code pdnsutil backend-cmd}
   */
  public RemoteBackend(
      Zones zones, Writing writing, String version, MeterRegistry registry, Clock clock) {
    this.zones = zones;
    this.dispatcher =
        new Dispatcher(
            zones,
            new WriteMethods(zones, writing, clock),
            new DirectCommands(zones, version, clock));
    this.transactions = new Transactions(writing.limits());
    this.metrics = new RequestMetrics(registry);
    this.log = new SparseLog(LOG);
  }

  /** What is seen of those that ask. */
  public Contact contact() {
    return contact;
  }

  /**
   * For a new connection, which closes it at its end.
   *
   * @param confidential whether nobody but PowerDNS and root can be at the other end
   * @param way what is known before the first request
   */
  Session session(boolean confidential, Contact.Way way) {
    return new Session(transactions, new Question(zones), confidential, way);
  }

  /**
   * @param request reads the request; what it throws is answered too
   * @param session of the connection that it came on
   */
  Reply answer(Supplier<Request> request, Session session) {
    long start = System.nanoTime();
    String method = RequestMetrics.UNKNOWN_METHOD;
    Reply reply;
    try {
      Request parsed = request.get();
      method = parsed.method();
      reply = dispatcher.dispatch(parsed, session);
    } catch (MalformedRequestException e) {
      log.warn("malformed request ({}): {}", method, e.getMessage());
      reply = Replies.malformed(method + ": " + e.getMessage());
    } catch (WriteRefusedException e) {
      log.warn("{} is refused: {}", method, e.getMessage());
      reply = Replies.refused(method + ": " + e.getMessage());
    } catch (ZoneStorageException e) {
      log.warn("{} cannot be answered: {}", method, e.getMessage());
      reply = Replies.failed("Keyward cannot reach its storage; its log says more");
    } catch (RuntimeException e) {
      log.error(method + " failed, PowerDNS answers SERVFAIL", e);
      reply = Replies.failed("Keyward failed to answer; its log says more");
    }
    contact.asked(session.way(), start);
    metrics.record(method, reply.outcome(), System.nanoTime() - start);
    return reply;
  }

  /** Rolls back what is open. */
  @Override
  public void close() {
    transactions.close();
  }
}
