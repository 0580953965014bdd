package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.config.TokenSettings;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.store.Database;
import org.keyward.store.HsmAdoption;
import org.keyward.store.PostgresAudit;
import org.keyward.store.PostgresPinMemory;
import org.keyward.store.PostgresTokenLock;
import org.keyward.store.TestDatabase;
import org.keyward.store.TokenPins;
import org.keyward.token.Pkcs11Tokens;
import org.keyward.token.SoftHsm;
import org.xbill.DNS.Name;

/**
 * A zone that PowerDNS's own backend has signed with a key on a token, as {@code pdnsutil hsm
 * assign} left it, goes over to Keyward with the same keys while it is served.
 */
@Tag("once")
@Timeout(600)
class PowerDnsAdoptionTest {
  private static final String ZONE = "adopt.example.";
  private static final String STORED = "adopt.example";
  private static final int HALF = 5;
  private static final String RECORDS =
      """
      @ 60 SOA ns.example.net. h.example.net. 1 3600 600 604800 5
      @ 60 NS ns.example.net.
      www 60 A 192.0.2.1
      a.b.ent 60 A 192.0.2.2
      *.wild 60 A 192.0.2.3
      insecure 60 NS ns.example.net.
      """;

  @TempDir Path folder;

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  private static Pkcs11Tokens tokens(Database database, TokenSettings... of) {
    return new Pkcs11Tokens(
        List.of(of),
        new PostgresTokenLock(database),
        new PostgresPinMemory(database),
        ServedDatabase.SEAL,
        new PostgresAudit(database),
        "signer:test",
        Clock.systemUTC(),
        why -> {});
  }

  private static String[][] questions(String fresh) {
    return new String[][] {
      {fresh + "." + ZONE, "A"},
      {ZONE, "DNSKEY"},
      {ZONE, "SOA"},
      {"www." + ZONE, "A"},
      {"www." + ZONE, "AAAA"},
      {"b.ent." + ZONE, "A"},
      {fresh + ".wild." + ZONE, "A"},
      {"insecure." + ZONE, "DS"}
    };
  }

  private static List<String> dump(ServedDatabase served) {
    return served
        .texts(
            "SELECT format('SELECT t::text FROM %I.%I t', table_schema, table_name)"
                + " FROM information_schema.tables WHERE table_schema IN ('public', 'keyward')")
        .stream()
        .flatMap(query -> served.texts(query).stream())
        .toList();
  }

