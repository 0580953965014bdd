package org.keyward.remote;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.zone.ZoneStorageException;

class HttpBackendTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir Path directory;
  private FakeZones zones;
  private FakeWriter writer;
  private Servers servers;

  @BeforeEach
  void start() {
    zones = FakeZones.forProtocol();
    writer = new FakeWriter();
    servers = Servers.start(zones, writer.writing(), directory);
  }

  @AfterEach
  void stop() {
    servers.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nonsense", "[]", "{\"method\":\"lookup\"}"})
  void malformedJsonIsABadRequest(String body) throws Exception {
    HttpResponse<String> response = post("", body);
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).startsWith("{\"result\":false,\"log\":[\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/lookup",
        "/lookup/a%2eb%2e",
        "/list/x/example.com.",
        "/getBeforeAndAfterNamesAbsolute//www",
        "/getDomainInfo/"
      })
  void malformedPathsAreABadRequest(String path) throws Exception {
    HttpResponse<String> response = get(path);
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).startsWith("{\"result\":false,\"log\":[\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'lookup','parameters':{'qname':'a\\u0000','qtype':'A'}",
        "'setDomainMetadata','parameters':{'name':'example.com.','kind':'a\\u0000','value':['x']}",
        "'setDomainMetadata','parameters':{'name':'example.com.','kind':'a','value':['\\u0000']}",
        "'setDomainMetadata','parameters':{'name':'example.com.','kind':'a','value':[null]}",
        "'createSlaveDomain','parameters':{'ip':'primary.example','domain':'x.'}",
        "'createSlaveDomain','parameters':{'ip':'192.0.2.1.5','domain':'x.'}",
        "'createSlaveDomain','parameters':{'ip':'','domain':'x.'}",
        "'superMasterBackend','parameters':{'ip':'1.2.3.4/0','domain':'x.','nsset':[]}"
      })
  void textThatNobodyCanStoreIsABadRequest(String call) throws Exception {
    HttpResponse<String> response = post("", ("{'method':" + call + "}").replace('\'', '"'));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(writer.lines).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1", "192.0.2.1:5300", "2001:db8::1", "[2001:db8::1]:5300"})
  void addressesAreTakenAsPowerDnsWritesThem(String address) throws Exception {
    String call =
        "{\"method\":\"createSlaveDomain\",\"parameters\":{\"ip\":\"%s\",\"domain\":\"x.\"}}"
            .formatted(address);
    assertThat(post("", call).statusCode()).isEqualTo(200);
  }

  @Test
  void brokenChunksAreABadRequest() throws Exception {
    URI url = URI.create(servers.url());
    for (String path : List.of(url.getPath(), url.getPath() + "/getDomainInfo")) {
      String head = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
      String json = "Content-Type: text/javascript\r\nTransfer-Encoding: chunked\r\n\r\n";
      assertThat(raw(url.getPort(), head + json + "no chunk\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    }
  }

  @Test
  void aMalformedRequestIsNotRepeatedInTheReply() throws Exception {
    assertThat(post("", "{\"content\": PIN123456}").body()).doesNotContain("PIN123456");
  }

  @Test
  void aSlashAtTheEndIsNoOtherPath() throws Exception {
    assertThat(post("/", "{\"method\":\"initialize\"}").body()).isEqualTo("{\"result\":true}\n");
  }

  /** Anything but 404, which PowerDNS takes for "no such name". */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/dns",
        "/dns/",
        "/dns/wrong",
        "/dns/lookup/ns1.example.com/A",
        "/dns/not-known-to-anybody-else_",
        "/dns/not-known-to-anybody-else_12",
        "/dns/NOT-known-to-anybody-else_1",
        "/dns/not-known-to-anybody-else_2/lookup/ns1.example.com/A",
        "/dns/not-known-to-anybody-else%5f1",
        "/dns/x/../not-known-to-anybody-else_1",
        "/dnsnot-known-to-anybody-else_1",
        "/not-known-to-anybody-else_1",
        "/"
      })
  void whoDoesNotKnowTheSecretOfThePathGetsNothing(String path) throws Exception {
    String lookup =
        "{\"method\":\"lookup\",\"parameters\":{\"qname\":\"ns1.example.com\",\"qtype\":\"A\"}}";
    URI url = URI.create(servers.url()).resolve("/");
    String head = "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n".formatted(path);
    for (String request :
        List.of(
            head
                + "Content-Type: text/javascript\r\nContent-Length: %d\r\n\r\n%s"
                    .formatted(lookup.length(), lookup),
            head.replace("POST", "GET") + "\r\n")) {
      assertThat(raw(url.getPort(), request))
          .startsWith("HTTP/1.1 403 ")
          .contains("application/problem+json")
          .doesNotContain("192.0.2.1", Servers.SECRET);
    }
  }

  /** Each of these can a page of somebody else make a browser send. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Origin: http://evil.example",
        "Origin: null",
        "Origin: http://127.0.0.1:PORT",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
        "Sec-Fetch-Site: same-origin",
        "Host: evil.example:PORT",
        "Host: 127.0.0.1.evil.example",
        "Content-Type: text/plain",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Type: multipart/form-data; boundary=x"
      })
  void whatABrowserIsMadeToSendIsNotCarriedOut(String header) throws Exception {
    String body =
        "{\"method\":\"setDomainMetadata\",\"parameters\":{\"name\":\"example.com.\","
            + "\"kind\":\"ALLOW-AXFR-FROM\",\"value\":[\"0.0.0.0/0\"]}}";
    URI url = URI.create(servers.url());
    String sent = header.replace("PORT", String.valueOf(url.getPort()));
    String name = sent.substring(0, sent.indexOf(':'));
    StringBuilder request = new StringBuilder("POST " + url.getPath() + " HTTP/1.1\r\n");
    for (String line : List.of("Host: localhost", "Content-Type: text/javascript")) {
      request.append(line.startsWith(name) ? sent : line).append("\r\n");
    }
    if (request.indexOf(sent) < 0) {
      request.append(sent).append("\r\n");
    }
    request.append("Connection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    assertThat(raw(url.getPort(), request.toString()))
        .startsWith("HTTP/1.1 4")
        .contains("application/problem+json");
    assertThat(writer.lines).isEmpty();
    assertThat(raw(url.getPort(), request.toString().replace(sent, good(name))))
        .startsWith("HTTP/1.1 200 ");
    assertThat(writer.lines).hasSize(1);
  }

  private static String good(String header) {
    return switch (header) {
      case "Host" -> "Host: localhost";
      case "Content-Type" -> "Content-Type: text/javascript; charset=utf-8";
      default -> "X-Nothing: x";
    };
  }

  private static String raw(int port, String request) throws Exception {
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
      client.getOutputStream().write(request.getBytes(US_ASCII));
      return new String(client.getInputStream().readAllBytes(), US_ASCII);
    }
  }

  @Test
  void aTargetWithoutAPathIsTheirsWhoSentIt() throws Exception {
    int port = URI.create(servers.url()).getPort();
    for (String target : List.of("http://host", "*", "host:80")) {
      try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
        client
            .getOutputStream()
            .write(
                ("POST " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
                    .getBytes(US_ASCII));
        byte[] status = client.getInputStream().readNBytes("HTTP/1.1 4".length());
        assertThat(new String(status, US_ASCII)).isEqualTo("HTTP/1.1 4");
      }
    }
  }

  @Test
  void aRequestMayComeInParts() throws Exception {
    String body =
        "{\"method\":\"lookup\",\"parameters\":{\"qname\":\"ns1.example.com\",\"qtype\":\"A\"}}";
    URI url = URI.create(servers.url());
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), url.getPort())) {
      client.setTcpNoDelay(true);
      String head =
          "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
              .concat("Content-Type: text/javascript\r\nContent-Length: %d\r\n\r\n")
              .formatted(url.getPath(), body.length());
      for (String part : List.of(head, body.substring(0, 10), body.substring(10))) {
        client.getOutputStream().write(part.getBytes(US_ASCII));
        Thread.sleep(100);
      }
      assertThat(new String(client.getInputStream().readAllBytes(), US_ASCII))
          .contains("192.0.2.1");
    }
  }

  @Test
  void aRequestMayBeLarge() throws Exception {
    assertThat(post("", "{\"method\":\"initialize\"}" + " ".repeat(500_000)).statusCode())
        .isEqualTo(200);
  }

  @Test
  void aRequestOfMoreThanAMebibyteIsRefused() throws Exception {
    assertThat(post("", " ".repeat((1 << 20) + 1)).statusCode()).isEqualTo(413);
  }

  @Test
  void storageOutOfReachIsAServerError() throws Exception {
    zones.failure = new ZoneStorageException("connection refused", null);
    HttpResponse<String> response = get("/lookup/example.com/ANY");
    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(response.body()).startsWith("{\"log\":[\"").doesNotContain("result");
  }

  @Test
  void namesWithoutEncodingAreUnderstoodFromPeople() throws Exception {
    assertThat(get("/lookup/ns1.example.com/A").body()).contains("192.0.2.1");
  }

  private HttpResponse<String> get(String path) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(servers.url() + path)).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(servers.url() + path))
            .header("content-type", "text/javascript; charset=utf-8")
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }
}
