package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Transactions of connections to the real servers on a real database. */
@Timeout(60)
@Tag("once")
class TransactionsTest {
  private static final String SOA = "ns.example.com h.example.com 10 3600 600 604800 300";
  private static final String TRUE = "{\"result\":true}";

  @TempDir Path directory;
  private ServedDatabase served;
  private int zone;

  @BeforeEach
  void start() {
    served = new ServedDatabase(directory, new TransactionLimits(2, Duration.ofSeconds(2)));
    zone =
        served.zone(
            "example.com", "MASTER", "example.com SOA " + SOA, "www.example.com A 192.0.2.1");
  }

  @AfterEach
  void stop() {
    served.close();
  }

  private UnixClient connect() throws Exception {
    return new UnixClient(served.servers.socket());
  }

  private static String start(int zoneId, long number) {
    return request(
        "startTransaction",
        "\"domain\":\"example.com.\",\"domain_id\":" + zoneId + ",\"trxid\":" + number);
  }

  private static String request(String method, String parameters) {
    return "{\"method\":\"" + method + "\",\"parameters\":{" + parameters + "}}";
  }

  private static String feed(String owner, String type, String content, long number) {
    return request(
        "feedRecord",
        ("\"rr\":{\"auth\":true,\"content\":\"%s\",\"ordername\":null,\"qclass\":1,\"qname\":\"%s\","
                + "\"qtype\":\"%s\",\"ttl\":60},\"trxid\":%d")
            .formatted(content, owner, type, number));
  }

  private static String lookup(String name) {
    return request("lookup", "\"qname\":\"" + name + "\",\"qtype\":\"ANY\",\"zone-id\":-1");
  }

  private static String end(String how, long number) {
    return request(how + "Transaction", "\"trxid\":" + number);
  }

  @Test
  void whatIsNotCommittedIsSeenOnItsConnectionOnly() throws Exception {
    try (UnixClient writer = connect();
        UnixClient other = connect()) {
      assertThat(writer.ask(start(-1, 5))).isEqualTo(TRUE);
      assertThat(writer.ask(feed("a.b.Example.com.", "A", "192.0.2.9", 5))).isEqualTo(TRUE);
      assertThat(writer.ask(lookup("a.b.example.com."))).contains("192.0.2.9");
      assertThat(writer.ask(lookup("b.example.com."))).contains("\"qtype\":\"\"");
      assertThat(writer.ask(lookup("c.example.com."))).isEqualTo("{\"result\":[]}");
      assertThat(writer.ask(request("list", "\"zonename\":\"example.com.\",\"domain_id\":" + zone)))
          .contains("192.0.2.9", "192.0.2.1");
      assertThat(other.ask(lookup("a.b.example.com."))).isEqualTo("{\"result\":[]}");
      assertThat(writer.ask(end("commit", 5))).isEqualTo(TRUE);
      assertThat(other.ask(lookup("a.b.example.com."))).contains("192.0.2.9");
      assertThat(served.rows("example.com")).contains("a.b.example.com A 192.0.2.9");
      assertThat(served.openTransactions()).isZero();
    }
  }

  @Test
  void twoConnectionsMayUseTheSameNumber() throws Exception {
    served.zone("example.net", "NATIVE", "example.net SOA " + SOA);
    try (UnixClient one = connect();
        UnixClient two = connect()) {
      assertThat(one.ask(start(-1, 5))).isEqualTo(TRUE);
      assertThat(two.ask(start(-1, 5).replace("example.com", "example.net"))).isEqualTo(TRUE);
      assertThat(two.ask(feed("x.example.net.", "A", "192.0.2.3", 5))).isEqualTo(TRUE);
      assertThat(one.ask(end("abort", 5))).isEqualTo(TRUE);
      assertThat(two.ask(end("commit", 5))).isEqualTo(TRUE);
      assertThat(served.rows("example.net")).contains("x.example.net A 192.0.2.3");
    }
  }

  @Test
  void theEndOfTheConnectionTakesBackWhatIsNotCommitted() throws Exception {
    try (UnixClient writer = connect()) {
      assertThat(writer.ask(start(zone, 5))).isEqualTo(TRUE);
      await(() -> served.openTransactions() == 1); // others read for a moment
    }
    await(() -> served.openTransactions() == 0);
    assertThat(served.rows("example.com")).hasSize(2);
  }

