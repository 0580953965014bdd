package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.keyward.store.ZonesToCheck.ToCheck;
import org.keyward.zone.RecordRow;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** What a check needs to know of many zones is read as of one, and in as many statements. */
class ZonesToCheckTest {
  private final Database database = TestDatabase.create();
  private final ZonesToCheck zones = new ZonesToCheck(database);

  @AfterEach
  void close() {
    database.close();
  }

  private void sql(String... statements) {
    database.jdbi().useHandle(h -> List.of(statements).forEach(h::execute));
  }

  private void create(int from, int to) {
    sql(
        "SELECT keyward.create_zone('z' || i || '.test', ARRAY['ns.z' || i || '.test'])"
            + " FROM generate_series("
            + from
            + ", "
            + to
            + ") i");
  }

  private List<ToCheck> all() {
    List<ToCheck> all = new ArrayList<>();
    zones.readAll(all::add);
    return all;
  }

  @Test
  void manyZonesNeedNoMoreStatementsThanFew() {
    create(1, 3);
    int few = TestDatabase.statements(database, () -> assertThat(all()).hasSize(3));

    create(4, 300);

    assertThat(TestDatabase.statements(database, () -> assertThat(all()).hasSize(300)))
        .isEqualTo(few)
        .isLessThan(20);
  }

  @Test
  void eachZoneIsReadAsByItself() {
    sql("SELECT keyward.create_zone('test', ARRAY['ns.test'])");
    create(1, 4);
    sql(
        "INSERT INTO records (domain_id, name, type, content, ttl)"
            + " SELECT id, 'z1.test', 'NS', 'ns.z1.test', 60 FROM domains WHERE name = 'test'",
        "INSERT INTO keyward.key (token_serial, token_name, label, cka_id, algorithm, public_key,"
            + " key_tag) VALUES ('S', 't', 'ksk', '01', 13, decode(repeat('07', 64), 'hex'), 7)",
        "INSERT INTO keyward.assignment (domain_id, zone, key_id, mode, state, validity, step,"
            + " offset_before, runway, dnskey_ttl, assigned_at, assigned_by, reason,"
            + " planned_until, renews_at)"
            + " SELECT id, name, 1, 'split', 'signed', 9, 5, 1, 9, 60, now(), 'os:a', '', 9, 9"
            + " FROM domains WHERE name = 'z2.test'",
        "INSERT INTO keyward.finding (kind, subject, severity, message, todo, first_seen) VALUES"
            + " ('ds-missing', 'z2.test', 'warning', 'm', 't', now()),"
            + " ('key-missing', 'S/ksk', 'critical', 'm', 't', now()),"
            + " ('key-shared', 'z3.test', 'info', 'm', 't', now())",
        "INSERT INTO keyward.problem (domain_id, name, type, content, reason)"
            + " SELECT id, 'z3.test', 'ZONE', '', 'why' FROM domains WHERE name = 'z3.test'",
        "SET session_replication_role = replica",
        "INSERT INTO records (domain_id, name, type, content, ttl)"
            + " SELECT id, 'a..z4.test', 'A', '192.0.2.1', 60 FROM domains WHERE name = 'z4.test'",
        "INSERT INTO records (domain_id, name, type, content, ttl)"
            + " SELECT id, 'b.z4.test', 'A', NULL, 60 FROM domains WHERE name = 'z4.test'");
    Map<String, ToCheck> all = new HashMap<>();
    zones.readAll(zone -> all.put(zone.header().origin().toString(), zone));

    assertThat(all).hasSize(5);
    all.forEach(
        (name, zone) ->
            assertThat(zones.find(Name.fromConstantString(name)))
                .hasValueSatisfying(
                    alone -> {
                      assertThat(alone.data().get()).isEqualTo(zone.data().get());
                      assertThat(alone)
                          .usingRecursiveComparison()
                          .ignoringFields("data")
                          .isEqualTo(zone);
                    }));
    assertThat(all.get("z1.test.").parent().orElseThrow().rows())
        .extracting(RecordRow::type)
        .containsExactly("NS");
    assertThat(all.get("z2.test.").parent().orElseThrow().rows()).isEmpty();
    assertThat(all.get("test.").parent()).isEmpty();
    assertThat(all.get("z2.test.").keys()).hasSize(1);
    assertThat(all.get("z2.test.").mode()).contains(SigningMode.SPLIT);
    assertThat(all.get("z2.test.").findings())
        .extracting(row -> row.get("kind"))
        .containsExactly("key-missing", "ds-missing");
    assertThat(all.get("z3.test.").findings()).isEmpty();
    assertThat(all.get("z3.test.").notLoaded()).hasSize(1);
    assertThat(all.get("z4.test.").unreadable()).hasSize(2);
  }
}
