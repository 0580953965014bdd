package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.keyward.remote.ServedDatabase.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.signing.Finding;
import org.keyward.signing.Findings;
import org.keyward.store.PostgresFindings;
import org.keyward.store.PostgresZones;
import org.keyward.store.SignedZoneReader;
import org.keyward.store.TestDatabase;
import org.keyward.store.ZonesToCheck;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.ProblemLog;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.Zone;
import org.keyward.zone.ZoneFault;
import org.keyward.zone.ZoneMemory;
import org.xbill.DNS.Name;

/**
 * A zone whose rows are damaged costs itself alone, in a server that runs and in one that starts.
 */
@Timeout(120)
class FaultyZonesTest {
  private static final Name FAULTY = Name.fromConstantString("faulty.example.");
  private static final Name GOOD = Name.fromConstantString("good.example.");

  private static final String BAD_KEY =
      "INSERT INTO keyward.key (id, token_serial, token_name, label, cka_id, algorithm,"
          + " public_key, key_tag) OVERRIDING SYSTEM VALUE VALUES (7, 'x', 'x', 'x', 'x', 13,"
          + " '\\x00', 1)";

  @TempDir private Path directory;
  private ServedDatabase served;
  private int faultyId;
  private int changes;

  @BeforeEach
  void makeZones() throws IOException {
    served = new ServedDatabase(directory, TransactionLimits.DEFAULT);
    for (Name zone : List.of(FAULTY, GOOD)) {
      served.load(
          zone.toString(),
          """
          @ 300 SOA ns.example.net. hostmaster.example.net. 1 10800 3600 604800 300
          @ 300 NS ns.example.net.
          www 300 A 192.0.2.1
          """);
      await(() -> served.loaded.isOrigin(zone));
      served.sign(zone.toString());
    }
    faultyId = served.loaded.byOrigin(FAULTY).orElseThrow().id();
  }

  @AfterEach
  void stop() {
    served.close();
  }

  /** As somebody does who may do everything: no trigger and no foreign key looks on. */
  private void damage(String statement) {
    TestDatabase.jdbi(served.database)
        .useTransaction(
            h -> {
              h.execute("SET LOCAL session_replication_role = replica");
              h.execute(statement);
              h.execute("SELECT keyward.touch_zone(" + faultyId + ")");
            });
  }

  /** Whether a server that starts now serves the good zone; gives it. */
  private LoadedZones started() {
    PostgresZones zones =
        new PostgresZones(
            served.database,
            new SignedZoneReader(ServedDatabase.SEAL, Clock.systemUTC()),
            Optional.of(ServedDatabase.SEAL));
    LoadedZones started =
        new LoadedZones(zones, ProblemLog.NONE, Clock.systemUTC(), ZoneMemory.ofHeap());
    started.loadAll();
    assertThat(hasAnswer(started, GOOD)).isTrue();
    return started;
  }

  private static boolean hasAnswer(LoadedZones zones, Name zone) {
    return zones.byOrigin(zone).map(found -> isSigned(found, zone)).orElse(false);
  }

  private static boolean isSigned(Zone zone, Name name) {
    return zone.lookup(name).orElseThrow().rows().stream()
        .anyMatch(row -> row.type().equals("RRSIG") && row.content().startsWith("DNSKEY "));
  }

