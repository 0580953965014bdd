package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.http.ListenException;
import org.keyward.zone.AnswerRow;
import org.keyward.zone.ZoneStorageException;

@Timeout(30)
class UnixSocketServerTest {
  private static final String INITIALIZE =
      "{\"method\":\"initialize\",\"parameters\":{\"path\":\"x\",\"timeout\":\"2000\"}}";
  private static final String LOOKUP =
      "{\"parameters\":{\"qname\":\"ns1.example.com.\",\"qtype\":\"ANY\",\"zone-id\":7},"
          + "\"method\":\"lookup\"}";
  private static final String FOUND =
      "{\"result\":[{\"qtype\":\"A\",\"qname\":\"ns1.example.com.\",\"content\":\"192.0.2.1\","
          + "\"ttl\":3600,\"domain_id\":7}]}";

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

  @Test
  void initializeIsTrue() throws IOException {
    try (UnixClient client = new UnixClient(servers.socket())) {
      assertThat(client.ask(INITIALIZE)).isEqualTo("{\"result\":true}");
    }
  }

  /** With {@code consistent-backends=no} PowerDNS does so for each signature that it needs. */
  @Test
  void whoAsksForSignaturesByTypeGetsThemInNoOtherReply() throws IOException {
    String everything = lookup("mail.example.com.", "ANY");
    String signatures = lookup("mail.example.com.", "RRSIG");
    try (UnixClient client = new UnixClient(servers.socket());
        UnixClient other = new UnixClient(servers.socket())) {
      client.ask(lookup("mail.example.com.", "A"));
      assertThat(client.ask(everything)).contains("\"AAAA\"", "\"RRSIG\"");
      assertThat(client.ask(signatures)).contains("\"RRSIG\"").doesNotContain("\"AAAA\"");
      assertThat(client.ask(everything)).contains("\"AAAA\"").doesNotContain("RRSIG");
      assertThat(client.ask(signatures)).contains("\"RRSIG\"");
      assertThat(other.ask(everything)).contains("\"AAAA\"", "\"RRSIG\"");
    }
  }

  private static String lookup(String name, String type) {
    return LOOKUP.replace("ns1.example.com.", name).replace("ANY", type);
  }

  @Test
  void aRequestLeftHalfSentEndsItsConnection() throws IOException {
    try (UnixClient client = new UnixClient(servers.socket())) {
      client.ask(INITIALIZE);
      client.send("{\"method\":");
      assertThat(client.receive()).isNull();
    }
  }

  @Test
  void aClientMayBeIdleBetweenRequestsForLonger() throws Exception {
    try (UnixClient client = new UnixClient(servers.socket())) {
      client.ask(INITIALIZE);
      Thread.sleep(2 * Servers.PATIENCE.toMillis());
      assertThat(client.ask(INITIALIZE)).isEqualTo("{\"result\":true}");
    }
  }

