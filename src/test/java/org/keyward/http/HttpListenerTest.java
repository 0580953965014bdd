package org.keyward.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.keyward.clock.MovedClock;
import org.keyward.config.ListenAddress;

class HttpListenerTest {
  private static final ListenAddress ANY_PORT = new ListenAddress("127.0.0.1", 0);
  private static final Admission ADMISSION = Admission.ofPrograms(ANY_PORT, List.of());

  private final MovedClock clock = new MovedClock(Instant.parse("2026-01-01T00:00:00Z"));
  private final HealthTracker health = new HealthTracker(clock);
  private final PrometheusMeterRegistry metrics =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private HttpListener listener;

  @BeforeEach
  void start() {
    listener =
        HttpListener.start(
            "admin.http", ANY_PORT, ADMISSION, new HealthRoutes(health, metrics)::register);
  }

  @AfterEach
  void stop() {
    listener.close();
  }

  @Test
  void readyUntilSomethingFailsAndThenSaysForHowLong() throws Exception {
    assertThat(get("/healthz").body()).isEqualTo("ok\n");
    assertThat(get("/readyz").statusCode()).isEqualTo(200);

    health.failed("database", "connection refused");
    clock.pass(Duration.ofSeconds(30));
    health.failed("database", "still refused");
    clock.pass(Duration.ofSeconds(12));
    HttpResponse<String> notReady = get("/readyz");
    assertThat(notReady.statusCode()).isEqualTo(503);
    assertThat(notReady.body()).isEqualTo("database has failed for 42 s: still refused\n");
    assertThat(get("/healthz").statusCode()).isEqualTo(200);

    health.recovered("database");
    assertThat(get("/readyz").body()).isEqualTo("ready\n");
    assertThat(health.failures()).isEmpty();
  }

  @Test
  void metricsAreInPrometheusForm() throws Exception {
    metrics.counter("keyward.test").increment();
    assertThat(get("/metrics").body()).contains("keyward_test_total 1.0");
  }

  @Test
  void aPortInUseIsOneLineThatSaysWhatToDo() {
    ListenAddress taken = new ListenAddress("127.0.0.1", listener.port());
    assertThatThrownBy(() -> HttpListener.start("backend.http", taken, ADMISSION, routes -> {}))
        .isInstanceOf(ListenException.class)
        .hasMessage(
            "backend.http: %s is in use by another program: stop it ('ss -ltnp sport = :%d' names"
                + " it) or set another port in backend.http",
            taken, taken.port());
  }

  @Test
  void anAddressOfAnotherHostIsRefused() {
    ListenAddress foreign = new ListenAddress("192.0.2.1", 0);
    assertThatThrownBy(() -> HttpListener.start("backend.http", foreign, ADMISSION, routes -> {}))
        .isInstanceOf(ListenException.class)
        .hasMessageContaining("backend.http: cannot listen on 192.0.2.1:0");
  }

