package org.keyward.http;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.util.JavalinBindException;
import java.net.BindException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.eclipse.jetty.ee10.servlet.ServletHandler;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.keyward.config.ListenAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP server on one address, set up the way that PowerDNS's client needs it: a connection may
 * be idle for a day, but whoever leaves a request or a reply half done loses it, and there are no
 * more connections than a limit.
 */
public final class HttpListener implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);

  /** PowerDNS turns a connection that was closed while idle into SERVFAIL, without a retry. */
  private static final Duration IDLE = Duration.ofHours(24);

  /** A request with more is refused (413). */
  public static final int MAX_REQUEST_BYTES = 1 << 20;

  /** PowerDNS opens one for each of its threads. */
  private static final int MAX_CONNECTIONS = 512;

  /** For the next part of a request, or for a client to take the next part of a reply. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /**
   * @param connections how many there may be; those that come while there are as many wait, and the
   *     idle ones lose theirs when they have been idle for {@code patience}
   * @param strangers how many of them may be without a whole request so far
   * @param perPeer how many may come from one address
   */
  record Limits(int connections, int strangers, int perPeer, Duration patience) {
    static final Limits STANDARD = new Limits(MAX_CONNECTIONS, 128, 384, PATIENCE);

    Limits(int connections, Duration patience) {
      this(connections, connections, connections, patience);
    }
  }

  /** For requests that are being answered when a listener ends whose socket is kept. */
  private static final Duration DRAIN = Duration.ofSeconds(5);

  private final Javalin javalin;
  private final int port;
  private final boolean kept;

  private HttpListener(Javalin javalin, boolean kept) {
    this.javalin = javalin;
    this.port = javalin.port();
    this.kept = kept;
  }

  /**
   * Starts to listen.
   *
   * @param setting the configuration key that the address comes from, for messages
   * @throws ListenException when the address cannot be had
   */
  public static HttpListener start(
      String setting, ListenAddress address, Admission admission, Consumer<RoutesConfig> routes) {
    return start(setting, address, admission, Limits.STANDARD, unused -> Optional.empty(), routes);
  }

  /**
   * Starts to listen.
   *
   * @param first gets each request before the routes do
   * @throws ListenException when the address cannot be had
   */
  public static HttpListener start(
      String setting,
      ListenAddress address,
      Admission admission,
      Function<Patience, Handler.Wrapper> first,
      Consumer<RoutesConfig> routes) {
    return start(setting, address, Optional.empty(), admission, first, routes);
  }

  /**
   * Starts to listen.
   *
   * @param kept the socket of that address, when another process keeps it
   * @param first gets each request before the routes do
   * @throws ListenException when the address cannot be had
   */
  public static HttpListener start(
      String setting,
      ListenAddress address,
      Optional<InheritedSocket> kept,
      Admission admission,
      Function<Patience, Handler.Wrapper> first,
      Consumer<RoutesConfig> routes) {
    Limits limits = Limits.STANDARD;
    return start(setting, address, kept, admission, limits, first.andThen(Optional::of), routes);
  }

  static HttpListener start(
      String setting,
      ListenAddress address,
      Admission admission,
      Limits limits,
      Function<Patience, Optional<Handler.Wrapper>> first,
      Consumer<RoutesConfig> routes) {
    return start(setting, address, Optional.empty(), admission, limits, first, routes);
  }

  private static HttpListener start(
      String setting,
      ListenAddress address,
      Optional<InheritedSocket> kept,
      Admission admission,
      Limits limits,
      Function<Patience, Optional<Handler.Wrapper>> first,
      Consumer<RoutesConfig> routes) {
    Handler handler = admission.before(handler(new Patience(limits.patience()), first));
    Javalin javalin =
        Javalin.create(config -> configure(config, address, kept, limits, handler, routes));
    try {
      javalin.start();
    } catch (JavalinBindException e) {
      throw new ListenException(refusal(setting, address, e), e);
    }
    return new HttpListener(javalin, kept.isPresent());
  }

  public int port() {
    return port;
  }

  @Override
  public void close() {
    if (kept) {
      drain();
    }
    javalin.stop();
  }

  /** Each connection ends with its next reply; PowerDNS makes its next one to the next process. */
  private void drain() {
    try {
      CompletableFuture.allOf(
              Stream.of(javalin.jettyServer().server().getConnectors())
                  .map(Connector::shutdown)
                  .toArray(CompletableFuture<?>[]::new))
          .get(DRAIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      LOG.debug("connections are left: {}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Handler handler(
      Patience patience, Function<Patience, Optional<Handler.Wrapper>> first) {
    Handler.Wrapper others = patience.withAll();
    Optional<Handler.Wrapper> before = first.apply(patience);
    before.ifPresent(handler -> handler.setHandler(others));
    return before.orElse(others);
  }

  private static void configure(
      JavalinConfig config,
      ListenAddress address,
      Optional<InheritedSocket> kept,
      Limits limits,
      Handler handler,
      Consumer<RoutesConfig> routes) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.http.compressionStrategy = CompressionStrategy.NONE;
    config.http.maxRequestSize = MAX_REQUEST_BYTES;
    config.http.generateEtags = false;
    config.jetty.host = address.host();
    config.jetty.port = address.port();
    config.jetty.modifyServer(
        server -> {
          server.setHandler(handler);
          server.setErrorHandler(new ProblemPages());
        });
    config.jetty.addConnector((server, http) -> connector(server, http, address, kept, limits));
    // PowerDNS's REST form has %2e and %5c in its paths, the root being a lone %2e.
    config.jetty.modifyServletContextHandler(
        context -> decodeAmbiguousPaths(context.getServletHandler()));
    config.routes.exception(HttpResponseException.class, HttpListener::refuse);
    routes.accept(config.routes);
  }

  /** Not what Javalin says by itself, which repeats the target. */
  private static void refuse(HttpResponseException refusal, Context context) {
    int status = refusal.getStatus();
    context
        .status(status)
        .contentType(ProblemPages.MEDIA_TYPE)
        .result(
            ProblemPages.document(
                status,
                status == HttpStatus.NOT_FOUND_404
                    ? "there is no such route"
                    : "the request is refused"));
  }

  private static void decodeAmbiguousPaths(ServletHandler handler) {
    handler.setDecodeAmbiguousURIs(true);
  }

  private static Connector connector(
      Server server,
      HttpConfiguration http,
      ListenAddress address,
      Optional<InheritedSocket> kept,
      Limits limits) {
    http.setUriCompliance(UriCompliance.UNSAFE);
    http.setSendServerVersion(false);
    // Else a bearer token in other letters is taken on a connection that has sent the right one.
    http.setHeaderCacheCaseSensitive(true);
    ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
    connector.setHost(address.host());
    connector.setPort(address.port());
    connector.setInheritChannel(kept.isPresent());
    connector.setIdleTimeout(IDLE.toMillis());
    connector.setAcceptedTcpNoDelay(true);
    NetworkConnectionLimit limit = new NetworkConnectionLimit(limits.connections(), connector);
    limit.setEndPointIdleTimeout(limits.patience().toMillis());
    connector.addBean(limit);
    connector.addBean(new Connections(limits, connector.getScheduler()));
    return connector;
  }

  private static String refusal(String setting, ListenAddress address, Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && !(cause instanceof BindException)) {
      cause = cause.getCause();
    }
    if (String.valueOf(cause.getMessage()).contains("in use")) {
      return String.format(
          "%s: %s is in use by another program: stop it ('ss -ltnp sport = :%d' names it) or set"
              + " another port in %s",
          setting, address, address.port(), setting);
    }
    return String.format(
        "%s: cannot listen on %s (%s): set an address of this host and a port above 1023 in %s",
        setting, address, cause.getMessage(), setting);
  }
}
