package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The parent is a zone of the same database, and its DS records are written by Keyward. */
@Tag("once")
class ParentRecordsTest {
  private static final String PARENT =
      "@ 60 IN SOA ns hostmaster 10 7200 3600 1209600 300\n@ 60 IN NS ns\nexample 7200 IN NS ns.example\n";
  private static final String ALIEN =
      "12345 13 2 2BB183AF5F22588179A53B0A98631FAD1A292118B4F2D1A5A2A0A2D2C1E0F3A4";
  private RollWorld world;

  @BeforeEach
  void begin() throws Exception {
    world = new RollWorld();
  }

  @AfterEach
  void close() {
    assertThat(new PostgresAudit(world.database).verify().fault()).isEmpty();
    world.close();
  }

  private String ds(String label) {
    return world.database.inTransaction(
        handle ->
            handle
                .createQuery(
                    "SELECT k.key_tag || ' 13 2 ' || upper(encode(sha256("
                        + "keyward.wire_name('example.com') || '\\x010103'::BYTEA || '\\x0d'::BYTEA"
                        + " || k.public_key), 'hex')) FROM keyward.key k WHERE k.label = ?")
                .bind(0, label)
                .mapTo(String.class)
                .one());
  }

  private List<String> rows() {
    return world.texts(
        "SELECT upper(content) FROM records WHERE type = 'DS' AND name = 'example.com' ORDER BY id");
  }

  private void policy(String word) {
    sql("INSERT INTO keyward.policy_value VALUES ('as-before', 'parent-ds', '" + word + "')");
  }

  private void sql(String sql) {
    world.database.useTransaction(handle -> handle.execute(sql));
  }

  private void write(String content) {
    sql(
        "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, 'example.com', 'DS', '"
            + content
            + "', 7200 FROM domains WHERE name = 'com'");
  }

  private long parentSerial() {
    return Long.parseLong(
        world.text("SELECT keyward.serial_of(id) FROM domains WHERE name = 'com'"));
  }

  private List<String> audited() {
    return world.texts(
        "SELECT actor || ': ' || detail FROM keyward.audit WHERE action = 'PARENT_DS_CHANGED' ORDER BY id");
  }

  @Test
  void theNewDsIsAddedWhenItIsDueAndTheOldOneGoesWhenEveryServerHasTheNew() throws Exception {
    policy("write");
    world.parentHere(PARENT + "example 7200 IN DS " + ds("ksk") + "\n");
    write(ALIEN);
    world.tick();
    world.startKsk("start-now", "second");
    world.until("ksk", "published");
    long before = parentSerial();
    assertThat(rows()).containsExactly(ds("ksk"), ALIEN);
    world.parents.get(1).reachesDatabase = false;
    world.until("ksk", "submitted");
    world.tick();
    assertThat(rows()).containsExactly(ds("ksk"), ALIEN, ds("second"));
    assertThat(parentSerial()).as("moved once").isEqualTo(before + 1);
    assertThat(world.text("SELECT ttl FROM records WHERE type = 'DS' ORDER BY id DESC LIMIT 1"))
        .isEqualTo("7200");
    String tag = world.text("SELECT key_tag FROM keyward.key WHERE label = 'second'");
    assertThat(world.findings()).containsExactly("DS_DUE example.com the DS of key " + tag);
    world.pass(10);
    assertThat(world.phase()).as("one server of the parent stays behind").isEqualTo("submitted");
    assertThat(rows()).containsExactly(ds("ksk"), ALIEN, ds("second"));
    assertThat(world.findings().toString()).contains("ROLL_STUCK");
    world.parents.get(1).reachesDatabase = true;
    world.until("ksk", "retiring");
    world.tick();
    assertThat(rows()).containsExactly(ALIEN, ds("second"));
    world.until("ksk", "");
    assertThat(rows()).containsExactly(ALIEN, ds("second"));
    assertThat(audited())
        .usingElementComparator(String::compareToIgnoreCase)
        .containsExactly(
            "signer:test: DS " + ds("second") + " added to com, a zone of this database",
            "signer:test: DS " + ds("ksk") + " removed from com, a zone of this database");
    assertThat(world.bogus()).isEmpty();
  }