  @Test
  void anIdleTransactionIsRolledBackAndSaysSo() throws Exception {
    try (UnixClient writer = connect()) {
      assertThat(writer.ask(start(zone, 5))).isEqualTo(TRUE);
      await(() -> served.openTransactions() == 0);
      assertThat(writer.ask(feed("x.example.com.", "A", "192.0.2.3", 5)))
          .contains("\"result\":false", "rolled back for being idle");
      assertThat(writer.ask(end("commit", 5))).doesNotContain("result").contains("idle");
      assertThat(served.rows("example.com")).hasSize(2);
    }
  }

  @Test
  void moreTransactionsThanAllowedAreRefused() throws Exception {
    try (UnixClient writer = connect()) {
      served.zone("example.net", "NATIVE", "example.net SOA " + SOA);
      assertThat(writer.ask(start(-1, 1))).isEqualTo(TRUE);
      assertThat(writer.ask(start(-1, 2).replace("example.com", "example.net"))).isEqualTo(TRUE);
      assertThat(writer.ask(start(-1, 3))).contains("false", "2 transactions are open already");
      assertThat(writer.ask(end("abort", 1))).isEqualTo(TRUE);
      assertThat(writer.ask(start(-1, 3))).isEqualTo(TRUE);
    }
  }

  @Test
  void aZoneThatIsBeingChangedIsRefusedToOthersInTime() throws Exception {
    try (UnixClient one = connect();
        UnixClient two = connect()) {
      assertThat(one.ask(start(-1, 1))).isEqualTo(TRUE);
      assertThat(two.ask(start(-1, 1))).contains("false", "being changed by somebody else");
    }
  }

  @Test
  void whatTheDatabaseRefusesIsSaidAndTakenBack() throws Exception {
    try (UnixClient writer = connect()) {
      assertThat(writer.ask(start(-1, 1))).isEqualTo(TRUE);
      assertThat(writer.ask(feed("www.example.com.", "CNAME", "x.example.com", 1))).isEqualTo(TRUE);
      assertThat(writer.ask(end("commit", 1)))
          .doesNotContain("result")
          .contains("www.example.com has a CNAME beside other records");
      assertThat(served.rows("example.com")).hasSize(2);
      assertThat(served.openTransactions()).isZero();
    }
  }

  @Test
  void aZoneIsReplacedAsAWholeAndItsSerialMoves() throws Exception {
    try (UnixClient writer = connect()) {
      writer.ask(start(zone, 1));
      writer.ask(feed("example.com.", "SOA", SOA.replace("com ", "com. "), 1));
      writer.ask(feed("example.com.", "MX", "10 mail.example.com.", 1));
      writer.ask(feed("_sip._tcp.example.com.", "SRV", "1 2 3 mail.example.com", 1));
      assertThat(writer.ask(end("commit", 1))).isEqualTo(TRUE);
      assertThat(writer.ask(lookup("www.example.com."))).isEqualTo("{\"result\":[]}");
    }
    assertThat(served.rows("example.com"))
        .containsExactlyInAnyOrder(
            "_sip._tcp.example.com SRV 1 2 3 mail.example.com",
            "example.com MX 10 mail.example.com",
            "example.com SOA " + SOA.replace(" 10 ", " 11 "));
  }

  @Test
  void aTransferKeepsTheSerialOfThePrimary() throws Exception {
    int secondary = served.zone("example.net", "SLAVE", "example.net SOA " + SOA);
    try (UnixClient writer = connect()) {
      writer.ask(start(secondary, 1));
      writer.ask(feed("example.net.", "SOA", SOA, 1));
      assertThat(writer.ask(end("commit", 1))).isEqualTo(TRUE);
    }
    assertThat(served.rows("example.net")).containsExactly("example.net SOA " + SOA);
  }

  @Test
  void overHttpATransactionBelongsToTheKeptConnection() throws Exception {
    HttpClient one = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    HttpClient two = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    assertThat(post(one, start(-1, 5))).contains("true");
    assertThat(post(two, feed("x.example.com.", "A", "192.0.2.3", 5)))
        .contains("false", "there is no transaction 5 on this connection");
    assertThat(post(one, feed("y.example.com.", "A", "192.0.2.4", 5))).contains("true");
    assertThat(post(one, end("commit", 5))).contains("true");
    assertThat(served.rows("example.com"))
        .contains("y.example.com A 192.0.2.4")
        .doesNotContain("x.example.com A 192.0.2.3");
  }

  private String post(HttpClient client, String request) throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(URI.create(served.servers.url()))
                .header("content-type", "text/javascript; charset=utf-8")
                .POST(BodyPublishers.ofString(request))
                .build(),
            BodyHandlers.ofString())
        .body();
  }

  private static void await(java.util.function.BooleanSupplier condition) throws Exception {
    for (int i = 0; i < 200 && !condition.getAsBoolean(); i++) {
      Thread.sleep(50);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }
}
