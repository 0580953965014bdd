package org.keyward.remote;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.function.Supplier;
import org.keyward.zone.ZoneStorageException;
import org.keyward.zone.Zones;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers requests of all forms: measures them, and turns every failure into a reply, so that no
 * request can end a connection. Thread-safe.
 */
public final class RemoteBackend {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteBackend.class);

  private final Dispatcher dispatcher;
  private final RequestMetrics metrics;
  private final SparseLog log;

  /**
   * @param version of Keyward, for {@code pdnsutil backend-cmd}
   */
  public RemoteBackend(Zones zones, String version, MeterRegistry registry, Clock clock) {
    this.dispatcher = new Dispatcher(zones, new DirectCommands(zones, version, clock));
    this.metrics = new RequestMetrics(registry);
    this.log = new SparseLog(LOG);
  }

  /**
   * @param request reads the request; what it throws is answered too
   */
  Reply answer(Supplier<Request> request) {
    long start = System.nanoTime();
    String method = RequestMetrics.UNKNOWN_METHOD;
    Reply reply;
    try {
      Request parsed = request.get();
      method = parsed.method();
      reply = dispatcher.dispatch(parsed);
    } catch (MalformedRequestException e) {
      log.warn("malformed request ({}): {}", method, e.getMessage());
      reply = Replies.malformed(method + ": " + e.getMessage());
    } catch (ZoneStorageException e) {
      log.warn("{} cannot be answered: {}", method, e.getMessage());
      reply = Replies.failed("Keyward cannot reach its storage; its log says more");
    } catch (RuntimeException e) {
      log.error(method + " failed, PowerDNS answers SERVFAIL", e);
      reply = Replies.failed("Keyward failed to answer; its log says more");
    }
    metrics.record(method, reply.outcome(), System.nanoTime() - start);
    return reply;
  }
}