  private void aChangeOfTheOtherZoneIsServed() {
    Name owner = Name.fromConstantString("n" + ++changes + "." + GOOD);
    served.sql(
        "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, 'n"
            + changes
            + ".good.example', 'A', '192.0.2.7', 60 FROM domains WHERE name = 'good.example'");
    await(() -> served.loaded.byOrigin(GOOD).orElseThrow().lookup(owner).isPresent());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "UPDATE domains SET name = 'renamed.example' WHERE name = 'faulty.example'|named 'renamed.example' now",
        "DELETE FROM keyward.signed_set WHERE assignment_id = 1|keyward.signed_set has none",
        "UPDATE keyward.signed_set SET expiration = 9e18::BIGINT WHERE assignment_id = 1|no signature of its",
        "UPDATE keyward.signed_set SET inception = expiration + 1 WHERE assignment_id = 1|window out of order",
        "UPDATE keyward.signed_set SET signature = '\\x00' WHERE assignment_id = 1|no signature of its",
        "UPDATE keyward.zsk SET sealed = '\\x00' WHERE assignment_id = 1|cannot be opened",
        "UPDATE keyward.zsk SET algorithm = 250 WHERE assignment_id = 1|algorithm 250",
        "DELETE FROM keyward.zsk WHERE assignment_id = 1|keyward.zsk is gone",
        "UPDATE keyward.assignment SET step = 0 WHERE id = 1|keyward.assignment",
        "UPDATE keyward.assignment SET validity = 0 WHERE id = 1|keyward.assignment",
        "UPDATE keyward.assignment SET key_id = 99 WHERE id = 1|keyward.key",
        "UPDATE keyward.ksk SET key_id = 7 WHERE assignment_id = 1|no signature of its key signing key",
      })
  void aDamagedZoneStaysAsItWasAndIsLeftOutByAServerThatStarts(String damage, String reason) {
    damage(BAD_KEY);
    damage(damage);

    await(() -> !served.loaded.faults().isEmpty());
    ZoneFault fault = served.loaded.faults().iterator().next();
    assertThat(fault.zone()).isEqualTo(FAULTY);
    assertThat(fault.served()).isTrue();
    assertThat(fault.reason()).contains(reason);
    assertThat(hasAnswer(served.loaded, FAULTY)).isTrue();
    aChangeOfTheOtherZoneIsServed();
    LoadedZones started = started();
    assertThat(started.headers()).hasSize(1);
    assertThat(started.faults()).singleElement().extracting(ZoneFault::served).isEqualTo(false);
  }

  @Test
  void renamingASignedZoneIsRefusedWithTheReasonAndIsInTheServersLog() throws IOException {
    assertThatThrownBy(
            () ->
                served.sql(
                    "UPDATE domains SET name = 'renamed.example' WHERE name = 'faulty.example'"))
        .hasMessageContaining("the zone faulty.example cannot be renamed to renamed.example")
        .hasMessageContaining("it is signed under this name")
        .hasMessageContaining("keyward unassign faulty.example");
    assertThat(TestDatabase.log())
        .containsPattern(
            "LOG:  keyward: refused sql:\\S+ to rename the zone faulty.example to renamed.example");

    served.sql("INSERT INTO domains (name, type) VALUES ('plain.example', 'NATIVE')");
    served.sql("UPDATE domains SET name = 'other.example' WHERE name = 'plain.example'");
    served.sql("UPDATE domains SET name = name, account = 'a' WHERE name = 'faulty.example'");
    served.sql(
        "INSERT INTO keyward.sealed_key (domain_id, flags, active, published, takes_pin, sealed)"
            + " SELECT id, 257, true, true, false, '\\x00' FROM domains"
            + " WHERE name = 'other.example'");
    assertThatThrownBy(
            () -> served.sql("UPDATE domains SET name = 'third.example' WHERE name LIKE 'other.%'"))
        .hasMessageContaining("sealed under this name");
  }

  @Test
  void aFaultIsNamedToPeopleAndEndsWithItsCause() {
    served.sql("CREATE TABLE kept AS SELECT * FROM keyward.zsk");
    damage("UPDATE keyward.zsk SET sealed = '\\x00' WHERE assignment_id = 1");
    await(() -> !served.loaded.faults().isEmpty());

    PostgresFindings store = new PostgresFindings(served.database);
    Findings findings = new Findings(store, Duration.ofDays(14), Clock.systemUTC());
    // The server tells the database of it a moment after it has left the zone out.
    await(
        () -> {
          findings.look();
          return store.unannounced(9).stream()
              .anyMatch(told -> told.finding().kind() == Finding.Kind.ZONE_NOT_LOADED);
        });
    assertThat(
            new ZonesToCheck(served.database)
                .find(Name.fromConstantString("faulty.example."))
                .orElseThrow()
                .notLoaded())
        .extracting(RecordProblem::reason)
        .singleElement()
        .asString()
        .contains("faulty.example", "keyward.zsk", "cannot be opened");

    damage("UPDATE keyward.zsk z SET sealed = k.sealed FROM kept k WHERE k.id = z.id");

    await(() -> served.loaded.faults().isEmpty());
    await(() -> served.texts("SELECT reason FROM keyward.problem").isEmpty());
  }

  @Test
  void aStoredSignatureThatDoesNotFitIsNotServedWhileTheOneBeforeIsValid() {
    // A former window, signed as the one in use, and that one is spoilt.
    damage(
        "UPDATE keyward.signed_set SET active_from = active_from - 60"
            + " WHERE active_from = (SELECT min(active_from) FROM keyward.signed_set"
            + " WHERE assignment_id = 1) AND assignment_id = 1");
    damage(
        "INSERT INTO keyward.signed_set (assignment_id, active_from, inception, expiration,"
            + " signature, ttl, zsks, ksks, signer) SELECT assignment_id, active_from + 60, inception,"
            + " expiration, overlay(signature PLACING '\\x0000' FROM 5), ttl, zsks, ksks, signer FROM"
            + " keyward.signed_set WHERE assignment_id = 1 ORDER BY active_from LIMIT 1");

    await(
        () ->
            served.texts("SELECT reason FROM keyward.problem").stream()
                .anyMatch(reason -> reason.contains("does not fit the set")));
    assertThat(served.loaded.faults()).isEmpty();
    String good =
        served
            .texts(
                "SELECT encode(signature, 'base64') FROM keyward.signed_set"
                    + " WHERE assignment_id = 1 ORDER BY active_from LIMIT 1")
            .get(0)
            .replace("\n", "");
    for (LoadedZones zones : List.of(served.loaded, started())) {
      assertThat(zones.byOrigin(FAULTY).orElseThrow().lookup(FAULTY).orElseThrow().rows())
          .filteredOn(row -> row.content().startsWith("DNSKEY "))
          .singleElement()
          .extracting(row -> row.content())
          .asString()
          .endsWith(good);
    }
  }

  /** What the signer reads of one zone is damaged: it plans and signs the other all the same. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE keyward.assignment SET step = 0 WHERE id = 1",
        "UPDATE keyward.assignment SET validity = 9e18::BIGINT, step = 8e18::BIGINT WHERE id = 1",
        "UPDATE keyward.assignment SET planned_until = -9e18::BIGINT, runway = 0 WHERE id = 1",
        "UPDATE keyward.assignment SET zone = 'x..y' WHERE id = 1",
        "UPDATE keyward.assignment SET key_id = 7 WHERE id = 1",
        "UPDATE keyward.assignment SET key_id = 99 WHERE id = 1",
        "UPDATE keyward.assignment SET dnskey_ttl = -1 WHERE id = 1",
        "UPDATE keyward.zsk SET algorithm = 250 WHERE assignment_id = 1",
        "UPDATE keyward.zsk SET public_key = '' WHERE assignment_id = 1",
        "UPDATE keyward.signing_work SET expiration = 0 WHERE assignment_id = 1",
        "UPDATE keyward.signing_work SET inception = 9e18::BIGINT WHERE assignment_id = 1",
        "UPDATE keyward.signing_work SET assignment_id = 98 WHERE assignment_id = 1"
      })
  void theSignerGoesOnWithTheOtherZones(String damage) {
    damage(BAD_KEY);
    String count = "SELECT count(*)::TEXT FROM keyward.signed_set WHERE assignment_id = 2";
    String all = served.texts(count).get(0);
    for (int assignment : List.of(1, 2)) { // the last signature is to be made again
      served.sql(
          "DELETE FROM keyward.signed_set s WHERE assignment_id = "
              + assignment
              + " AND active_from = (SELECT max(active_from) FROM keyward.signed_set"
              + " WHERE assignment_id = s.assignment_id)");
      served.sql("UPDATE keyward.assignment SET planned_until = 0 WHERE id = " + assignment);
    }
    served.signer().plan();
    damage(damage);
    served.sql("UPDATE keyward.assignment SET planned_until = 0 WHERE id = 2");

    await(
        () -> {
          served.signer().plan();
          served.signer().sign("t");
          return served.texts(count).get(0).equals(all);
        });
  }
}
