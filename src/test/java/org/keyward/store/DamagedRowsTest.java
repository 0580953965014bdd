package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.signing.ParentDs;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SigningStore;
import org.keyward.signing.SoftwareTokens;
import org.keyward.zone.MasterFile;
import org.xbill.DNS.Name;

/** Each column of each table with values that make no sense: what is read of all is read still. */
@Tag("once")
class DamagedRowsTest {
  private static final SigningStore.Terms TERMS =
      new SigningStore.Terms(
          new SigningSchedule(
              Duration.ofDays(3), Duration.ofDays(1), SigningSchedule.DEFAULT_INCEPTION_OFFSET),
          Duration.ofDays(9),
          Duration.ofMinutes(5));

  private static final Map<String, List<String>> VALUES =
      Map.of(
          "text", List.of("''", "'x..y'", "'\u00fc'", "repeat('x', 300)"),
          "character varying", List.of("''", "'x..y'", "'\u00fc'"),
          "integer", List.of("-1", "0", "2147483647"),
          "bigint", List.of("-1", "0", "9223372036854775807", "-9223372036854775808"),
          "double precision", List.of("'NaN'", "'Infinity'", "-1"),
          "timestamp with time zone", List.of("'-infinity'", "'infinity'", "'4713-01-01 BC'"),
          "bytea", List.of("''", "'\\x00'"),
          "ARRAY", List.of("'{}'", "'{NULL}'"),
          "boolean", List.of("true", "false"));

  private final Database database = TestDatabase.create();
  private final Seal seal = new Seal(Secret.of(new byte[32]));

  @BeforeEach
  void fill() throws Exception {
    Signer signer =
        new Signer(
            new PostgresSigning(database, seal, "signer:test"),
            new SoftwareTokens(10_000, "ksk"),
            ParentDs.NOT_ASKED,
            SigningSettings.DEFAULT,
            new DatabaseClock(Clock.systemUTC(), System::nanoTime));
    for (String zone : List.of("one.example.", "two.example.")) {
      String text = "@ 60 IN SOA ns h 10 7200 3600 1209600 300\n@ 60 IN NS ns\n";
      Name origin = Name.fromString(zone);
      new ZoneEditor(database)
          .replace(
              origin,
              MasterFile.read(
                  new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), origin),
              stored -> {});
      new SigningDesk(database)
          .assign(origin, "t", "ksk", Optional.empty(), Optional.empty(), "test", "os:alice");
    }
    for (int idle = 0; idle < 2; ) {
      idle = signer.plan() + Math.max(0, signer.sign("t")) == 0 ? idle + 1 : 0;
    }
    database.useTransaction(DamagedRowsTest::fillTheRest);
  }

  private static void fillTheRest(Handle handle) {
    handle
        .createScript(
            """
            INSERT INTO keyward.parent_view (domain_id, verdict, detail, checked_at)
              SELECT id, 'missing', 'no DS', now() FROM public.domains;
            INSERT INTO keyward.problem (domain_id, name, type, content, reason)
              SELECT id, name, 'A', 'x', 'odd' FROM public.domains;
            INSERT INTO keyward.host_clock (role, host, difference, apart, checked_at)
              VALUES ('server', 'h', 90, true, now());
            INSERT INTO keyward.removed_zone (zone, removed_by, reason, ds)
              VALUES ('gone.example', 'os:x', 'test', '7');
            INSERT INTO keyward.finding (kind, subject, severity, message, todo, first_seen)
              VALUES ('row-left-out', 's', 'warning', 'm', 't', now());
            """)
        .execute();
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void areNoReasonNotToReadTheOthers() {
    List<String> failures = new ArrayList<>();
    int tried = 0;
    for (Map<String, Object> column : columns()) {
      List<String> values = new ArrayList<>(VALUES.getOrDefault(column.get("type"), List.of()));
      values.add("NULL");
      for (String value : values) {
        String damage =
            "UPDATE %s SET %s = %s".formatted(column.get("tab"), column.get("col"), value);
        tried += readsAfter(damage, failures) ? 1 : 0;
      }
    }
    assertThat(tried).isGreaterThan(300);
    assertThat(failures).isEmpty();
  }

  private List<Map<String, Object>> columns() {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT format('%I.%I', c.table_schema, c.table_name) AS tab,
                      quote_ident(c.column_name) AS col, c.data_type AS type
                    FROM information_schema.columns c JOIN information_schema.tables t
                      USING (table_schema, table_name)
                    WHERE c.table_schema IN ('public', 'keyward') AND t.table_type = 'BASE TABLE'
                      AND c.is_identity = 'NO' AND c.table_name NOT LIKE 'flyway%'
                    ORDER BY 1, 2
                    """)
                .mapToMap()
                .list());
  }

  /** False where the database itself refuses the value. */
  private boolean readsAfter(String damage, List<String> failures) {
    try (Handle handle = database.jdbi().open()) {
      handle.begin();
      try {
        handle.execute("SET LOCAL session_replication_role = replica");
        if (handle.execute(damage) == 0) {
          handle.rollback();
          return false;
        }
      } catch (JdbiException e) {
        handle.rollback();
        return false;
      }
      try {
        readAll(handle);
      } catch (RuntimeException e) {
        failures.add(damage + ": " + e);
      }
      handle.rollback();
      return true;
    }
  }

  private void readAll(Handle handle) {
    Instant now = Instant.now();
    FindingFacts.read(handle, now, Duration.ofDays(60), 100);
    ParentTable.toAsk(handle, now, Duration.ofHours(1), Duration.ofMinutes(5), 100);
    RemovedZones.toAsk(handle, now, 100);
    SigningWorkTable.toPlan(handle, now.plus(Duration.ofDays(20)), 100);
    AssignmentTable.leavingDue(handle, now, 100);
    TermsTable.follow(handle, Map.of("default", TERMS), true, now, 100);
    new SignedZoneReader(seal, Clock.systemUTC())
        .read(handle, Map.of(1, name("one"), 2, name("two")));
  }

  private static Name name(String label) {
    return Name.fromConstantString(label + ".example.");
  }
}
