package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.config.Secret;
import org.keyward.signing.Seal;
import org.keyward.zone.CryptoKey;
import org.keyward.zone.FedRow;
import org.keyward.zone.KeyContent;
import org.keyward.zone.RecordRow;
import org.keyward.zone.Replication.Autoprimary;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneFaultException;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.ZoneWriter;
import org.xbill.DNS.Name;

@Tag("once")
class PostgresWritingTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private static final Name PLAIN = Name.fromConstantString("plain.test.");
  private static final Seal SEAL = new Seal(Secret.of("0123456789abcdef0123456789abcdef"));
  private static final CryptoKey KEY =
      new CryptoKey(0, 257, true, true, KeyContent.of("PrivateKey: secret"));

  private Database database;
  private PostgresZoneWriter writer;
  private PostgresZoneKeys keys;
  private PostgresReplication replication;

  /** {@code example.com} has a key on a token, {@code plain.test} has none. */
  @BeforeEach
  void start() {
    database = TestDatabase.create();
    ServedChanges nobodyServes = new ServedChanges();
    writer = new PostgresZoneWriter(database, nobodyServes);
    keys = new PostgresZoneKeys(database, nobodyServes, SEAL);
    replication = new PostgresReplication(database, nobodyServes);
    database.useTransaction(
        h -> {
          h.execute("INSERT INTO domains (name, type) VALUES ('example.com', 'NATIVE')");
          h.execute("INSERT INTO domains (name, type) VALUES ('plain.test', 'NATIVE')");
          h.execute(
              """
              INSERT INTO keyward.key
                (token_serial, token_name, label, cka_id, algorithm, public_key, key_tag)
              VALUES ('1', 'office', 'k', '01', 13, '\\x00', 1)
              """);
          h.execute(
              """
              INSERT INTO keyward.assignment (domain_id, zone, key_id, mode, state, validity, step,
                offset_before, runway, dnskey_ttl, assigned_at, assigned_by, reason)
              VALUES (1, 'example.com', 1, 'presigned', 'signed', 1, 1, 1, 1, 1, now(), 'x', 'x')
              """);
        });
  }

  @AfterEach
  void stop() {
    database.close();
  }

  private List<String> texts(String sql) {
    return database.inTransaction(h -> h.createQuery(sql).mapTo(String.class).list());
  }

  @Test
  void metadataThatWouldBreakASignedZoneIsRefused() {
    for (String kind : List.of("PRESIGNED", "NSEC3NARROW")) {
      assertThatThrownBy(() -> writer.setMetadata(ZONE, kind, List.of("1")))
          .isInstanceOf(WriteRefusedException.class)
          .hasMessageContaining("example.com is signed by Keyward: " + kind);
      writer.setMetadata(PLAIN, kind, List.of("1"));
    }
    assertThatThrownBy(() -> writer.setMetadata(ZONE, "PUBLISH-CDS", List.of("1")))
        .isInstanceOf(WriteRefusedException.class)
        .hasMessageContaining("write the digest types 2 (SHA-256)");
    writer.setMetadata(ZONE, "SOA-EDIT-API", List.of("DEFAULT"));
    assertThat(texts("SELECT kind FROM domainmetadata WHERE domain_id = 1"))
        .containsExactly("SOA-EDIT-API");
    writer.setMetadata(ZONE, "SOA-EDIT-API", List.of());
    assertThat(texts("SELECT kind FROM domainmetadata WHERE domain_id = 1")).isEmpty();
  }

  @Test
  void rowsThatAreDisabledOutliveTheirSet() {
    Name www = Name.fromConstantString("www.plain.test.");
    database.useTransaction(
        h ->
            h.execute(
                "INSERT INTO records (domain_id, name, type, content, ttl, disabled) SELECT id,"
                    + " 'www.plain.test', 'A', c, 60, c = '192.0.2.9' FROM domains, (VALUES"
                    + " ('192.0.2.1'), ('192.0.2.9')) v (c) WHERE name = 'plain.test'"));
    try (ZoneWriter.Transaction change = writer.change(PLAIN)) {
      change.replace(
          www, Optional.of("A"), List.of(new RecordRow(0, www, "A", "192.0.2.2", 60, 0)));
      change.commit();
    }
    List<String> rows =
        TestDatabase.jdbi(database)
            .withHandle(
                h ->
                    h.createQuery(
                            "SELECT content || ' ' || coalesce(disabled, false) FROM records"
                                + " WHERE name = 'www.plain.test' ORDER BY 1")
                        .mapTo(String.class)
                        .list());
    assertThat(rows).containsExactly("192.0.2.2 false", "192.0.2.9 true");
  }

  /** Of a secondary they go, as with gpgsql: a copy is what its primary has. */
  @Test
  void rowsThatAreDisabledOutliveTheirZonesRecordsUnlessItIsACopy() {
    RecordRow soa =
        new RecordRow(0, PLAIN, "SOA", "ns.plain.test hostmaster.plain.test 1 2 3 4 5", 60, 0);
    RecordRow ns = new RecordRow(0, PLAIN, "NS", "ns.example.net", 60, 0);
    Runnable transfer =
        () -> {
          try (ZoneWriter.Transaction change = writer.replace(2)) {
            change.add(FedRow.of(soa));
            change.add(FedRow.of(ns));
            change.commit();
          }
        };
    ZoneEditor editor = new ZoneEditor(database);
    sql(
        "INSERT INTO records (domain_id, name, type, content, ttl, disabled)"
            + " VALUES (2, 'off.plain.test', 'A', '192.0.2.9', 60, true)");
    List<Runnable> replacements =
        List.of(
            transfer,
            () -> editor.replace(PLAIN, List.of(soa, ns), done -> {}),
            () ->
                sql(
                    "CREATE TEMP TABLE source AS SELECT '@'::text AS name, 'NS'::text AS type, 60 AS"
                        + " ttl, 'ns.example.org.'::text AS content;"
                        + " SELECT keyward.load_zone('plain.test', 'source')"),
            () ->
                sql("SELECT keyward.replace_rrset('plain.test', 'off.plain.test', 'A', 60, '{}')"));
    for (Runnable replacement : replacements) {
      replacement.run();
      assertThat(texts("SELECT content FROM records WHERE disabled")).containsExactly("192.0.2.9");
      assertThat(texts("SELECT count(*) FROM records WHERE domain_id = 2")).containsExactly("3");
    }
    sql("UPDATE domains SET type = 'SLAVE', master = '192.0.2.1' WHERE id = 2");
    transfer.run();
    assertThat(texts("SELECT count(*) FROM records WHERE disabled")).containsExactly("0");
  }

  private void sql(String script) {
    database.useTransaction(h -> h.createScript(script).execute());
  }

  @Test
  void keysOfASignedZoneAreRefused() {
    assertThatThrownBy(() -> keys.add(ZONE, KEY)).hasMessageContaining("signed by Keyward");
    assertThatThrownBy(() -> keys.setActive(ZONE, 1, false))
        .hasMessageContaining("signed by Keyward");
    assertThatThrownBy(() -> keys.assign(ZONE, "office", "k", 13))
        .hasMessageContaining("signed by Keyward");
  }

  @Test
  void aKeyIsSealedAndOnlyTheSealOpensIt() {
    int id = keys.add(PLAIN, KEY);
    assertThat(texts("SELECT id::text FROM cryptokeys")).isEmpty();
    assertThat(texts("SELECT encode(sealed, 'escape') FROM keyward.sealed_key").get(0))
        .doesNotContain("secret");
    PostgresZones zones = new PostgresZones(database, SigningReader.NONE, Optional.of(SEAL));
    assertThat(zones.load(2).orElseThrow().cryptokeys())
        .singleElement()
        .satisfies(key -> assertThat(key.content().reveal()).isEqualTo(KEY.content().reveal()))
        .satisfies(key -> assertThat(key.id()).isEqualTo(id));
    Seal other = new Seal(Secret.of("another0another0another0another0"));
    PostgresZones wrong = new PostgresZones(database, SigningReader.NONE, Optional.of(other));
    assertThatThrownBy(() -> wrong.load(2).orElseThrow().cryptokeys().get(0).content().reveal())
        .isInstanceOf(ZoneFaultException.class)
        .hasMessageContaining("sealed with another seal key");
  }

  @Test
  void anIdIsOfOneKeyWhicheverTableHasIt() {
    int id = keys.add(PLAIN, KEY);
    String insert =
        "INSERT INTO cryptokeys (id, domain_id, flags, active, content) VALUES (%d, 2, 257, true, '%s')"
            .formatted(id, TestDatabase.KEY);
    assertThatThrownBy(() -> database.useTransaction(h -> h.execute(insert)))
        .hasMessageContaining("another key has the id " + id + " already, in keyward.sealed_key");
    keys.setActive(PLAIN, id, false);
    assertThat(texts("SELECT active::text FROM keyward.sealed_key")).containsExactly("false");
    keys.remove(PLAIN, id);
    database.useTransaction(h -> h.execute(insert));
    keys.setActive(PLAIN, id, false);
    assertThat(texts("SELECT active::text FROM cryptokeys")).containsExactly("false");
    assertThat(keys.add(PLAIN, KEY)).isGreaterThan(id);
  }

  @Test
  void aClearKeyOfAnAdoptedDatabaseGoesOnWorking() {
    database.useTransaction(
        h ->
            h.execute(
                "INSERT INTO cryptokeys (domain_id, flags, active, content)"
                    + " VALUES (2, 257, true, '"
                    + TestDatabase.KEY
                    + "')"));
    PostgresZones zones = new PostgresZones(database, SigningReader.NONE, Optional.of(SEAL));
    assertThat(zones.load(2).orElseThrow().cryptokeys())
        .extracting(key -> key.content().reveal())
        .containsExactly(TestDatabase.KEY);
  }

  @Test
  void aKeyThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> keys.remove(PLAIN, 99))
        .hasMessageContaining("plain.test has no key with the id 99");
    assertThatThrownBy(() -> keys.add(Name.fromConstantString("no.test."), KEY))
        .hasMessageContaining("there is no zone no.test");
  }

  @Test
  void anAutoprimarysZoneGetsAllItsAddresses() {
    database.useTransaction(
        h ->
            h.execute(
                """
                INSERT INTO supermasters VALUES ('192.0.2.1', 'ns1.test', 'ops'),
                  ('2001:db8::1', 'ns1.test', 'ops')
                """));
    Name server = Name.fromConstantString("NS1.test.");
    assertThat(replication.autoprimary("192.0.2.1", List.of(server)))
        .contains(new Autoprimary("ns1.test", "ops"));
    assertThat(replication.autoprimary("192.0.2.2", List.of(server))).isEmpty();
    Name fresh = Name.fromConstantString("new.test.");
    replication.createSecondary(fresh, "192.0.2.1", "ns1.test", "ops");
    assertThat(replication.due(Instant.now()))
        .singleElement()
        .satisfies(zone -> assertThat(zone.kind()).isEqualTo(ZoneHeader.Kind.SLAVE))
        .satisfies(zone -> assertThat(zone.masters()).containsExactly("192.0.2.1", "2001:db8::1"));
    assertThatThrownBy(() -> replication.createSecondary(fresh, "192.0.2.1", "", ""))
        .isInstanceOf(WriteRefusedException.class);
  }

  @Test
  void aSecondaryIsDueWhenItsRefreshTimeIsOver() {
    database.useTransaction(
        h -> {
          h.execute("INSERT INTO domains (name, type) VALUES ('copy.test', 'SLAVE')");
          h.execute(
              "INSERT INTO records (domain_id, name, type, content, ttl)"
                  + " VALUES (3, 'copy.test', 'SOA', 'ns.x h.x 1 600 2 3 4', 60)");
        });
    Instant now = Instant.ofEpochSecond(1_000_000);
    replication.checked(3, now);
    assertThat(replication.due(now.plusSeconds(599))).isEmpty();
    assertThat(replication.due(now.plusSeconds(600))).hasSize(1);
    replication.checked(3, Instant.EPOCH);
    assertThat(replication.due(now)).hasSize(1);
    assertThatThrownBy(() -> replication.notified(99, 1)).hasMessageContaining("id 99");
  }
}
