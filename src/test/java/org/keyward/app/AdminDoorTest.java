package org.keyward.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the admin listener takes from whom, byte for byte. */
class AdminDoorTest {
  private static final String ZONE = "{\"zone\":\"new.example\",\"nameservers\":[\"ns.x\"]}";
  private static final String OWN = "Host: localhost\r\n";

  @TempDir static Path dir;
  private static AdminServer server;

  @BeforeAll
  static void start() throws Exception {
    server = new AdminServer(dir, false);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host: evil.example",
        "Host: localhost\r\nOrigin: http://evil.example",
        "Host: localhost\r\nOrigin: null",
        "Host: localhost\r\nSec-Fetch-Site: cross-site",
        "Host: localhost\r\nSec-Fetch-Site: same-site\r\nSec-Fetch-Mode: no-cors",
      })
  void aPageOfAnotherSiteGetsNothing(String headers) throws Exception {
    for (String path : new String[] {"/", "/metrics", "/readyz", "/healthz", "/api/v1/status"}) {
      assertThat(ask("GET " + path + " HTTP/1.1\r\n" + headers + "\r\n" + bearer() + "\r\n"))
          .startsWith("HTTP/1.1 4")
          .contains("application/problem+json")
          .doesNotContain("keyward_", "<html");
    }
  }

  @Test
  void theOwnPageMayAskAndALinkMayLeadThere() throws Exception {
    String own = "Host: localhost:%1$d\r\nOrigin: http://localhost:%1$d\r\n".formatted(port());
    String page = own + "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\n";
    assertThat(ask("GET /api/v1/status HTTP/1.1\r\n" + page + bearer() + "\r\n"))
        .startsWith("HTTP/1.1 200 ");
    String link = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n";
    assertThat(ask("GET / HTTP/1.1\r\n" + OWN + link + "\r\n")).startsWith("HTTP/1.1 200 ");
    assertThat(ask("POST /api/v1/zones HTTP/1.1\r\n" + OWN + link + bearer() + "\r\n"))
        .startsWith("HTTP/1.1 403 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""})
  void jsonSaysThatItIsJson(String type) throws Exception {
    assertThat(post(type.isEmpty() ? "" : "Content-Type: " + type + "\r\n", ZONE))
        .startsWith("HTTP/1.1 415 ")
        .contains("application/problem+json");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"zone\":\"a.example\",\"nameservers\":[null]}",
        "{\"zone\":\"a.example\",\"nameservers\":[\"ns.x\"],\"hostmaster\":\"a\\u0000b\"}",
        "{\"zone\":\"a\\u0000.example\",\"nameservers\":[\"ns.x\"]}",
        "{\"zone\":\"a\\u001b[2J.example\",\"nameservers\":[\"ns.x\"]}",
        "{\"zone\":{},\"nameservers\":[\"ns.x\"]}",
        "{\"zone\":[\"a\"],\"nameservers\":\"ns.x\"}",
        "{\"zone\":\"a.example\",\"nameservers\":[[]]}",
        "[]",
        "\"x\"",
        "\u0000"
      })
  void jsonThatIsNotAsDescribedIsABadRequest(String body) throws Exception {
    assertProblem(post("Content-Type: application/json\r\n", body));
  }

  @Test
  void anEndlessTextIsABadRequest() throws Exception {
    String zone = ZONE.replace("new.example", "a".repeat(10_000));
    assertProblem(post("Content-Type: application/json\r\n", zone));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /api/v1/zones?search=%00",
        "GET /api/v1/zones?search=a%1b%5b2J",
        "GET /api/v1/zones/a%00b",
        "GET /api/v1/zones?after=%00",
        "GET /api/v1/audit?zone=%00",
        "GET /api/v1/audit?actor=%00",
        "GET /api/v1/requests/%00",
        "GET /api/v1/zones/%zz",
        "DELETE /api/v1/zones/a.example?reason=%00",
        "PUT /api/v1/zones/%00/mode"
      })
  void bytesThatNoTextHasAreABadRequest(String request) throws Exception {
    assertProblem(ask(request + " HTTP/1.1\r\n" + OWN + bearer() + "\r\n"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"nothing of the kind\r\n", "5\r\nab\r\n", "-1\r\n\r\n", "5\r\n{\"zone\r\n"})
  void brokenChunksAreABadRequest(String body) throws Exception {
    String head = "POST /api/v1/zones HTTP/1.1\r\n" + OWN + bearer();
    String json = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port())) {
      client
          .getOutputStream()
          .write((head + "Connection: close\r\n" + json + body).getBytes(UTF_8));
      client.shutdownOutput();
      assertProblem(new String(client.getInputStream().readAllBytes(), UTF_8));
    }
  }

  private static void assertProblem(String reply) {
    assertThat(reply)
        .startsWith("HTTP/1.1 400 ")
        .contains("application/problem+json", "\"status\":400")
        .doesNotContain("<html", "\u001b");
  }

  /** The server keeps headers of a connection, and compared them without regard to case. */
  @Test
  void aTokenInOtherLettersIsNoneOnAConnectionThatHasSentTheRightOne() throws Exception {
    String request = "GET /api/v1/whoami HTTP/1.1\r\n" + OWN + "%s\r\n";
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port())) {
      for (String bearer : new String[] {bearer(), bearer()}) {
        client.getOutputStream().write(request.formatted(bearer).getBytes(UTF_8));
        assertThat(reply(client.getInputStream())).startsWith("HTTP/1.1 200 ");
      }
      String other = bearer().replace("Authorization: Bearer ", "");
      client
          .getOutputStream()
          .write(
              request
                  .formatted("Authorization: Bearer " + other.toLowerCase(Locale.ROOT))
                  .getBytes(UTF_8));
      assertThat(reply(client.getInputStream())).startsWith("HTTP/1.1 401 ");
    }
  }

  /** A reply with its length. */
  private static String reply(InputStream in) throws Exception {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.read());
    }
    String length = head.toString().replaceFirst("(?is).*content-length: (\\d+).*", "$1");
    return head + new String(in.readNBytes(Integer.parseInt(length)), UTF_8);
  }

  private static String post(String headers, String body) throws Exception {
    return ask(
        "POST /api/v1/zones HTTP/1.1\r\n"
            + OWN
            + bearer()
            + headers
            + "Content-Length: "
            + body.getBytes(UTF_8).length
            + "\r\n\r\n"
            + body);
  }

  private static String bearer() {
    return "Authorization: Bearer " + server.operator + "\r\n";
  }

  private static int port() {
    return URI.create(server.address()).getPort();
  }

  private static String ask(String request) throws Exception {
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port())) {
      client
          .getOutputStream()
          .write(
              request
                  .replaceFirst("HTTP/1.1\r\n", "HTTP/1.1\r\nConnection: close\r\n")
                  .getBytes(UTF_8));
      return new String(client.getInputStream().readAllBytes(), UTF_8);
    }
  }
}