  /** PowerDNS's own tool, with its own backend, on the same database. */
  private void gpgsql(ServedDatabase served, String... arguments) throws Exception {
    Map<String, String> psql = TestDatabase.server().psqlEnvironment();
    Path config = Files.createDirectories(folder.resolve("gpgsql"));
    Files.writeString(
        config.resolve("pdns.conf"),
        String.join(
            "\n",
            "launch=gpgsql",
            "gpgsql-host=" + psql.get("PGHOST"),
            "gpgsql-port=" + psql.get("PGPORT"),
            "gpgsql-user=" + psql.get("PGUSER"),
            "gpgsql-password=" + psql.get("PGPASSWORD"),
            "gpgsql-dbname=" + served.texts("SELECT current_database()::text").get(0),
            "gpgsql-dnssec=yes",
            ""));
    List<String> command = new java.util.ArrayList<>(List.of("pdnsutil", "--config-dir=" + config));
    command.addAll(List.of(arguments));
    assertThat(PowerDns.run(command)).doesNotContain("Error").doesNotContain("rror:");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noAnswerIsBogusOnTheWay(boolean withZsk) throws Exception {
    TokenSettings token = SoftHsm.token("adopt", SoftHsm.PIN);
    String slot = token.label().orElseThrow();
    SoftHsm.makeKey(token, "EC:prime256v1", "powerdns");
    TokenPins pins = new TokenPins(Map.of(slot, token.pin().orElseThrow()));
    try (ServedDatabase served =
        new ServedDatabase(folder, pins, database -> tokens(database, token))) {
      served.sql("ALTER TABLE keyward.assignment ALTER mode_half SET DEFAULT '" + HALF + " s'");
      served.load(ZONE, RECORDS);
      if (withZsk) {
        gpgsql(served, "add-zone-key", STORED, "zsk", "active", "ecdsa256");
      }
      gpgsql(
          served,
          "hsm",
          "assign",
          STORED,
          "ecdsa256",
          "ksk",
          "softhsm2",
          slot,
          SoftHsm.PIN,
          "powerdns");
      assertThat(dump(served)).anyMatch(row -> row.contains(SoftHsm.PIN));

      try (PowerDns powerDns = start(served)) {
        ServedDatabase.await(() -> !powerDns.digShort(ZONE, "DNSKEY").isEmpty());
        Validation validation = new Validation(powerDns, ZONE, folder);
        List<String> before = keys(powerDns);
        HsmAdoption adoption =
            new HsmAdoption(served.database, ServedDatabase.SEAL, Map.of(slot, token.name()));
        try (Poller poller = new Poller(validation, PowerDnsAdoptionTest::questions)) {
          assertThat(adoption.find())
              .singleElement()
              .satisfies(
                  found -> {
                    assertThat(found.token()).contains(token.name());
                    assertThat(found.pinStored()).isTrue();
                    assertThat(found.obstacle()).isEmpty();
                  });
          assertThat(dump(served)).as("only a report").anyMatch(row -> row.contains(SoftHsm.PIN));

          assertThat(adoption.apply("test", "os:test", Instant.now())).hasSize(1);
          assertThat(dump(served)).noneMatch(row -> row.contains(SoftHsm.PIN));
          if (!withZsk) {
            assertThat(
                    served.texts(
                        "SELECT (not_before > now() + '2 min')::text FROM keyward.request"))
                .containsExactly("true");
            ServedDatabase.await(() -> keys(powerDns).size() == 2);
            served.sql("UPDATE keyward.request SET not_before = now()");
          }
          assertThat(adoption.apply("test", "os:test", Instant.now())).as("once").isEmpty();
          for (int second = 0; second < 2 * HALF + 6; second++) {
            served.work();
            TimeUnit.SECONDS.sleep(1);
            assertThat(poller.bogus()).as("after %s s", second).isEmpty();
          }
          assertThat(poller.asked()).isGreaterThan(2 * HALF);
        }
        assertThat(served.texts("SELECT state || answer FROM keyward.request"))
            .singleElement()
            .asString()
            .startsWith("done");
        assertThat(served.texts("SELECT content FROM cryptokeys")).isEmpty();
        assertThat(served.loaded.byOrigin(Name.fromString(ZONE)).orElseThrow().metadata())
            .containsKey("PRESIGNED");
        assertThat(keys(powerDns)).containsAll(before).hasSize(2);
        validation.verifyTransfer();
        assertThat(dump(served)).noneMatch(row -> row.contains(SoftHsm.PIN));
        assertThat(adoption.find()).isEmpty();
      }
    }
  }

  private static List<String> keys(PowerDns powerDns) {
    return powerDns.digShort(ZONE, "DNSKEY").stream().sorted().toList();
  }

  private PowerDns start(ServedDatabase served) {
    return PowerDns.start(
        folder,
        List.of(
            "launch=remote",
            "remote-connection-string=unix:path=" + served.servers.socket(),
            "remote-dnssec=yes",
            "zone-cache-refresh-interval=1",
            "zone-metadata-cache-ttl=2",
            "dnssec-key-cache-ttl=2",
            "cache-ttl=2",
            "query-cache-ttl=0",
            "negquery-cache-ttl=0",
            "disable-axfr=no",
            "allow-axfr-ips=127.0.0.0/8"));
  }

  @Test
  void whatCannotGoOverKeepsItsKeyWithoutThePin() throws Exception {
    TokenSettings token = SoftHsm.token("keep", SoftHsm.PIN);
    String slot = token.label().orElseThrow();
    SoftHsm.makeKey(token, "EC:prime256v1", "powerdns");
    try (ServedDatabase served =
        new ServedDatabase(folder, TokenPins.NONE, database -> tokens(database, token))) {
      served.load(ZONE, RECORDS);
      served.sql(
          "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, 'alias.' || name,"
              + " 'ALIAS', 'example.net', 60 FROM domains");
      gpgsql(
          served,
          "hsm",
          "assign",
          STORED,
          "ecdsa256",
          "ksk",
          "softhsm2",
          slot,
          SoftHsm.PIN,
          "powerdns");
      HsmAdoption adoption =
          new HsmAdoption(served.database, ServedDatabase.SEAL, Map.of(slot, token.name()));
      assertThat(adoption.find().get(0).obstacle().orElseThrow()).contains("ALIAS");
      assertThat(adoption.apply("", "os:test", Instant.now())).isEmpty();
      assertThat(dump(served)).noneMatch(row -> row.contains(SoftHsm.PIN));
      assertThat(served.texts("SELECT content FROM cryptokeys"))
          .singleElement()
          .asString()
          .startsWith("keyward-sealed-");
      HsmAdoption elsewhere = new HsmAdoption(served.database, ServedDatabase.SEAL, Map.of());
      assertThat(elsewhere.find().get(0).obstacle().orElseThrow()).contains("no token");
    }
  }
}
