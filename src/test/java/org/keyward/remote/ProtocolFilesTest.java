package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every pair of files in {@code protocol/}: the request in each of the four forms gets exactly the
 * reply, types included. The {@code .rest} files are written as PowerDNS 4.7 sends them. For
 * methods that write there is also what they write, with REST if that differs, since PowerDNS 4.7
 * loses parameters in it, and what is asked before on the same connection.
 */
class ProtocolFilesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path FILES = Path.of("src/test/resources/protocol");

  /** A connection of its own for each case, as for each thread of PowerDNS. */
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TempDir static Path directory;
  private static final FakeWriter WRITER = new FakeWriter();
  private static Servers servers;

  @BeforeAll
  static void start() {
    servers = Servers.start(FakeZones.forProtocol(), WRITER.writing(), directory);
  }

  @AfterAll
  static void stop() {
    servers.close();
  }

  private static final String ABORT =
      "{\"method\":\"abortTransaction\",\"parameters\":{\"trxid\":1763990000}}";

  @AfterEach
  void forget() throws Exception {
    http.send(posted(JSON.readTree(ABORT)), BodyHandlers.ofString());
    WRITER.lines.clear();
  }

  static List<String> cases() throws IOException {
    try (Stream<Path> files = Files.list(FILES)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".request.json"))
          .map(name -> name.replace(".request.json", ""))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void unixSocket(String name) throws IOException {
    try (UnixClient client = new UnixClient(servers.socket())) {
      for (JsonNode before : before(name)) {
        client.ask(before.toString());
      }
      assertThat(JSON.readTree(client.ask(request(name).toString()))).isEqualTo(reply(name));
      assertWritten(name);
      client.ask(ABORT);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void postedJson(String name) throws Exception {
    assertReply(name, posted(request(name)));
  }

  private static HttpRequest posted(JsonNode request) {
    return HttpRequest.newBuilder(URI.create(servers.url()))
        .header("content-type", "text/javascript; charset=utf-8")
        .POST(BodyPublishers.ofString(request.toString()))
        .build();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void postedForm(String name) throws Exception {
    JsonNode content = request(name);
    String form =
        "parameters="
            + URLEncoder.encode(content.get("parameters").toString(), StandardCharsets.UTF_8);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(servers.url() + "/" + content.get("method").textValue()))
            .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
            .POST(BodyPublishers.ofString(form))
            .build();
    assertReply(name, request);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void rest(String name) throws Exception {
    List<String> lines = Files.readAllLines(FILES.resolve(name + ".request.rest"));
    String[] first = lines.get(0).split(" ", 2);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(servers.url() + first[1]))
            .header("accept", "application/json");
    String body = "";
    for (int i = 1; i < lines.size(); i++) {
      if (lines.get(i).isEmpty()) {
        body = i + 1 < lines.size() ? lines.get(i + 1) : "";
        break;
      }
      String[] header = lines.get(i).split(": ", 2);
      request.header(header[0], header[1]);
    }
    assertReply(name, request.method(first[0], BodyPublishers.ofString(body)).build(), ".rest");
  }

  private void assertReply(String name, HttpRequest request) throws Exception {
    assertReply(name, request, "");
  }

  private void assertReply(String name, HttpRequest request, String form) throws Exception {
    JsonNode expected = reply(name);
    for (JsonNode before : before(name)) {
      http.send(posted(before), BodyHandlers.ofString());
    }
    HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
    assertThat(JSON.readTree(response.body())).isEqualTo(expected);
    boolean none =
        expected.get("result").isBoolean()
            && !expected.get("result").booleanValue()
            && !expected.has("log");
    assertThat(response.statusCode()).isEqualTo(none ? 404 : 200);
    assertWritten(Files.exists(FILES.resolve(name + form + ".written.txt")) ? name + form : name);
  }

  private static void assertWritten(String name) throws IOException {
    Path written = FILES.resolve(name + ".written.txt");
    if (Files.exists(written)) {
      assertThat(WRITER.lines).isEqualTo(Files.readAllLines(written));
    }
  }

  private static JsonNode before(String name) throws IOException {
    Path before = FILES.resolve(name + ".before.json");
    return Files.exists(before) ? JSON.readTree(before.toFile()) : JSON.createArrayNode();
  }

  private static JsonNode request(String name) throws IOException {
    return JSON.readTree(FILES.resolve(name + ".request.json").toFile());
  }

  private static JsonNode reply(String name) throws IOException {
    return JSON.readTree(FILES.resolve(name + ".reply.json").toFile());
  }
}
