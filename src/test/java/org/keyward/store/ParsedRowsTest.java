package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What PowerDNS would end at is refused when it is written, and what it takes is not. */
@Tag("once")
class ParsedRowsTest {
  private static Database database;

  @BeforeAll
  static void createZone() {
    database = TestDatabase.create();
    run("INSERT INTO domains (name, type) VALUES ('example.com', 'NATIVE')");
  }

  @AfterAll
  static void close() {
    database.close();
  }

  private static void run(String sql) {
    TestDatabase.jdbi(database).useHandle(h -> h.execute(sql));
  }

  @AfterEach
  void clean() {
    run("UPDATE domains SET master = NULL, catalog = NULL, options = NULL");
    run("TRUNCATE domainmetadata, tsigkeys, supermasters, comments");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "UPDATE domains SET master = 'primary.example.net' | zone example.com: its primary"
            + " 'primary.example.net' is no address; write 192.0.2.1,",
        "UPDATE domains SET master = '192.0.2.1, 192.0.2.1:99999' | '192.0.2.1:99999' is no address",
        "UPDATE domains SET master = '192.0.2.300' | is no address",
        "UPDATE domains SET master = '192.0.2.0/24' | is no address",
        "UPDATE domains SET master = '[2001:db8::1' | is no address",
        "UPDATE domains SET master = 'fe80::1%eth0' | is no address",
        "UPDATE domains SET id = -7 | leave the id out",
        "UPDATE domains SET notified_serial = -1 | from 0 to 4294967295",
        "UPDATE domains SET catalog = 'x..y' | has an empty label",
        "UPDATE domains SET options = '{broken' | its options are no JSON",
        "ALLOW-AXFR-FROM nobody | cannot be 'nobody': write an address, a prefix like 192.0.2.0/24,",
        "ALLOW-AXFR-FROM 192.0.2.0/33 | or AUTO-NS, each in a row of its own",
        "ALLOW-DNSUPDATE-FROM 192.0.2.0/24,10.0.0.0/8 | each in a row of its own",
        "ALSO-NOTIFY ns1.example.net | not a name",
        "AXFR-SOURCE nobody | not a name",
        "AXFR-MASTER-TSIG a..b | write the name of a TSIG key; this one has an empty label",
        "TSIG-ALLOW-AXFR . | is missing",
        "PUBLISH-CDS sha256 | write the digest types 2 (SHA-256)",
        "NSEC3PARAM 1 0 70000 - | write 1 0 0 -",
        "NSEC3PARAM 1 0 0 xyz | write 1 0 0 -",
        "INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('k', 'hmac-none', 'AAAA') | PowerDNS"
            + " has no algorithm 'hmac-none'; write hmac-sha256",
        "INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('k', 'hmac-sha256', '***') | is no"
            + " base64",
        "INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('k', 'hmac-sha256', '') | has no"
            + " secret",
        "INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('a..b', 'hmac-sha256', 'AA==') | has"
            + " an empty label",
        "INSERT INTO cryptokeys (domain_id, flags, content) VALUES (1, 257, 'garbage') | zone"
            + " example.com: the key cannot be used: it is no private key in BIND's format",
        "INSERT INTO supermasters (ip, nameserver, account) VALUES ('192.0.2.0/24', 'n.example', '')"
            + " | more than one address",
        "INSERT INTO comments (domain_id, name, type, modified_at, comment) VALUES (1, 'a..b', 'A',"
            + " 0, 'x') | has an empty label"
      })
  void whatPowerDnsCannotReadIsRefused(String sql, String reason) {
    assertThatThrownBy(() -> run(asSql(sql))).hasMessageContaining(reason.strip());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE domains SET master = '192.0.2.1'",
        "UPDATE domains SET master = '192.0.2.1:5300, 2001:db8::1 [2001:db8::2]:53;'",
        "UPDATE domains SET master = ' [::1],::ffff:192.0.2.1'",
        "UPDATE domains SET master = 'fe80::1%2'",
        "UPDATE domains SET master = ''",
        "UPDATE domains SET master = NULL, catalog = 'catalog.example', options = '{\"a\":1}'",
        "UPDATE domains SET notified_serial = 4294967295, last_check = 0, account = 'me'",
        "ALLOW-AXFR-FROM 192.0.2.1",
        "ALLOW-AXFR-FROM 2001:db8::/32",
        "ALLOW-AXFR-FROM auto-ns",
        "ALLOW-DNSUPDATE-FROM !0.0.0.0/0",
        "ALSO-NOTIFY [2001:db8::1]:5300",
        "AXFR-SOURCE 2001:db8::1",
        "AXFR-MASTER-TSIG Key.example.",
        "PUBLISH-CDS 2, 4",
        "PUBLISH-CDS 0",
        "NSEC3PARAM 1 1 5 ab12",
        "NSEC3PARAM 1 0 65535 -",
        "X-OWN whatever it is",
        "SOA-EDIT-API DEFAULT",
        "INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('k', 'hmac-md5.sig-alg.reg.int', 'AAAA')",
        "INSERT INTO supermasters (ip, nameserver, account) VALUES ('2001:db8::1', 'n.example', '')",
        "INSERT INTO comments (domain_id, name, type, modified_at, comment) VALUES (1, 'example.com',"
            + " 'A', 0, 'x')"
      })
  void whatItTakesIsTaken(String sql) {
    assertThatCode(() -> run(asSql(sql.replace(";", "")))).doesNotThrowAnyException();
  }

  private static String asSql(String sql) {
    if (sql.contains("domains SET") || sql.startsWith("INSERT")) {
      return sql;
    }
    String[] metadata = sql.split(" ", 2);
    return "INSERT INTO domainmetadata (domain_id, kind, content) VALUES (1, '"
        + metadata[0]
        + "', '"
        + metadata[1].strip()
        + "')";
  }

  /** PowerDNS notes what it has transferred in the same row, and ends where it cannot. */
  @Test
  void aRowThatWasThereBeforeCanStillBeWrittenTo() {
    TestDatabase.jdbi(database)
        .useTransaction(
            h -> {
              h.execute("SET LOCAL session_replication_role = replica");
              h.execute("UPDATE domains SET master = 'a.example', catalog = 'x..y', options = '{'");
              h.execute(
                  "INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('k', 'x..y', 'AA')");
            });

    run("UPDATE domains SET notified_serial = 7, last_check = 8");

    List<String> findings =
        TestDatabase.jdbi(database)
            .withHandle(
                h ->
                    h.createQuery(
                            "SELECT message FROM keyward.findings WHERE kind = 'row-left-out'")
                        .mapTo(String.class)
                        .list());
    assertThat(findings)
        .singleElement()
        .asString()
        .contains("the TSIG key 'k' is left out: PowerDNS has no algorithm 'x..y'");
  }
}
