package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordChecksTest {
  private Database database;

  @BeforeEach
  void createZone() {
    database = TestDatabase.create();
    database.useTransaction(
        h -> h.execute("INSERT INTO domains (name, type) VALUES ('example.com', 'NATIVE')"));
    insert("example.com", "SOA", "ns.example.com hostmaster.example.com 1 2 3 4 5", null);
    insert("alias.example.com", "CNAME", "www.example.com", null);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private void insert(String name, String type, String content, Integer prio) {
    database.useTransaction(
        h ->
            h.execute(
                "INSERT INTO records (domain_id, name, type, content, ttl, prio)"
                    + " VALUES (1, ?, ?, ?, 60, ?)",
                name,
                type,
                content,
                prio));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "a.example.com | A | 192.0.2.256 | | IPv4",
        "a.example.com | AAAA | 192.0.2.1 | | IPv6",
        "a.example.com | AAAA | nonsense | | IPv6",
        "a.example.com | MX | mail.example.com | | column prio",
        "a.example.com | MX | 10 mail.example.com | 10 | column prio",
        "a.example.com | TXT | no quotes | | quotes",
        "a.example.org | A | 192.0.2.1 | | outside the zone",
        "badexample.com | A | 192.0.2.1 | | outside the zone",
        "alias.example.com | A | 192.0.2.1 | | CNAME beside other",
        "example.com | SOA | ns.x h.x 1 2 3 4 5 | | SOA records",
        "a.example.com | SOA | ns.x h.x 1 2 3 4 5 | | belongs to the zone"
      })
  void refusesWithTheFix(String name, String type, String content, Integer prio, String fix) {
    assertThatThrownBy(() -> insert(name, type, content, prio))
        .hasMessageContaining("zone ")
        .hasMessageContaining(fix);
  }

  @Test
  void takesWhatPowerDnsItselfWrites() {
    assertThatCode(
            () -> {
              insert("ent.example.com", null, null, null);
              insert("txt.example.com", "TXT", "\"one\" \"two\"", 0);
              insert("mx.example.com", "MX", "mail.example.com", 10);
              insert("_s._tcp.example.com", "SRV", "1 5060 mail.example.com", 0);
              insert("*.example.com", "LUA", "A \"ifportup(443, {'192.0.2.1'})\"", 0);
              insert("v6.example.com", "AAAA", "2001:db8::1", 0);
            })
        .doesNotThrowAnyException();
  }

  @Test
  void aTransactionMayReplaceAnAliasInAnyOrder() {
    assertThatCode(
            () ->
                database.useTransaction(
                    h -> {
                      h.execute(
                          "INSERT INTO records (domain_id, name, type, content, ttl)"
                              + " VALUES (1, 'alias.example.com', 'A', '192.0.2.1', 60)");
                      h.execute("DELETE FROM records WHERE type = 'CNAME'");
                    }))
        .doesNotThrowAnyException();
  }
}
