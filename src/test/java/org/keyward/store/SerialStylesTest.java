package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** docs/decisions/0010-serial-styles.md. */
@Tag("once")
class SerialStylesTest {
  private final Database database = TestDatabase.create();

  @AfterEach
  void close() {
    database.close();
  }

  @ParameterizedTest
  @CsvSource({
    // style, before, at, after
    "COUNTER,1,2026-11-25T10:00:00Z,2",
    "COUNTER,2026112599,2026-11-25T10:00:00Z,2026112600",
    "COUNTER,4294967295,2026-11-25T10:00:00Z,1",
    "DATE,2026112401,2026-11-25T10:00:00Z,2026112501",
    "DATE,2026112500,2026-11-25T10:00:00Z,2026112501",
    "DATE,2026112501,2026-11-25T10:00:00Z,2026112502",
    // Past 99: into the next day's numbers, and on from there the next day.
    "DATE,2026112598,2026-11-25T10:00:00Z,2026112599",
    "DATE,2026112599,2026-11-25T10:00:00Z,2026112600",
    "DATE,2026112600,2026-11-25T10:00:00Z,2026112601",
    "DATE,2026112601,2026-11-26T10:00:00Z,2026112602",
    "DATE,2026112602,2026-11-27T10:00:00Z,2026112701",
    "DATE,2026123199,2026-12-31T23:59:59Z,2026123200",
    // The day is that of UTC.
    "DATE,2026112401,2026-11-25T00:00:00Z,2026112501",
    "DATE,2026112401,2026-11-24T23:59:59Z,2026112402",
    // From a counter: at once if the date is ahead, else one more.
    "DATE,17,2026-11-25T10:00:00Z,2026112501",
    "DATE,4173596150,2026-11-25T10:00:00Z,2026112501",
    "DATE,4173596149,2026-11-25T10:00:00Z,4173596150",
    "DATE,4294967295,2026-11-25T10:00:00Z,2026112501",
    "EPOCH,1,2026-11-25T10:00:00Z,1795600800",
    "EPOCH,1795600799,2026-11-25T10:00:00Z,1795600800",
    "EPOCH,1795600800,2026-11-25T10:00:00Z,1795600801",
    "EPOCH,2026112501,2026-11-25T10:00:00Z,2026112502",
    "EPOCH,4294967290,2106-02-07T06:28:26Z,10"
  })
  void theNextSerial(String style, long before, Instant at, long after) {
    long next =
        database
            .jdbi()
            .withHandle(
                h ->
                    h.createQuery("SELECT keyward.next_serial(:before, :style, :at)")
                        .bind("before", before)
                        .bind("style", style)
                        .bind("at", at.atOffset(ZoneOffset.UTC))
                        .mapTo(Long.class)
                        .one());
    assertThat(next).isEqualTo(after);
    assertThat((int) next - (int) before).as("ahead, by RFC 1982").isPositive();
  }

  private void createZone(long serial, String type) {
    sql("INSERT INTO domains (name, type) VALUES ('example.com', '" + type + "')");
    sql(
        "INSERT INTO records (domain_id, name, type, content, ttl)"
            + " VALUES (1, 'example.com', 'SOA', 'ns.x  h.x "
            + serial
            + " 2 3 4 5', 60)");
  }

  private void metadata(String kind, String content) {
    sql(
        "INSERT INTO domainmetadata (domain_id, kind, content) VALUES (1, '"
            + kind
            + "', '"
            + content
            + "')");
  }

  private void sql(String statements) {
    database.useTransaction(h -> h.execute(statements));
  }

  private long serial() {
    return database
        .jdbi()
        .withHandle(h -> h.createQuery("SELECT keyward.serial_of(1)").mapTo(Long.class).one());
  }

  private static final String ONE =
      "INSERT INTO records (domain_id, name, type, content, ttl)"
          + " VALUES (1, 'a.example.com', 'A', '192.0.2.1', 60)";

  private static long today() {
    return Long.parseLong(
            LocalDate.now(ZoneOffset.UTC).format(DateTimeFormatter.ofPattern("yyyyMMdd")))
        * 100;
  }

