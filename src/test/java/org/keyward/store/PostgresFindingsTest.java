package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.signing.FindingStore;
import org.keyward.signing.FindingWebhook;
import org.keyward.signing.Findings;
import org.keyward.signing.ParentDs;
import org.keyward.signing.ParentSweep;
import org.keyward.signing.ParentVerdict;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SoftwareTokens;
import org.keyward.zone.RecordRow;
import org.xbill.DNS.Name;

@Tag("once")
class PostgresFindingsTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private final Database database = TestDatabase.create();
  private final PostgresFindings store = new PostgresFindings(database);
  private final SoftwareTokens tokens = new SoftwareTokens(1000, "used", "spare");
  private final Findings findings = new Findings(store, Duration.ofDays(14), Clock.systemUTC());
  private final Signer signer =
      new Signer(
          new PostgresSigning(database, new Seal(Secret.of(new byte[32])), "signer:test"),
          tokens,
          ParentDs.NOT_ASKED,
          SigningSettings.DEFAULT,
          new DatabaseClock());

  @AfterEach
  void close() {
    database.close();
  }

  private void sign() {
    sign(() -> store.inventory("t", tokens.keys("t"), Instant.now()));
  }

  private void sign(Runnable afterwards) {
    new ZoneEditor(database)
        .create(
            ZONE,
            List.of(new RecordRow(0, ZONE, "SOA", "ns.x hm.x 1 10800 3600 604800 3600", 60, 0)));
    new SigningDesk(database)
        .assign(ZONE, "t", "used", Optional.empty(), Optional.empty(), "", "os:alice@one");
    while (signer.plan() > 0 || signer.sign("t") > 0) {
      // until nothing is left to do
    }
    afterwards.run();
  }

  private List<String> kinds() {
    return new PostgresOverview(database)
        .findings().stream().map(row -> row.get("kind") + " " + row.get("subject")).toList();
  }

  @Test
  void aFindingIsNewOnceAndGoesWithItsCause() {
    sign();
    assertThat(findings.look()).isEqualTo(1);
    assertThat(kinds()).containsExactly("key-unused SOFT1/spare ");
    assertThat(findings.look()).isZero();
    // The token came back without its key.
    store.inventory("t", List.of(), Instant.now());
    assertThat(findings.look()).isEqualTo(1);
    assertThat(kinds()).containsExactly("key-missing SOFT1/used");
    store.inventory("t", tokens.keys("t"), Instant.now());
    findings.look();
    assertThat(kinds()).containsExactly("key-unused SOFT1/spare ");
  }

  @Test
  void aKeyThatWasMadeAfterTheLastLookAtTheTokenIsNotMissing() {
    signer.plan();
    store.inventory("t", List.of(), Instant.now().minusSeconds(60));
    sign(() -> {});
    findings.look();
    assertThat(kinds()).isEmpty();
    assertThat(new PostgresOverview(database).keys().get(0)).containsEntry("on_token", "unknown");
  }

  @Test
  void whatIsWorseThanBeforeIsNewAgain() {
    sign();
    database.useTransaction(
        h ->
            h.execute(
                "UPDATE keyward.signed_set SET expiration = extract(epoch FROM now())::BIGINT"
                    + " + 10 * 86400"));
    findings.look();
    assertThat(kinds()).contains("runway-short example.com");
    assertThat(findings.look()).isZero();
    database.useTransaction(
        h -> h.execute("UPDATE keyward.signed_set SET expiration = expiration - 9 * 86400"));
    assertThat(findings.look()).isEqualTo(1);
  }

  @Test
  void aSignerThatIsSilentIsAFindingForWhoLooks() {
    sign();
    database.useTransaction(
        h -> h.execute("UPDATE keyward.token_status SET seen_at = now() - INTERVAL '3 minutes'"));
    assertThat(kinds()).contains("signer-silent signer");
  }

  @Test
  void theParentIsAskedOnceAnHourAndWhatItSaysIsKept() {
    sign();
    AtomicInteger asked = new AtomicInteger();
    ParentDs none =
        zone -> {
          asked.incrementAndGet();
          return List.of();
        };
    ParentSweep sweep =
        new ParentSweep(store, none, ParentSweep.ServedKeys.NOT_ASKED, Clock.systemUTC());
    assertThat(sweep.step()).isEqualTo(1);
    assertThat(sweep.step()).isZero();
    assertThat(asked).hasValue(1);
    findings.look();
    assertThat(kinds()).contains("ds-missing example.com");
    assertThat(
            new PostgresOverview(database)
                .keys().stream()
                    .map(
                        key ->
                            key.get("label")
                                + " "
                                + key.get("on_token")
                                + " "
                                + key.get("zones")
                                + " "
                                + key.get("signatures")))
        .containsExactly("spare present 0 0", "used present 1 " + tokens.signed());
  }

  @Test
  void theInventoryTellsWhatTheWorldSees() {
    sign();
    int zone = new ZoneEditor(database).find(ZONE).orElseThrow();
    assertThat(inventory()).containsExactly("spare 0 0 0", "used 1 1 0");
    store.parentSeen(zone, new ParentVerdict(ParentVerdict.Word.FITS, ""), Instant.now());
    assertThat(inventory()).containsExactly("spare 0 0 0", "used 1 1 1");
    store.parentSeen(
        zone, new ParentVerdict(ParentVerdict.Word.SERVED_OTHERWISE, ""), Instant.now());
    assertThat(inventory()).containsExactly("spare 0 0 0", "used 1 0 0");
    Instant longAgo = Instant.now().minus(Duration.ofDays(2));
    store.parentSeen(zone, new ParentVerdict(ParentVerdict.Word.FITS, ""), longAgo);
    assertThat(inventory()).containsExactly("spare 0 0 0", "used 1 1 0");
  }

  private List<String> inventory() {
    return new PostgresOverview(database)
        .keys().stream()
            .map(
                key ->
                    "%s %s %s %s"
                        .formatted(
                            key.get("label"),
                            key.get("zones"),
                            key.get("zones_served"),
                            key.get("zones_with_fitting_ds")))
            .toList();
  }

  @Test
  void theWebhookIsToldOnceAndWhatFailsIsTriedAgain() throws Exception {
    sign();
    findings.look();
    List<String> posted = new CopyOnWriteArrayList<>();
    AtomicInteger status = new AtomicInteger(500);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/hook",
        exchange -> {
          posted.add(
              new String(
                  exchange.getRequestBody().readAllBytes(),
                  java.nio.charset.StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(status.get(), -1);
          exchange.close();
        });
    server.start();
    URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/hook");
    FindingWebhook hook = new FindingWebhook(store, address, Clock.systemUTC());
    assertThat(hook.step()).isEqualTo(-1);
    status.set(204);
    // As after a restart: nothing is kept in memory.
    assertThat(new FindingWebhook(store, address, Clock.systemUTC()).step()).isEqualTo(1);
    assertThat(hook.step()).isZero();
    server.stop(0);
    JsonNode body = new JsonMapper().readTree(posted.get(1));
    assertThat(body.get("kind").asText()).isEqualTo("key-unused");
    assertThat(body.get("severity").asText()).isEqualTo("info");
    assertThat(body.get("todo").asText()).isNotEmpty();
    assertThat(posted).hasSize(2);
    // Nobody there: tried again later, and never thrown.
    database.useTransaction(h -> h.execute("UPDATE keyward.finding SET announced_at = NULL"));
    assertThat(hook.step()).isEqualTo(-1);
  }

  @Test
  void aTokensFaultIsDatedFromItsBeginning() {
    sign();
    tokens.unplugAt(0);
    signer.sign("t");
    Map<String, Object> first = new PostgresOverview(database).tokens().get(0);
    assertThat(first.get("reachable")).isEqualTo(false);
    assertThat(first.get("fault_since")).isNotNull();
    List<FindingStore.TokenFact> facts =
        store.facts(Instant.now(), Duration.ofDays(1), 10).tokens();
    assertThat(facts.get(0).fault()).contains("token t is not plugged in");
    tokens.plugIn();
    signer.sign("t");
    assertThat(new PostgresOverview(database).tokens().get(0).get("fault_since")).isNull();
  }
}