  /** A client that sends half a request, and one that does not read its reply, keep no thread. */
  @Test
  void whoLeavesSomethingHalfDoneLosesTheConnection() throws Exception {
    byte[] large = new byte[50 << 20];
    try (HttpListener impatient =
            HttpListener.start(
                "backend.http",
                ANY_PORT,
                ADMISSION,
                new HttpListener.Limits(10, Duration.ofMillis(300)),
                patience -> Optional.empty(),
                routes -> {
                  routes.post("/", context -> context.result(context.bodyAsBytes()));
                  routes.get("/large", context -> context.result(large));
                });
        Socket half = new Socket(InetAddress.getLoopbackAddress(), impatient.port());
        Socket slow = new Socket(InetAddress.getLoopbackAddress(), impatient.port());
        Socket idle = new Socket(InetAddress.getLoopbackAddress(), impatient.port())) {
      send(half, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345");
      send(slow, "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
      send(idle, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nok");
      Thread.sleep(1_500);
      assertThat(new String(half.getInputStream().readAllBytes(), US_ASCII))
          .doesNotContain("12345");
      assertThat(received(slow)).isLessThan(large.length);
      send(
          idle,
          "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmore");
      assertThat(new String(idle.getInputStream().readAllBytes(), US_ASCII)).endsWith("more");
    }
  }

  @Test
  void whatComesBeforeTheRoutesIsPatientAsItLikes() throws Exception {
    Function<Patience, Optional<Handler.Wrapper>> first =
        patience ->
            Optional.of(
                new Handler.Wrapper() {
                  @Override
                  public boolean handle(Request request, Response response, Callback callback) {
                    patience.during(
                        request,
                        callback,
                        ended ->
                            Content.Sink.write(
                                response, true, Content.Source.asString(request), ended));
                    return true;
                  }
                });
    try (HttpListener impatient =
            HttpListener.start(
                "backend.http",
                ANY_PORT,
                ADMISSION,
                new HttpListener.Limits(10, Duration.ofMillis(300)),
                first,
                routes -> {});
        Socket half = new Socket(InetAddress.getLoopbackAddress(), impatient.port());
        Socket whole = new Socket(InetAddress.getLoopbackAddress(), impatient.port())) {
      send(half, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345");
      send(whole, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nok");
      assertThat(new String(half.getInputStream().readAllBytes(), US_ASCII))
          .doesNotContain("12345");
      Thread.sleep(1_000);
      send(
          whole,
          "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmore");
      assertThat(new String(whole.getInputStream().readAllBytes(), US_ASCII)).endsWith("more");
    }
  }

  @Test
  void aRequestMayTakeLongerToBeAnsweredThanAClientMayTake() throws Exception {
    try (HttpListener impatient =
            HttpListener.start(
                "admin.http",
                ANY_PORT,
                ADMISSION,
                new HttpListener.Limits(10, Duration.ofMillis(300)),
                patience -> Optional.empty(),
                routes ->
                    routes.get(
                        "/",
                        context -> {
                          Thread.sleep(1_500);
                          context.result("done");
                        }));
        Socket client = new Socket(InetAddress.getLoopbackAddress(), impatient.port())) {
      send(client, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      assertThat(new String(client.getInputStream().readAllBytes(), US_ASCII)).endsWith("done");
    }
  }

  /** More than there may be connections, each with a byte now and then, for ever. */
  @Test
  void slowConnectionsDoNotKeepOthersOut() throws Exception {
    HttpListener.Limits limits = new HttpListener.Limits(40, 10, 100, Duration.ofSeconds(2));
    try (HttpListener busy =
        HttpListener.start(
            "backend.http",
            ANY_PORT,
            ADMISSION,
            limits,
            patience -> Optional.empty(),
            routes -> routes.post("/", context -> context.result(context.bodyAsBytes())))) {
      List<Socket> slow = new CopyOnWriteArrayList<>();
      AtomicBoolean done = new AtomicBoolean();
      Thread attack = new Thread(() -> trickle(slow, done), "attack");
      attack.start();
      try {
        for (int i = 0; i < 60; i++) {
          slow.add(new Socket(InetAddress.getLoopbackAddress(), busy.port()));
        }
        for (int i = 0; i < 5; i++) {
          try (Socket good = new Socket(InetAddress.getLoopbackAddress(), busy.port())) {
            good.setSoTimeout(20_000);
            send(
                good,
                "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
                    + "Connection: close\r\n\r\nok");
            assertThat(new String(good.getInputStream().readAllBytes(), US_ASCII)).endsWith("ok");
          }
        }
      } finally {
        done.set(true);
        attack.join();
        for (Socket socket : slow) {
          socket.close();
        }
      }
    }
  }

  private static void trickle(List<Socket> sockets, AtomicBoolean done) {
    try {
      while (!done.get()) {
        trickle(sockets);
        Thread.sleep(50);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A byte of a request that never ends; to those that the server has not closed. */
  private static void trickle(List<Socket> sockets) {
    sockets.forEach(HttpListenerTest::sendByte);
  }

  private static boolean sendByte(Socket socket) {
    try {
      socket.getOutputStream().write('P');
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Each part comes in time, the whole does not. */
  @Test
  void aRequestHasLimitedTimeAsAWhole() throws Exception {
    try (HttpListener impatient =
            HttpListener.start(
                "backend.http",
                ANY_PORT,
                ADMISSION,
                new HttpListener.Limits(10, Duration.ofSeconds(1)),
                patience -> Optional.empty(),
                routes -> routes.post("/", context -> context.result(context.bodyAsBytes())));
        Socket body = new Socket(InetAddress.getLoopbackAddress(), impatient.port());
        Socket second = new Socket(InetAddress.getLoopbackAddress(), impatient.port())) {
      send(second, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nok");
      assertThat(second.getInputStream().read()).isEqualTo('H');
      send(body, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
      for (int i = 0; !(isOver(body) && isOver(second)); i++) {
        assertThat(i).as("parts that were taken").isLessThan(600);
        trickle(List.of(body, second));
        Thread.sleep(100);
      }
    }
  }

  /** Whether the server has hung up; what it said before is read. */
  private static boolean isOver(Socket socket) {
    try {
      socket.setSoTimeout(1);
      while (socket.getInputStream().read() >= 0) {
        // the reply to what was whole
      }
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void aPeerHasAPartOfAllConnections() throws Exception {
    HttpListener.Limits limits = new HttpListener.Limits(40, 40, 3, Duration.ofSeconds(20));
    try (HttpListener listening =
        HttpListener.start(
            "backend.http",
            ANY_PORT,
            ADMISSION,
            limits,
            patience -> Optional.empty(),
            routes -> routes.get("/", context -> context.result("here")))) {
      List<Socket> idle = new ArrayList<>();
      try {
        for (int i = 0; i < 3; i++) {
          Socket socket = new Socket(InetAddress.getLoopbackAddress(), listening.port());
          idle.add(socket);
          send(socket, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
          assertThat(socket.getInputStream().read()).isEqualTo('H');
        }
        try (Socket more = new Socket(InetAddress.getLoopbackAddress(), listening.port())) {
          more.setSoTimeout(20_000);
          assertThat(more.getInputStream().read()).isEqualTo(-1);
        }
        send(idle.get(0), "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(new String(idle.get(0).getInputStream().readAllBytes(), US_ASCII))
            .endsWith("here");
      } finally {
        for (Socket socket : idle) {
          socket.close();
        }
      }
    }
  }

  @Test
  void moreConnectionsThanTheLimitWait() throws Exception {
    try (HttpListener small =
        HttpListener.start(
            "backend.http",
            ANY_PORT,
            ADMISSION,
            new HttpListener.Limits(2, Duration.ofSeconds(1)),
            patience -> Optional.empty(),
            routes -> routes.get("/", context -> context.result("here")))) {
      List<Socket> idle = new ArrayList<>();
      try (Socket third = connected(small, idle)) {
        send(third, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        third.setSoTimeout(300);
        assertThatThrownBy(() -> third.getInputStream().read())
            .isInstanceOf(SocketTimeoutException.class);
        third.setSoTimeout(10_000);
        assertThat(new String(third.getInputStream().readAllBytes(), US_ASCII)).endsWith("here");
      } finally {
        for (Socket socket : idle) {
          socket.close();
        }
      }
    }
  }

  /** The third of three; the others have been answered once and are idle. */
  private static Socket connected(HttpListener listener, List<Socket> idle) throws Exception {
    for (int i = 0; i < 2; i++) {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), listener.port());
      idle.add(socket);
      send(socket, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertThat(socket.getInputStream().read()).isEqualTo('H');
      Thread.sleep(200); // idle is it only when the server has done with the request, too
    }
    return new Socket(InetAddress.getLoopbackAddress(), listener.port());
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
  }

  private static long received(Socket socket) throws IOException {
    try {
      return socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (SocketException e) {
      return 0; // reset, which says the same
    }
  }

  private HttpResponse<String> get(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + listener.port() + path);
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build(),
            BodyHandlers.ofString());
  }
}