  @ParameterizedTest
  @CsvSource({
    "X-KEYWARD-SERIAL,DATE,DATE",
    "X-KEYWARD-SERIAL,date,DATE",
    "X-KEYWARD-SERIAL,EPOCH,EPOCH",
    "X-KEYWARD-SERIAL,COUNTER,COUNTER",
    "SOA-EDIT-API,DEFAULT,DATE",
    "SOA-EDIT-API,EPOCH,EPOCH",
    "SOA-EDIT-API,INCREASE,COUNTER",
    "SOA-EDIT-API,SOA-EDIT-INCREASE,COUNTER",
    "SOA-EDIT,EPOCH,COUNTER"
  })
  void theStyleIsThatOfTheMetadata(String kind, String content, String style) {
    createZone(17, "NATIVE");
    metadata(kind, content);
    long day = today();
    long second = Instant.now().getEpochSecond();
    sql(ONE);
    switch (style) {
      case "DATE" -> assertThat(serial()).isBetween(day + 1, today() + 1);
      case "EPOCH" -> assertThat(serial()).isBetween(second, Instant.now().getEpochSecond());
      default -> assertThat(serial()).isEqualTo(18);
    }
  }

  @Test
  void itsOwnKindGoesBeforePowerDnsOnes() {
    createZone(17, "NATIVE");
    metadata("SOA-EDIT-API", "DEFAULT");
    metadata("X-KEYWARD-SERIAL", "COUNTER");
    sql(ONE);
    assertThat(serial()).isEqualTo(18);
  }

  @Test
  void aCounterTurnsIntoADateAndBackWithoutGoingBack() {
    createZone(17, "NATIVE");
    sql(ONE);
    assertThat(serial()).isEqualTo(18);
    metadata("X-KEYWARD-SERIAL", "DATE");
    assertThat(serial()).as("metadata alone moves nothing").isEqualTo(18);
    sql("UPDATE records SET ttl = 61 WHERE type = 'A'");
    long dated = serial();
    assertThat(dated).isGreaterThan(today());
    sql("UPDATE domainmetadata SET content = 'EPOCH'");
    sql("UPDATE records SET ttl = 62 WHERE type = 'A'");
    assertThat(serial()).as("the time is behind the date").isEqualTo(dated + 1);
    sql("UPDATE domainmetadata SET content = 'COUNTER'");
    sql("UPDATE records SET ttl = 63 WHERE type = 'A'");
    assertThat(serial()).isEqualTo(dated + 2);
  }

  @Test
  void oncePerTransactionAndZoneInEveryStyle() {
    createZone(17, "NATIVE");
    metadata("X-KEYWARD-SERIAL", "DATE");
    database.useTransaction(
        h -> {
          h.execute(ONE);
          h.execute("UPDATE records SET ttl = 61 WHERE type = 'A'");
          h.execute("DELETE FROM records WHERE type = 'A'");
        });
    assertThat(serial() % 100).isEqualTo(1);
    database.useTransaction(
        h -> {
          h.execute(ONE);
          h.execute("UPDATE records SET ttl = 61 WHERE type = 'A'");
        });
    assertThat(serial() % 100).isEqualTo(2);
  }

  @Test
  void notWhenTheTransactionSetsIt() {
    createZone(17, "NATIVE");
    metadata("X-KEYWARD-SERIAL", "DATE");
    sql(ONE + "; UPDATE records SET content = 'ns.x h.x 99 2 3 4 5' WHERE type = 'SOA'");
    assertThat(serial()).isEqualTo(99);
  }

  @Test
  void notInACopyFromAnotherServer() {
    createZone(17, "SLAVE");
    metadata("X-KEYWARD-SERIAL", "DATE");
    sql(ONE);
    assertThat(serial()).isEqualTo(17);
  }

  @Test
  void aSerialThatIsSetBackStaysWithAWarning() throws Exception {
    createZone(17, "NATIVE");
    assertThat(warning("UPDATE records SET content = 'ns.x h.x 9 2 3 4 5' WHERE type = 'SOA'"))
        .isEqualTo(
            "zone example.com: its serial goes back from 17 to 9; secondaries will not fetch it"
                + " until it is beyond 17");
    assertThat(serial()).isEqualTo(9);
    assertThat(warning("UPDATE records SET content = 'ns.x h.x 10 2 3 4 5' WHERE type = 'SOA'"))
        .isNull();
  }

  private String warning(String statement) throws Exception {
    try (Connection connection = database.dedicatedConnection();
        Statement run = connection.createStatement()) {
      run.execute(statement);
      SQLWarning warning = run.getWarnings();
      return warning == null ? null : warning.getMessage();
    }
  }

  @Test
  void noOtherStyleIsTaken() {
    createZone(17, "NATIVE");
    assertThatThrownBy(() -> metadata("X-KEYWARD-SERIAL", "YYYYMMDDnn"))
        .hasMessageContaining(
            "zone example.com: X-KEYWARD-SERIAL cannot be 'YYYYMMDDnn'; write COUNTER, DATE or"
                + " EPOCH");
  }
}
