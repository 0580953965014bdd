package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.ZoneMemory;
import org.xbill.DNS.Name;

@Tag("once")
class RecordChecksTest {
  private static final List<String> ADOPTED =
      List.of("domains", "records", "domainmetadata", "cryptokeys", "tsigkeys");

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
      quoteCharacter = '`',
      maxCharsPerColumn = 9999,
      value = {
        "a.example.com | A | 192.0.2.256 | | '192.0.2.256' is no IPv4 address; write four numbers"
            + " like 192.0.2.1",
        "a.example.com | AAAA | 192.0.2.1 | | '192.0.2.1' is no IPv6 address; write it like"
            + " 2001:db8::1",
        "a.example.com | AAAA | nonsense | | 'nonsense' is no IPv6 address; write it like"
            + " 2001:db8::1",
        "a.example.com | AAAA | 2001:db8::/32 | | '2001:db8::/32' is no IPv6 address; write it like"
            + " 2001:db8::1",
        "a.example.com | MX | mail.example.com | | it has no preference; put a number from 0 to"
            + " 65535 into the column prio",
        "a.example.com | MX | mail.example.com | 70000 | it has no preference; put a number from 0"
            + " to 65535 into the column prio",
        "a.example.com | MX | 10 mail.example.com | 10 | its content has a space; put the"
            + " preference into the column prio and only the name into content",
        "a.example.com | MX | mail..example.com | 10 | the name 'mail..example.com' has an empty"
            + " label; take out the dot that is too many",
        "_s._tcp.example.com | SRV | 10 5 5060 sip.example.com | 10 | its content is not 'weight"
            + " port target'; the priority goes into the column prio",
        "_s._tcp.example.com | SRV | 5 70000 sip.example.com | 10 | its weight or port is too"
            + " large; write numbers from 0 to 65535",
        "_s._tcp.example.com | SRV | 5 5060 sip.example.com | | it has no priority; put a number"
            + " from 0 to 65535 into the column prio",
        "_s._tcp.example.com | SRV | 5 5060 s..example.com | 1 | the name 's..example.com' has an"
            + " empty label; take out the dot that is too many",
        "a.example.com | TXT | \"no end | | a quote is missing in \"no end; write the text with"
            + " double quotes around it, and a backslash before those that belong to it",
        "a.example.com | CNAME | two names | | 'two names' is not one name; write one, without"
            + " spaces",
        "a.example.com | NS | .ns.example.com | | the name '.ns.example.com' has an empty label;"
            + " take out the dot that is too many",
        "a.example.com | a | 192.0.2.1 | | its type is not in upper case; write A",
        "a.example.com | A | `` | | it has no content; give it some, or delete the row",
        "a.example.com | A | | | it has no content; give it some, or delete the row",
        "www | A | 192.0.2.1 | | its name is outside the zone; write www.example.com, the whole"
            + " name without trailing dot",
        "badexample.com | A | 192.0.2.1 | | its name is outside the zone; write"
            + " badexample.com.example.com, the whole name without trailing dot",
        "a.example.com. | A | 192.0.2.1 | | its name ends with a dot; leave the dot out",
        "A.example.com | A | 192.0.2.1 | | its name has upper-case letters; write a.example.com",
        "a b.example.com | A | 192.0.2.1 | | its name has a space; take it out, or write it \\032"
            + " if it belongs there",
        "bücher.example.com | A | 192.0.2.1 | | its name has a character outside ASCII; write"
            + " xn--bcher-kva.example.com",
        "a..example.com | A | 192.0.2.1 | | its name has an empty label; take out the dot that is"
            + " too many",
        "a\\300.example.com | A | 192.0.2.1 | | its name has an escape beyond \\255; write the"
            + " byte's value as three digits",
        "a234567890123456789012345678901234567890123456789012345678901234.example.com | A |"
            + " 192.0.2.1 | | its name has a label of 64 characters; shorten it to 63 or fewer",
        "example.com | SOA | ns.x h.x 1 2 3 4 | | its content is not 'primary hostmaster serial"
            + " refresh retry expire minimum'; write two names and five numbers of at most ten"
            + " digits",
        "example.com | SOA | ns.x h.x 4294967296 2 3 4 5 | | its serial 4294967296 is too large;"
            + " write one up to 4294967295",
        "a.example.com | SOA | ns.x h.x 1 2 3 4 5 | | an SOA belongs to the zone itself; name it"
            + " example.com"
      })
  void refusesWithZoneRecordAndFix(
      String name, String type, String content, Integer prio, String fix) {
    assertThatThrownBy(() -> insert(name, type, content, prio))
        .hasMessage(
            "the database refused: zone example.com: the record %s %s cannot be served: %s",
            name, type, fix);
  }

  @Test
  void refusesAnAddressOfNoTime() {
    assertThatThrownBy(
            () ->
                sql(
                    "INSERT INTO records (domain_id, name, type, content, ttl)"
                        + " VALUES (1, 'a.example.com', 'A', '192.0.2.1', -1)"))
        .hasMessageContaining(
            "zone example.com: the record a.example.com A cannot be served: its TTL is negative;"
                + " give seconds, for example 3600");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "alias.example.com | A | 192.0.2.1 | zone example.com: alias.example.com has a CNAME beside"
            + " other records (A): keep either the CNAME alone or the others",
        "alias.example.com | CNAME | w.example.com | zone example.com: alias.example.com would have"
            + " 2 CNAME records: update the one that it has, or delete it first",
        "example.com | SOA | ns.x h.x 1 2 3 4 5 | zone example.com: example.com would have 2 SOA"
            + " records: update the one that it has"
      })
  void refusesWhatDoesNotGoTogether(String name, String type, String content, String message) {
    assertThatThrownBy(() -> insert(name, type, content, null))
        .hasMessage("the database refused: " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "Example.net | NATIVE | the zone Example.net cannot be served: its name has upper-case"
            + " letters; write example.net",
        "example.net. | NATIVE | the zone example.net. cannot be served: its name ends with a dot;"
            + " leave the dot out",
        "example.net | LEADER | the zone example.net cannot be of type LEADER; write NATIVE,"
            + " PRIMARY, SECONDARY, PRODUCER or CONSUMER"
      })
  void refusesZonesWithTheFix(String name, String type, String message) {
    assertThatThrownBy(() -> sql("INSERT INTO domains (name, type) VALUES (?, ?)", name, type))
        .hasMessageContaining(message);
  }

  @Test
  void refusesARecordOfAZoneThatIsNotThere() {
    assertThatThrownBy(
            () ->
                sql(
                    "INSERT INTO records (domain_id, name, type, content, ttl)"
                        + " VALUES (99, 'a.example.org', 'A', '192.0.2.1', 60)"))
        .hasMessageContaining(
            "the record a.example.org A has the domain_id 99, and there is no such zone; take the"
                + " id from domains, or create the zone with keyward.create_zone");
  }

  private void sql(String statement, Object... arguments) {
    database.useTransaction(h -> h.execute(statement, arguments));
  }

  /** Rows as they are found in databases that were adopted. */
  private void bringInUnchecked() {
    database.useTransaction(
        h -> {
          ADOPTED.forEach(table -> h.execute("ALTER TABLE " + table + " DISABLE TRIGGER USER"));
          h.execute(
              """
              INSERT INTO domains (name, type) VALUES ('broken.test', 'NATIVE'), ('number.test', 'NATIVE'),
                ('no..name.test', 'WHAT');
              INSERT INTO domainmetadata (domain_id, kind, content) VALUES (2, 'NSEC3PARAM', 'nonsense'),
                (2, NULL, 'x'), (2, 'X-KEYWARD-SERIAL', NULL), (3, 'X-KEYWARD-SERIAL', 'nonsense');
              INSERT INTO cryptokeys (domain_id, flags, active, published, content)
                VALUES (3, 257, NULL, NULL, NULL), (3, -1, true, true, 'no key');
              INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('key', NULL, NULL), (NULL, 'x', 'y');
              INSERT INTO records (domain_id, name, type, content, ttl, prio) VALUES
                (2, 'broken.test', 'SOA', 'ns.x h.x 7 2 3', 60, 0),
                (2, 'broken.test', 'SOA', 'ns.x h.x 8 2 3 4 5', 60, 0),
                (2, 'broken.test', 'NS', 'ns.x', 60, 0),
                (2, 'a.broken.test', 'A', 'no address', 60, 0),
                (2, 'outside.test', 'A', '192.0.2.1', 60, 0),
                (2, 'two.broken.test', 'CNAME', 'a.test', 60, 0),
                (2, 'two.broken.test', 'A', '192.0.2.1', 60, 0),
                (2, 'empty..broken.test', 'A', '192.0.2.1', 60, 0),
                (2, NULL, 'A', '192.0.2.1', 60, 0),
                (2, 'null.broken.test', 'A', '192.0.2.1', NULL, NULL),
                (2, 'null.broken.test', 'MX', 'mail.test', NULL, NULL),
                (2, 'null.broken.test', 'TXT', NULL, 60, 0),
                (2, 'null.broken.test', NULL, 'x', 60, 0),
                (2, 'ttl.broken.test', 'A', '192.0.2.1', -60, -1),
                (2, 'type.broken.test', 'WHAT', 'x', 60, 0),
                (NULL, 'nowhere.test', 'A', '192.0.2.1', 60, 0),
                (4, 'no..name.test', 'A', '192.0.2.1', 60, 0),
                (3, 'number.test', 'SOA', 'ns.x h.x 99999999999999999999999 2 3 4 5', 60, 0),
                (3, 'number.test', 'NS', 'ns.x', 60, 0)
              """);
          ADOPTED.forEach(table -> h.execute("ALTER TABLE " + table + " ENABLE TRIGGER USER"));
        });
  }

  @Test
  void whatWasBrokenBeforeStopsNothing() {
    bringInUnchecked();
    sql(
        "INSERT INTO records (domain_id, name, type, content, ttl) VALUES (2, 'new.broken.test',"
            + " 'A', '192.0.2.1', 60), (3, 'new.number.test', 'A', '192.0.2.1', 60)");
    sql("UPDATE records SET ttl = 300 WHERE domain_id IN (2, 3)");
    sql("UPDATE records SET content = '192.0.2.9' WHERE name = 'a.broken.test'");
    sql("DELETE FROM records WHERE name = 'outside.test'");

    PostgresZones zones = new PostgresZones(database, SigningReader.NONE);
    assertThat(zones.headers()).hasSize(3);
    LoadedZones loaded = new LoadedZones(zones, zones, Clock.systemUTC(), ZoneMemory.ofHeap());
    loaded.loadAll();
    for (String name : List.of("new.broken.test.", "a.broken.test.", "new.number.test.")) {
      Name owner = Name.fromConstantString(name);
      assertThat(loaded.byOrigin(new Name(owner, 1)).orElseThrow().lookup(owner))
          .as(name)
          .isPresent();
    }
    List<String> problems =
        database
            .jdbi()
            .withHandle(
                h -> h.createQuery("SELECT name FROM keyward.problems").mapTo(String.class).list());
    assertThat(problems).anyMatch(name -> name.contains("two.broken.test"));
    assertThat(new ZoneSurroundings(database).unreadableZones()).containsExactly("no..name.test");
    assertThat(
            new ZonesToCheck(database)
                .find(Name.fromConstantString("broken.test."))
                .orElseThrow()
                .unreadable())
        .extracting(RecordProblem::owner)
        .contains("empty..broken.test", "null");
  }

  @Test
  void aRowMayNotBecomeBroken() {
    insert("a.example.com", "A", "192.0.2.1", null);
    assertThatThrownBy(() -> sql("UPDATE records SET content = 'x' WHERE name = 'a.example.com'"))
        .hasMessageContaining("zone example.com: the record a.example.com A cannot be served");
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
