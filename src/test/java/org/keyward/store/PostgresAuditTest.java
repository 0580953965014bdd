package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.audit.AuditEvent;
import org.keyward.audit.AuditFilter;
import org.keyward.audit.AuditFormat;
import org.keyward.audit.AuditRow;
import org.keyward.audit.AuditVerification;
import org.keyward.audit.Moments;

@Tag("once")
class PostgresAuditTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00.123456Z");
  private final Database database = TestDatabase.create();
  private final PostgresAudit audit = new PostgresAudit(database);

  @AfterEach
  void close() {
    database.close();
  }

  private void append(int count) {
    for (int i = 1; i <= count; i++) {
      audit.append(event("event " + i + ", of zone ü"));
    }
  }

  private static AuditEvent event(String detail) {
    return new AuditEvent(
        NOW,
        "os:alice@host",
        AuditEvent.Action.ASSIGN,
        AuditEvent.Result.DONE,
        Optional.of("example.com."),
        Optional.empty(),
        Optional.of("label"),
        Optional.of(""),
        Optional.of(4711),
        detail);
  }

  /** As someone who may do everything with the database, and hides it. */
  private void tamper(String sql) {
    database.useTransaction(
        handle -> {
          handle.execute("ALTER TABLE keyward.audit DISABLE TRIGGER USER");
          handle.execute(sql);
          handle.execute("ALTER TABLE keyward.audit ENABLE TRIGGER USER");
        });
  }

  @Test
  void anUntouchedLogVerifies() {
    assertThat(audit.verify().fault()).isEmpty();
    append(5);
    AuditVerification found = audit.verify();
    assertThat(found.fault()).isEmpty();
    assertThat(found.count()).isEqualTo(5);
    assertThat(found.head()).hasSize(64);
    assertThat(audit.newest(1).get(0).at()).isEqualTo("2026-03-01T10:00:00.123456Z");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE keyward.audit SET actor = 'mallory'",
        "DELETE FROM keyward.audit",
        "TRUNCATE keyward.audit"
      })
  void theDatabaseRefusesChanges(String sql) {
    append(1);
    assertThatThrownBy(() -> database.useTransaction(handle -> handle.execute(sql)))
        .hasMessageContaining("append-only");
    assertThat(audit.verify().count()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "at = '2026-03-01T10:00:00.123457Z'",
        "actor = 'os:mallory@host'",
        "action = 'UNASSIGN'",
        "result = 'REFUSED'",
        "zone = 'example.org.'",
        "zone = NULL",
        "token_serial = ''",
        "key_label = cka_id, cka_id = key_label",
        "key_tag = '4712'",
        "detail = ''",
        "hash = sha256('')"
      })
  void findsAChangeOfAnyColumn(String change) {
    append(5);
    tamper("UPDATE keyward.audit SET " + change + " WHERE id = 3");
    assertThat(audit.verify().fault()).contains("row 3 is not as it was written");
  }

  @ParameterizedTest
  @CsvSource({
    "1, row 1 is missing: the next one is 2",
    "3, row 3 is missing: the next one is 4",
    "5, the log has 4 rows and its head says 5"
  })
  void findsARemovedRow(int id, String fault) {
    append(5);
    tamper("DELETE FROM keyward.audit WHERE id = " + id);
    assertThat(audit.verify().fault()).contains(fault);
  }

  @Test
  void findsReorderedRows() {
    append(5);
    tamper("UPDATE keyward.audit SET id = -id WHERE id IN (2, 4)");
    tamper("UPDATE keyward.audit SET id = 6 + id WHERE id < 0");
    assertThat(audit.verify().fault()).contains("row 2 is not as it was written");
  }

  @Test
  void findsARowThatWasPutInBetween() {
    append(2);
    tamper(
        """
        INSERT INTO keyward.audit (id, at, actor, action, result, detail, hash)
        VALUES (3, 'now', 'mallory', 'ASSIGN', 'DONE', '', sha256(''))
        """);
    assertThat(audit.verify().fault()).contains("row 3 is not as it was written");
  }

  @Test
  void findsALogThatWasCutAndGivenANewHead() {
    append(5);
    String before = audit.verify().head();
    tamper("DELETE FROM keyward.audit WHERE id = 5");
    tamper(
        """
        UPDATE keyward.audit_head SET count = 4,
          hash = (SELECT hash FROM keyward.audit WHERE id = 4)
        """);
    // Only who wrote the last hash down elsewhere can see this.
    assertThat(audit.verify().head()).isNotEqualTo(before);
  }

  @Test
  void aLogWithoutItsHeadIsNoLog() {
    append(1);
    tamper("DELETE FROM keyward.audit_head");
    assertThat(audit.verify().fault()).contains("the log has lost its head");
  }

  @Test
  void rowsOfOneStatementFollowEachOtherInOrder() {
    List<AuditEvent> events = IntStream.range(0, 500).mapToObj(i -> event("event " + i)).toList();
    append(1);
    database.useTransaction(
        handle -> {
          PostgresAudit.append(handle, events);
          PostgresAudit.append(handle, List.of());
          PostgresAudit.append(handle, event("one more"));
          handle.execute(
              """
              WITH first AS (
                INSERT INTO keyward.audit (at, actor, action, result, detail)
                VALUES ('2026', 'a', 'b', 'c', 'd'), ('2026', 'a', 'b', 'c', 'e') RETURNING detail)
              INSERT INTO keyward.audit (at, actor, action, result, detail)
              SELECT '2026', 'a', 'b', 'c', detail FROM first
              """);
        });
    append(1);
    assertThat(audit.verify().fault()).isEmpty();
    assertThat(audit.verify().count()).isEqualTo(507);
    List<AuditRow> rows = audit.newest(507);
    assertThat(IntStream.range(0, 500).mapToObj(i -> rows.get(505 - i).fields().get(8)))
        .containsExactlyElementsOf(events.stream().map(AuditEvent::detail).toList());
  }

  @Test
  void nothingIsAppendedAfterARowThatWasPutIn() {
    append(1);
    tamper(
        """
        INSERT INTO keyward.audit (id, at, actor, action, result, detail, hash)
        VALUES (2, 'now', 'mallory', 'ASSIGN', 'DONE', '', sha256(''))
        """);
    assertThatThrownBy(() -> append(1)).hasMessageContaining("its head do not fit");
  }

  @Test
  void aTransactionThatIsRolledBackLeavesNoGap() {
    append(1);
    database.useTransaction(
        handle -> {
          PostgresAudit.append(handle, event("never"));
          handle.rollback();
        });
    append(1);
    assertThat(audit.verify().fault()).isEmpty();
    assertThat(audit.verify().count()).isEqualTo(2);
  }

  @Test
  void writersAtOnceKeepTheChain() throws Exception {
    var pool = Executors.newFixedThreadPool(4);
    List<Future<?>> writers = new ArrayList<>();
    for (int writer = 0; writer < 4; writer++) {
      writers.add(pool.submit(() -> append(25)));
    }
    for (Future<?> writer : writers) {
      writer.get();
    }
    pool.shutdown();
    assertThat(audit.verify().fault()).isEmpty();
    List<Long> ids = new ArrayList<>();
    audit.forEach((AuditRow row) -> ids.add(row.id()));
    assertThat(ids).hasSize(100).isSorted().endsWith(100L);
  }

  @Test
  void aHashThatWasWrittenDownMustStillBeInTheLog() {
    append(3);
    String head = audit.verify().head();
    append(2);
    assertThat(audit.verify(Optional.of(head), read -> {}).fault()).isEmpty();
    assertThat(audit.verify(Optional.of(head), read -> {}).knownAt()).contains(3L);
    // Made anew from the start by who may do everything: a chain without a fault.
    tamper("DELETE FROM keyward.audit");
    tamper("UPDATE keyward.audit_head SET count = 0, hash = ''");
    append(4);
    audit.append(event("another"));
    assertThat(audit.verify().fault()).isEmpty();
    assertThat(audit.verify(Optional.of("ab".repeat(32)), read -> {}).fault())
        .contains("no row has the hash that was written down: the log was cut or made anew");
  }

  @ParameterizedTest
  @CsvSource({
    "zone,EXAMPLE.org,1",
    "zone,example.com.,2",
    "key,label,3",
    "key,4711,3",
    "key,4712,0",
    "token,T2,0",
    "actor,os:*,3",
    "actor,os:alice@host,3",
    "actor,os:alice,3",
    "actor,api:_,0",
    "from,2026-03-01T10:00:00.123456Z,3",
    "from,2026-03-01T10:00:00.123457Z,0",
    "to,2026-03-01T10:00:00.123456Z,0",
    "to,2026-03-02,3"
  })
  void showsWhatTheFilterLetsThrough(String by, String value, int count) {
    append(2);
    database.useTransaction(
        handle ->
            handle.execute(
                "INSERT INTO keyward.audit (at, actor, action, result, zone, key_label, key_tag,"
                    + " detail) SELECT at, actor, action, result, 'example.org.', key_label,"
                    + " key_tag, detail FROM keyward.audit LIMIT 1"));
    AuditFilter filter =
        new AuditFilter(
            only("zone", by, value),
            only("key", by, value),
            only("token", by, value),
            only("actor", by, value),
            only("from", by, value).map(Moments::parse),
            only("to", by, value).map(Moments::parse));
    assertThat(audit.newest(filter, Optional.empty(), 10)).hasSize(count);
    List<Long> ids = new ArrayList<>();
    audit.forEach(filter, row -> ids.add(row.id()));
    assertThat(ids).hasSize(count).isSorted();
    assertThat(audit.newest(filter, Optional.of(1L), 10)).isEmpty();
  }

  private static Optional<String> only(String field, String by, String value) {
    return field.equals(by) ? Optional.of(value) : Optional.empty();
  }

  @Test
  void isExportedAsCsvAndAsJson() {
    audit.append(event("said \"no\", twice"));
    AuditRow row = audit.newest(1).get(0);
    assertThat(AuditFormat.CSV.header().orElseThrow())
        .isEqualTo(
            "id,at,actor,action,result,zone,token_serial,key_label,cka_id,key_tag,detail,hash");
    assertThat(AuditFormat.CSV.line(row))
        .startsWith(
            "1,2026-03-01T10:00:00.123456Z,os:alice@host,ASSIGN,DONE,example.com,,label,,4711,"
                + "\"said \"\"no\"\", twice\",");
    assertThat(AuditFormat.JSONL.line(row))
        .contains("\"token_serial\":null", "\"detail\":\"said \\\"no\\\", twice\"");
  }
}
