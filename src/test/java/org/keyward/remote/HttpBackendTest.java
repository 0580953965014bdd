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
  private Servers servers;

  @BeforeEach
  void start() {
    zones = FakeZones.forProtocol();
    servers = Servers.start(zones, directory);
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

  @Test
  void aMalformedRequestIsNotRepeatedInTheReply() throws Exception {
    assertThat(post("", "{\"content\": PIN123456}").body()).doesNotContain("PIN123456");
  }

  @Test
  void aSlashAtTheEndIsNoOtherPath() throws Exception {
    assertThat(post("/", "{\"method\":\"initialize\"}").body()).isEqualTo("{\"result\":true}\n");
  }

  @Test
  void aTargetWithoutAPathIsTheirsWhoSentIt() throws Exception {
    int port = URI.create(servers.url()).getPort();
    for (String target : List.of("http://host", "*", "host:80")) {
      try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
        client
            .getOutputStream()
            .write(
                ("POST " + target + " HTTP/1.1\r\nHost: host\r\nContent-Length: 0\r\n\r\n")
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
          "POST /dns HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
              .formatted(body.length());
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
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }
}