  @Test
  void nothingIsWrittenWithoutBeingAsked() throws Exception {
    world.parentHere(PARENT + "example 7200 IN DS " + ds("ksk") + "\n");
    world.startKsk("start-now", "second");
    world.until("ksk", "submitted");
    world.pass(4);
    assertThat(rows()).containsExactly(ds("ksk"));
    policy("hand");
    world.pass(4);
    assertThat(rows()).containsExactly(ds("ksk"));
    assertThat(world.text("SELECT written || ' ' || parent FROM keyward.ds_due"))
        .isEqualTo("false com");
    assertThat(audited()).isEmpty();
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"entering", "published", "retiring", "forgotten"})
  void aRollThatGoesBackFromAnyPhaseTakesTheDsBack(String phase) throws Exception {
    aRollThatGoesBackTakesTheDsBack(phase);
  }

  @ParameterizedTest
  @ValueSource(strings = {"submitted", "leaving"})
  void aRollThatGoesBackTakesTheDsBack(String phase) throws Exception {
    policy("write");
    world.parentHere(PARENT + "example 7200 IN DS " + ds("ksk") + "\n");
    world.tick();
    world.startKsk("start-now", "second");
    world.parents.get(1).reachesDatabase = !phase.equals("submitted");
    world.until("ksk", phase);
    world.tick();
    world.parents.get(1).reachesDatabase = true;
    assertThat(world.commandKsk("cancel")).contains("goes back to the former key");
    world.until("ksk", "");
    assertThat(rows()).containsExactly(ds("ksk"));
    assertThat(world.bogus()).isEmpty();
  }

  /** It may be in caches: the former key comes back first. */
  @Test
  void aPersonWhoTakesTheOldDsBackIsSeenBeforeItIsPutRight() throws Exception {
    policy("write");
    world.parentHere(PARENT + "example 7200 IN DS " + ds("ksk") + "\n");
    world.tick();
    world.startKsk("start-now", "second");
    world.until("ksk", "forgotten");
    assertThat(rows()).containsExactly(ds("second"));
    sql("UPDATE records SET content = '" + ds("ksk") + "' WHERE type = 'DS'");
    world.pass(Duration.ofMinutes(10));
    world.pass(Duration.ofMinutes(10));
    assertThat(world.steps()).contains("forgotten submitted");
    world.until("ksk", "");
    assertThat(rows()).containsExactly(ds("second"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          UPDATE domains SET type = 'SLAVE', master = '192.0.2.1' WHERE name = 'com' | it is a copy from another server
          INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, 'PRESIGNED', '1' FROM domains WHERE name = 'com' | another server has signed it
          INSERT INTO cryptokeys (domain_id, flags, active, content) SELECT id, 257, true, 'KEY' FROM domains WHERE name = 'com' | PowerDNS signs it
          DELETE FROM records WHERE type = 'NS' AND name = 'example.com' AND domain_id = (SELECT id FROM domains WHERE name = 'com') | it has no NS records of example.com
          """)
  void aParentThatIsNotKeywardsIsLeftAsItIs(String change, String why) throws Exception {
    policy("write");
    world.parentHere(PARENT + "example 7200 IN DS " + ds("ksk") + "\n");
    sql(change.replace("KEY", TestDatabase.KEY));
    world.tick();
    world.startKsk("start-now", "second");
    world.until("ksk", "submitted");
    world.pass(4);
    assertThat(rows()).containsExactly(ds("ksk"));
    assertThat(world.text("SELECT obstacle FROM keyward.ds_due")).isEqualTo(why);
    assertThat(world.findings().get(0)).endsWith(", which Keyward does not write into com: " + why);
    assertThat(audited()).isEmpty();
  }

  @Test
  void aZoneThatHasGotAKeyGetsItsFirstDsWhenCachesKnowItSigned() throws Exception {
    policy("write");
    world.parentHere(PARENT);
    world.servers.get(1).answers = false;
    world.pass(6);
    assertThat(rows()).as("one of its servers was never seen").isEmpty();
    world.servers.get(1).answers = true;
    world.pass(Duration.ofMinutes(1));
    assertThat(rows()).as("the largest TTL is a day").isEmpty();
    sql("UPDATE keyward.parent_view SET verdict = 'missing', checked_at = now()");
    assertThat(
            new PostgresFindings(world.database)
                .facts(world.time.now, Duration.ofDays(1), 10)
                .parents())
        .extracting(fact -> fact.zone() + " " + fact.verdict().word())
        .containsExactly("example.com AWAITED");
    sql("UPDATE keyward.parent_view SET checked_at = '2026-03-01 00:00:00+00'");
    world.pass(4);
    assertThat(rows()).containsExactly(ds("ksk"));
    sql("DELETE FROM records WHERE type = 'DS'");
    world.pass(4);
    assertThat(rows()).as("who took it away wants it so").isEmpty();
    assertThat(audited()).hasSize(1);
  }

  @Test
  void aServerThatIsDeadHoldsTheFirstDsUpUntilWhatItMayHaveHasExpired() throws Exception {
    policy("write");
    world.parentHere(PARENT);
    world.servers.get(1).answers = false;
    world.pass(14);
    assertThat(rows()).as("it may have the zone of before").isEmpty();
    world.pass(40);
    assertThat(rows()).containsExactly(ds("ksk"));
  }

  @Test
  void whatIsToBeHandedInIsALineEach() throws Exception {
    world.parentHere(PARENT + "example 7200 IN DS " + ds("ksk") + "\n");
    world.tick();
    world.startKsk("start-now", "second");
    world.until("ksk", "submitted");
    assertThat(byHand())
        .containsExactly(
            "example.com com " + ds("second") + " add", "example.com com " + ds("ksk") + " remove");
    sql("DELETE FROM keyward.parent_server");
    assertThat(byHand())
        .as("nobody has asked")
        .contains("example.com com " + ds("ksk") + " remove");
    policy("write");
    assertThat(byHand()).as("Keyward writes it").isEmpty();
  }

  private List<String> byHand() {
    return new RollViews(world.database)
        .dsByHand().stream()
            .map(
                row ->
                    "%s %s %s %s %s %s %s"
                        .formatted(
                            row.get("zone"),
                            row.get("parent"),
                            row.get("key_tag"),
                            row.get("algorithm"),
                            row.get("digest_type"),
                            row.get("digest"),
                            row.get("action")))
            .toList();
  }

  @Test
  void theParentIsTheClosestZoneAbove() {
    assertThat(world.texts("SELECT unnest(keyward.names_above('a\\.b.c\\\\.example.com'))"))
        .containsExactly("", ".", "c\\\\.example.com", "example.com", "com");
  }
}