  @Test
  void aClientThatDoesNotReadItsRepliesIsDisconnected() throws Exception {
    try (UnixClient client = new UnixClient(servers.socket())) {
      assertThatThrownBy(
              () -> {
                while (true) {
                  client.send((LOOKUP + "\n").repeat(100));
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void malformedRequestsAreRefusedOnALineAndTheConnectionGoesOn() throws IOException {
    List<String> malformed =
        List.of(
            "nonsense",
            "[]",
            "{}",
            "{\"method\":7}",
            "{\"method\":\"lookup\"",
            "{\"method\":\"lookup\",\"parameters\":[]}",
            "{\"method\":\"lookup\",\"parameters\":{\"qtype\":\"ANY\"}}",
            "{\"method\":\"lookup\",\"parameters\":{\"qtype\":\"ANY\",\"qname\":\"a..b.\"}}",
            "{\"method\":\"lookup\",\"parameters\":{\"qtype\":\"ANY\",\"qname\":\"a.\","
                + "\"zone-id\":\"x\"}}",
            "{\"method\":\"initialize\"} {\"method\":\"initialize\"}",
            "\u0000",
            "[".repeat(5000),
            "{\"method\":\"lookup\",\"parameters\":{\"a\":" + "[".repeat(5000));
    try (UnixClient client = new UnixClient(servers.socket())) {
      for (String line : malformed) {
        assertThat(client.ask(line)).as("%.60s", line).startsWith("{\"result\":false,\"log\":[\"");
        assertThat(client.ask(LOOKUP)).isEqualTo(FOUND);
      }
    }
  }

  @Test
  void aRequestThatIsTooLongIsRefusedAndTheConnectionGoesOn() throws IOException {
    try (UnixClient client = new UnixClient(servers.socket())) {
      for (int i = 0; i < 300; i++) {
        client.send("x".repeat(1000));
      }
      assertThat(client.ask("")).contains("longer than 10000 bytes");
      assertThat(client.ask(LOOKUP)).isEqualTo(FOUND);
    }
  }

  @Test
  void requestsInPiecesAndManyAtOnceAreAnsweredInOrder() throws IOException {
    try (UnixClient client = new UnixClient(servers.socket())) {
      client.send(LOOKUP.substring(0, 20));
      client.send(LOOKUP.substring(20) + "\n\n" + INITIALIZE + "\n" + LOOKUP + "\n");
      assertThat(client.receive()).isEqualTo(FOUND);
      assertThat(client.receive()).isEqualTo("{\"result\":true}");
      assertThat(client.receive()).isEqualTo(FOUND);
    }
  }

  @Test
  void storageOutOfReachIsNoDenialButNoResultAtAll() throws IOException {
    try (UnixClient client = new UnixClient(servers.socket())) {
      zones.failure = new ZoneStorageException("connection refused", null);
      assertThat(client.ask(LOOKUP)).startsWith("{\"log\":[\"").doesNotContain("result");
      zones.failure = new IllegalStateException("a bug");
      assertThat(client.ask(LOOKUP)).startsWith("{\"log\":[\"").doesNotContain("bug");
      zones.failure = null;
      assertThat(client.ask(LOOKUP)).isEqualTo(FOUND);
    }
  }

  @Test
  void clientsThatSendHalfAndNeverReadHarmNobody() throws IOException {
    largeZone();
    try (UnixClient silent = new UnixClient(servers.socket());
        UnixClient deaf = new UnixClient(servers.socket());
        UnixClient good = new UnixClient(servers.socket())) {
      silent.send("{\"method\":");
      deaf.send("{\"method\":\"list\",\"parameters\":{\"zonename\":\"large.test.\"}}\n");
      assertThat(good.ask(LOOKUP)).isEqualTo(FOUND);
    }
  }

  @Test
  void aLargeZoneIsListedWhole() throws IOException {
    largeZone();
    try (UnixClient client = new UnixClient(servers.socket())) {
      String reply =
          client.ask("{\"method\":\"list\",\"parameters\":{\"zonename\":\"large.test.\"}}");
      assertThat(reply.split("\"qtype\"", -1)).hasSize(20_001);
      assertThat(reply).endsWith("}]}");
      assertThat(client.ask(LOOKUP)).isEqualTo(FOUND);
    }
  }

  @Test
  void connectionsBeyondTheLimitAreClosedAndTheOthersGoOn() throws IOException {
    List<UnixClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 8; i++) {
        clients.add(new UnixClient(servers.socket()));
        assertThat(clients.get(i).ask(LOOKUP)).isEqualTo(FOUND);
      }
      try (UnixClient ninth = new UnixClient(servers.socket())) {
        assertThat(ninth.receive()).isNull();
      }
      assertThat(clients.get(0).ask(LOOKUP)).isEqualTo(FOUND);
    } finally {
      for (UnixClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void theFileHasItsPermissionsAndGoesWithTheServer() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(servers.socket())))
        .isEqualTo("rw-rw----");
    servers.unix().close();
    assertThat(servers.socket()).doesNotExist();
  }

  @Test
  void aSocketInUseIsRefusedWithWhatToDo() {
    assertThatThrownBy(() -> Servers.start(zones, directory))
        .isInstanceOf(ListenException.class)
        .hasMessageContaining("another program listens on " + servers.socket());
    assertThat(servers.socket()).exists();
  }

  @Test
  void aFileThatIsNoSocketIsLeftAlone() throws IOException {
    Path inTheWay = Files.createDirectory(directory.resolve("other")).resolve("pdns.sock");
    Files.writeString(inTheWay, "precious");
    assertThatThrownBy(() -> Servers.start(zones, inTheWay.getParent()))
        .isInstanceOf(ListenException.class)
        .hasMessageContaining("is no socket");
    assertThat(inTheWay).hasContent("precious");
  }

  @Test
  void aFileLeftByACrashIsReplaced() throws IOException {
    Path other = Files.createDirectory(directory.resolve("crashed"));
    try (ServerSocketChannel crashed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      crashed.bind(UnixDomainSocketAddress.of(other.resolve("pdns.sock")));
    }
    assertThat(other.resolve("pdns.sock")).exists();
    try (Servers again = Servers.start(zones, other);
        UnixClient client = new UnixClient(again.socket())) {
      assertThat(client.ask(LOOKUP)).isEqualTo(FOUND);
    }
  }

  @Test
  void requestsAreCountedByMethodAndResult() throws IOException {
    try (UnixClient client = new UnixClient(servers.socket())) {
      client.ask(LOOKUP);
      client.ask(LOOKUP);
      client.ask("nonsense");
      client.ask("{\"method\":\"made-up-1\"}");
    }
    assertThat(count("lookup", "ok")).isEqualTo(2);
    assertThat(count("unknown", "malformed")).isEqualTo(1);
    assertThat(count("unknown", "none")).isEqualTo(1);
  }

  private long count(String method, String result) {
    return servers
        .metrics()
        .get("keyward.remote.requests")
        .tags("method", method, "result", result)
        .timer()
        .count();
  }

  private void largeZone() {
    FakeZones.FakeZone large = zones.add(FakeZones.header(20, "large.test"));
    for (int i = 0; i < 20_000; i++) {
      large.row(
          new AnswerRow(
              FakeZones.name("a-name-" + i + ".large.test"), "A", "192.0.2.1", 3600, true));
    }
  }
}
