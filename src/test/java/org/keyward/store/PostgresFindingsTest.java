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
import org.keyward.signing.SignerLoop;
import org.keyward.signing.SoftwareTokens;
import org.keyward.signing.Watch;
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
    // It has just signed.
    assertThat(new PostgresOverview(database).keys().get(0)).containsEntry("on_token", "present");
    sql("DELETE FROM keyward.signed_set");
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

  private void sql(String statement, Object... arguments) {
    database.useTransaction(h -> h.execute(statement, arguments));
  }

  @Test
  void recordsThatAreLeftOutAreFoundAndShownWithTheirZone() {
    sign();
    sql(
        "INSERT INTO keyward.problem (domain_id, name, type, content, reason)"
            + " SELECT id, 'www.example.com', 'A', 'x', 'is no address' FROM public.domains");
    findings.look();
    assertThat(kinds()).contains("records-left-out example.com");
    assertThat(new PostgresOverview(database).findingsOf(ZONE))
        .extracting(row -> row.get("message"))
        .containsExactly(
            "example.com is served without a record: www.example.com A: is no address");
    assertThat(new SigningDesk(database).zones().get(0).get("findings"))
        .isEqualTo(List.of("records-left-out"));
    assertThat(new PostgresMetrics(database).sample().installation())
        .containsEntry("records_left_out", 1L);
    assertThat(severityOfLeftOut()).isEqualTo("warning");
    sql(
        "INSERT INTO keyward.problem (domain_id, name, type, content, reason)"
            + " SELECT id, '', '', '', 'the zone has no SOA record' FROM public.domains");
    findings.look();
    assertThat(severityOfLeftOut()).as("resolvers get no answer at all").isEqualTo("critical");
    sql("DELETE FROM keyward.problem");
    findings.look();
    assertThat(kinds()).doesNotContain("records-left-out example.com");
  }

  private Object severityOfLeftOut() {
    return new PostgresOverview(database)
        .findings().stream()
            .filter(row -> row.get("kind").equals("records-left-out"))
            .map(row -> row.get("severity"))
            .findFirst()
            .orElseThrow();
  }

  private void zone(String name, String... contents) {
    sql("INSERT INTO public.domains (name, type) VALUES (?, 'NATIVE')", name);
    for (String content : contents) {
      // As it was before the database was adopted: no trigger looks.
      database.useTransaction(
          h -> {
            h.execute("SET LOCAL session_replication_role = replica");
            h.execute(
                "INSERT INTO public.cryptokeys (domain_id, flags, active, published, content)"
                    + " SELECT id, 257, true, true, ? FROM public.domains WHERE name = ?",
                content,
                name);
          });
    }
  }

  private void sealed(String name, boolean takesPin) {
    zone(name);
    sql(
        "INSERT INTO keyward.sealed_key (domain_id, flags, active, published, takes_pin, sealed)"
            + " SELECT id, 257, true, true, ?, '\\x00' FROM public.domains WHERE name = ?",
        takesPin,
        name);
  }

  private static final String SOFTWARE = TestDatabase.KEY;

  @Test
  void zonesThatPowerDnsCannotSignAreFound() {
    zone("good.example", SOFTWARE);
    sealed("sealed.example", false);
    zone("unsigned.example");
    zone("broken.example", SOFTWARE, "no key");
    zone("inactive.example", SOFTWARE);
    sealed("pinless.example", true);
    sql(
        "UPDATE public.cryptokeys SET active = false"
            + " FROM public.domains d WHERE d.id = domain_id AND d.name = 'inactive.example'");
    new PowerDnsContacts(database)
        .report(
            new PowerDnsContacts.Report(
                "one",
                Instant.now(),
                Optional.of(Instant.now()),
                List.of("unix"),
                List.of(Name.fromConstantString("pinless.example.")),
                List.of()),
            Instant.now());
    findings.look();
    assertThat(kinds())
        .containsExactlyInAnyOrder(
            "powerdns-cannot-sign broken.example",
            "powerdns-cannot-sign inactive.example",
            "powerdns-cannot-sign pinless.example");
    assertThat(new PostgresOverview(database).findings())
        .extracting(row -> row.get("message").toString())
        .anyMatch(message -> message.contains("its key is not active, and it is served unsigned"));
  }

  @Test
  void aKeyThatOnlyPowerDnsUsesIsNotCalledUnused() {
    sign();
    sql("UPDATE keyward.token_status SET label = 'card'");
    zone(
        "pdns.example",
        """
        Private-key-format: v1.2
        Algorithm: 13
        Engine: softhsm2
        Slot: card
        PIN: 1234
        Label: spare
        PubLabel: spare
        """);
    findings.look();
    assertThat(kinds()).containsExactly("key-of-powerdns SOFT1/spare ");
    assertThat(new PostgresOverview(database).keys())
        .filteredOn(key -> key.get("label").equals("spare"))
        .singleElement()
        .satisfies(key -> assertThat(key).containsEntry("zones_of_powerdns", 1L));
  }

  @Test
  void keysOfPowerDnsBesideThoseOfKeywardAreFound() {
    sign();
    sql(
        "INSERT INTO public.cryptokeys (domain_id, flags, active, published, content)"
            + " SELECT id, 257, true, true, ? FROM public.domains",
        SOFTWARE);
    findings.look();
    assertThat(kinds()).contains("key-outside-keyward example.com");
    // While a zone goes over to PowerDNS its keys are there for that.
    sql("UPDATE keyward.assignment SET mode = 'powerdns'");
    findings.look();
    assertThat(kinds()).doesNotContain("key-outside-keyward example.com");
  }

  @Test
  void aServerThatNoPowerDnsAsksIsFound() {
    PowerDnsContacts servers = new PowerDnsContacts(database);
    Instant now = Instant.now();
    servers.report(
        new PowerDnsContacts.Report(
            "idle", now.minusSeconds(61), Optional.empty(), List.of(), List.of(), List.of()),
        now);
    servers.report(
        new PowerDnsContacts.Report(
            "new", now.minusSeconds(59), Optional.empty(), List.of(), List.of(), List.of()),
        now);
    servers.report(
        new PowerDnsContacts.Report(
            "gone", now.minusSeconds(999), Optional.empty(), List.of(), List.of(), List.of()),
        now.minusSeconds(90));
    findings.look();
    assertThat(kinds()).containsExactly("powerdns-silent server idle");
  }

  private void askedOver(String way) {
    new PowerDnsContacts(database)
        .report(
            new PowerDnsContacts.Report(
                "one",
                Instant.now(),
                Optional.of(Instant.now()),
                List.of(way),
                List.of(),
                List.of()),
            Instant.now());
    findings.look();
  }

  @Test
  void aZoneThatDoesNotFitTheTransportInUseIsFound() {
    for (String zone : List.of("small.example", "big.example", "huge.example")) {
      zone(zone);
      sql(
          "INSERT INTO public.records (domain_id, name, type, content, ttl)"
              + " SELECT d.id, 'n' || n || '.' || d.name, 'A', '192.0.2.1', 60"
              + " FROM public.domains d, generate_series(1, ?) n WHERE d.name = ?",
          zone.startsWith("small") ? 1_000 : zone.startsWith("big") ? 1_001 : 2_001,
          zone);
    }
    askedOver("pipe");
    assertThat(kinds()).isEmpty();
    askedOver("http");
    assertThat(kinds()).containsExactly("transport-too-small huge.example");
    askedOver("unix");
    assertThat(kinds())
        .containsExactlyInAnyOrder(
            "transport-too-small big.example", "transport-too-small huge.example");
    assertThat(new SigningDesk(database).zones())
        .filteredOn(row -> row.get("zone").equals("big.example"))
        .singleElement()
        .satisfies(
            row -> assertThat(row).containsEntry("findings", List.of("transport-too-small")));
  }

  @Test
  void whatTheCheckOfTheAuditLogHasFoundStaysUntilTheNext() {
    sign();
    store.auditChecked(Optional.of("row 3 was changed"), Instant.now());
    findings.look();
    assertThat(kinds()).contains("audit-broken audit log");
    assertThat(new PostgresMetrics(database).sample().installation())
        .containsEntry("audit_intact", 0);
    store.auditChecked(Optional.empty(), Instant.now());
    findings.look();
    assertThat(kinds()).doesNotContain("audit-broken audit log");
  }

  @Test
  void theAuditLogIsFollowedAtTheStart() throws Exception {
    sign();
    sql("ALTER TABLE keyward.audit DISABLE TRIGGER ALL");
    sql("UPDATE keyward.audit SET actor = 'nobody' WHERE id = 2");
    Watch watch =
        new Watch(
            store,
            Optional.empty(),
            () -> new PostgresAudit(database).verify().fault(),
            findings,
            Optional.empty(),
            Optional.empty(),
            Clock.systemUTC());
    try (SignerLoop loop = SignerLoop.of(watch)) {
      loop.start();
      while (!kinds().contains("audit-broken audit log")) {
        Thread.sleep(50);
      }
    }
  }

  @Test
  void aCauseStandsAboveItsEffects() {
    sign();
    sql("UPDATE keyward.signed_set SET expiration = 0");
    findings.look();
    tokens.unplugAt(0);
    signer.sign("t");
    findings.look();
    assertThat(kinds()).startsWith("token-unreachable t", "signature-lapsed example.com");
    assertThat(new PostgresOverview(database).findingsOf(ZONE))
        .extracting(row -> row.get("kind"))
        .containsExactly("token-unreachable", "signature-lapsed");
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
