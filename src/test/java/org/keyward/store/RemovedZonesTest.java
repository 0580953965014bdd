package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.signing.Findings;
import org.keyward.signing.ParentDs;
import org.keyward.signing.ParentSweep;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SoftwareTokens;
import org.keyward.zone.RecordRow;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.WriteRefusedException;
import org.keyward.zone.ZoneWriter;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;

/** Zones that are signed, deleted in every way there is. */
@Tag("once")
class RemovedZonesTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private final Database database = TestDatabase.create();
  private final PostgresFindings store = new PostgresFindings(database);
  private final SoftwareTokens tokens = new SoftwareTokens(1000, "ksk");
  private List<DSRecord> ds = List.of(new DSRecord(ZONE, DClass.IN, 60, 4711, 13, 2, new byte[32]));

  @BeforeEach
  void sign() {
    create();
    new SigningDesk(database)
        .assign(ZONE, "t", "ksk", Optional.empty(), Optional.empty(), "", "os:alice@one");
    Signer signer =
        new Signer(
            new PostgresSigning(database, new Seal(Secret.of(new byte[32])), "signer:test"),
            tokens,
            ParentDs.NOT_ASKED,
            SigningSettings.DEFAULT,
            new DatabaseClock());
    while (signer.plan() > 0 || signer.sign("t") > 0) {
      // until nothing is left to do
    }
  }

  @AfterEach
  void close() {
    assertThat(new PostgresAudit(database).verify().fault()).isEmpty();
    database.close();
  }

  private void create() {
    new ZoneEditor(database)
        .create(
            ZONE,
            List.of(new RecordRow(0, ZONE, "SOA", "ns.x hm.x 1 10800 3600 604800 3600", 60, 0)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"SLAVE", "slave", "SECONDARY", "CONSUMER"})
  void aSignedZoneDoesNotBecomeASecondary(String kind) {
    String change = "UPDATE domains SET master = '192.0.2.1', type = '" + kind + "'";
    assertThatThrownBy(() -> sql(change))
        .hasMessageContaining("the zone example.com cannot be of type " + kind)
        .hasMessageContaining("keyward unassign example.com");
    sql("UPDATE domains SET type = 'PRIMARY'", "UPDATE keyward.assignment SET state = 'ended'");
    sql(change);
  }

  private void sql(String... statements) {
    database.useTransaction(
        handle -> {
          for (String statement : statements) {
            handle.createUpdate(statement).execute();
          }
        });
  }

  private String text(String query) {
    return database.inSnapshot(handle -> handle.createQuery(query).mapTo(String.class).one());
  }

  private List<String> findings() {
    new ParentSweep(store, zone -> ds, ParentSweep.ServedKeys.NOT_ASKED, Clock.systemUTC()).step();
    new Findings(store, Duration.ofDays(1), Clock.systemUTC()).look();
    return new PostgresOverview(database)
        .findings().stream()
            .filter(row -> row.get("kind").equals("zone-removed"))
            .map(row -> row.get("severity") + " " + row.get("message"))
            .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DELETE FROM domains",
        "DELETE FROM domains WHERE name = 'example.com'",
        "SELECT keyward.drop_zone('example.com')",
        "DELETE FROM records",
        "DELETE FROM records WHERE type = 'SOA'",
        "UPDATE records SET disabled = true WHERE type = 'SOA'",
        "UPDATE records SET type = 'TXT', content = '\"x\"' WHERE type = 'SOA'",
        "UPDATE records SET domain_id = NULL WHERE type = 'SOA'",
        "SELECT keyward.replace_rrset('example.com', '@', 'SOA', 60, ARRAY[]::TEXT[])",
        "TRUNCATE records",
        "TRUNCATE domains CASCADE"
      })
  void sqlThatWouldLeaveItBogusIsRefused(String statement) {
    assertThatThrownBy(() -> sql(statement))
        .hasMessageContaining("example.com")
        .hasMessageContaining("signed");
    assertThat(text("SELECT count(*)::text FROM records WHERE type = 'SOA' AND NOT disabled"))
        .isEqualTo("1");
    assertThat(text("SELECT state FROM keyward.assignment")).isEqualTo("signed");
  }

  @Test
  void anSoaMayBeReplaced() {
    sql(
        "DELETE FROM records",
        "INSERT INTO records (domain_id, name, type, content, ttl, prio) SELECT id, name, 'SOA',"
            + " 'ns.y hm.y 9 1 1 1 1', 60, 0 FROM domains");
    sql("SELECT keyward.replace_rrset('example.com', '@', 'SOA', 60, ARRAY['ns. hm. 10 1 1 1 1'])");
    assertThat(text("SELECT state FROM keyward.assignment")).isEqualTo("signed");
  }

  @Test
  void powerDnsCannotEmptyIt() {
    PostgresZoneWriter writer = new PostgresZoneWriter(database, new ServedChanges());
    int id = new ZoneEditor(database).find(ZONE).orElseThrow();
    ZoneWriter.Transaction clear = writer.replace(id);
    assertThatThrownBy(clear::commit)
        .isInstanceOf(WriteRefusedException.class)
        .hasMessageContaining("bogus without its SOA");
    ZoneWriter.Transaction change = writer.change(ZONE);
    change.replace(ZONE, Optional.of("SOA"), List.of());
    assertThatThrownBy(change::commit).isInstanceOf(WriteRefusedException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT keyward.drop_zone('example.com', 'moved away')",
        "SET LOCAL keyward.insist = 'moved away'; DELETE FROM domains"
      })
  void whoInsistsIsObeyedWrittenDownAndToldWhatIsLeft(String statements) {
    sql(statements.split("; "));
    assertThat(text("SELECT detail FROM keyward.audit ORDER BY id DESC LIMIT 1"))
        .isEqualTo("the zone was deleted; moved away");
    assertThat(findings())
        .singleElement()
        .asString()
        .startsWith("critical example.com was deleted while it was signed")
        .contains("DS with tag 4711");

    ds = List.of();
    sql("UPDATE keyward.removed_zone SET checked_at = now() - INTERVAL '1 hour'");
    assertThat(findings()).isEmpty();
    assertThat(text("SELECT count(*)::text FROM keyward.removed_zone")).isEqualTo("0");
  }

  @Test
  void theSoaGoesIfSomebodyInsists() {
    sql("SET LOCAL keyward.insist = 'a test'", "DELETE FROM records WHERE type = 'SOA'");
    assertThat(text("SELECT action || ' ' || detail FROM keyward.audit ORDER BY id DESC LIMIT 1"))
        .isEqualTo("ZONE_EMPTIED its SOA is gone although it is signed; a test");
  }

  /** As a panel does that makes all zones anew at each run. */
  @Test
  void aZoneThatPowerDnsSignsIsDeletedBySqlAndWhatIsLeftAtTheParentIsFound() {
    sql(
        "SELECT keyward.drop_zone('example.com', 'a test')",
        "DELETE FROM keyward.removed_zone",
        "INSERT INTO domains (name, type) VALUES ('live.example', 'NATIVE')",
        "INSERT INTO cryptokeys (domain_id, flags, active, content) SELECT id, 257, true, '"
            + TestDatabase.KEY
            + "' FROM domains");
    sql(
        "DELETE FROM domains",
        "INSERT INTO domains (name, type) VALUES ('live.example', 'NATIVE')");
    assertThat(findings())
        .singleElement()
        .asString()
        .startsWith("critical live.example was deleted");
    sql(
        "INSERT INTO cryptokeys (domain_id, flags, active, content) SELECT id, 257, true, '"
            + TestDatabase.KEY
            + "' FROM domains");
    assertThat(findings()).isEmpty();
  }

  @Test
  void aZoneThatPowerDnsSignsIsRenamedAndItsFormerNameIsFound() {
    sql(
        "SELECT keyward.drop_zone('example.com', 'a test')",
        "DELETE FROM keyward.removed_zone",
        "INSERT INTO domains (name, type) VALUES ('live.example', 'NATIVE')",
        "INSERT INTO cryptokeys (domain_id, flags, active, content) SELECT id, 257, true, '"
            + TestDatabase.KEY
            + "' FROM domains");
    sql("UPDATE domains SET name = 'other.example'");
    assertThat(findings())
        .singleElement()
        .asString()
        .startsWith("critical live.example was deleted")
        .endsWith("(renamed to other.example)");
    sql("UPDATE domains SET name = 'live.example'");
    assertThat(findings()).noneMatch(found -> found.startsWith("critical live.example"));
  }

  @Test
  void aDeletionPastAllTriggersIsFound() {
    sql("SET LOCAL session_replication_role = replica", "DELETE FROM domains");
    assertThat(findings())
        .containsExactly(
            "critical example.com was deleted past all checks while it was signed: the key 'ksk' is assigned");
  }
}
