package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.zone.DenialChange;
import org.xbill.DNS.Name;

/** What the database keeps of changes of NSEC3PARAM, however they are written. */
@Tag("once")
class PostgresDenialTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private final Database database = TestDatabase.create();
  private final ZoneEditor editor = new ZoneEditor(database);
  private final PostgresZones zones = new PostgresZones(database, SigningReader.NONE);

  @BeforeEach
  void createZone() {
    editor.create(ZONE, List.of());
    sql(
        "INSERT INTO records (domain_id, name, type, content, ttl)"
            + " VALUES (1, 'example.com', 'SOA', 'ns.x hostmaster.x 10 2 3 4 5', 60)");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private void sql(String statement) {
    database.useTransaction(handle -> handle.execute(statement));
  }

  private long number(String query) {
    return database.inSnapshot(handle -> handle.createQuery(query).mapTo(Long.class).one());
  }

  private List<Optional<String>> history() {
    return zones.load(1).orElseThrow().denialChanges().stream()
        .map(DenialChange::nsec3param)
        .toList();
  }

  @Test
  void everyWayOfWritingIsOneChange() {
    assertThat(history()).isEmpty();
    editor.setMetadata(ZONE, "NSEC3PARAM", Optional.of("1 0 0 -"));
    editor.setMetadata(ZONE, "NSEC3PARAM", Optional.of("1 0 0 -"));
    editor.setMetadata(ZONE, "SOA-EDIT", Optional.of("INCREASE"));
    assertThat(history()).containsExactly(Optional.of("1 0 0 -"));
    sql("UPDATE domainmetadata SET content = '1 1 0 -' WHERE kind = 'NSEC3PARAM'");
    sql("DELETE FROM domainmetadata WHERE kind = 'NSEC3PARAM'");
    assertThat(history())
        .containsExactly(Optional.of("1 0 0 -"), Optional.of("1 1 0 -"), Optional.empty());
    sql("UPDATE keyward.denial SET since = since - INTERVAL '2 days'");
    editor.setMetadata(ZONE, "NSEC3PARAM", Optional.of("1 0 0 -"));
    assertThat(history()).containsExactly(Optional.empty(), Optional.of("1 0 0 -"));
    editor.delete(ZONE, java.util.Optional.empty(), "os:test");
    assertThat(number("SELECT count(*) FROM keyward.denial")).isZero();
  }

  @Test
  void onlyAZoneThatKeywardSignsGetsANewSerialAndOneForEachStep() {
    editor.setMetadata(ZONE, "NSEC3PARAM", Optional.of("1 0 0 -"));
    long before = number("SELECT keyward.serial_of(1)");
    sql(
        "INSERT INTO keyward.key (token_serial, token_name, label, cka_id, algorithm, public_key,"
            + " key_tag) VALUES ('s', 't', 'l', '', 13, '\\x00', 1)");
    sql(
        "INSERT INTO keyward.assignment (domain_id, zone, key_id, mode, state, validity, step,"
            + " offset_before, runway, dnskey_ttl, assigned_at, assigned_by, reason)"
            + " VALUES (1, 'example.com', 1, 'presigned', 'signed', 9, 5, 1, 9, 9, now(), '', '')");
    editor.setMetadata(ZONE, "NSEC3PARAM", Optional.of("1 1 0 -"));
    assertThat(number("SELECT keyward.serial_of(1)")).isEqualTo(before + 1);
    assertThat(due("119 seconds")).isZero();
    assertThat(due("2 minutes")).isEqualTo(1);
    assertThat(due("2 minutes")).isZero();
    assertThat(due("1 hour")).isEqualTo(1);
    assertThat(due("1 hour")).isEqualTo(1);
    assertThat(due("1 day")).isZero();
  }

  private long due(String later) {
    return database.inTransaction(
        handle ->
            handle
                .createQuery(
                    "SELECT count(*) FROM keyward.take_denial_steps("
                        + "(SELECT max(since) FROM keyward.denial) + INTERVAL '"
                        + later
                        + "', 9)")
                .mapTo(Long.class)
                .one());
  }
}
