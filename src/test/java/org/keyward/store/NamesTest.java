package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.content.ContentException;
import org.keyward.content.RecordType;
import org.keyward.zone.GivenName;
import org.keyward.zone.RecordRow;
import org.keyward.zone.RefusedChangeException;
import org.keyward.zone.ZoneHeader;
import org.xbill.DNS.Name;

/** Names and types that nobody means are refused whichever way they come; others stay possible. */
class NamesTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private static Database database;

  @BeforeAll
  static void create() {
    database = TestDatabase.create();
  }

  @BeforeEach
  void zone() {
    sql("DELETE FROM domains");
    sql("SELECT keyward.create_zone('example.com', ARRAY['ns.example.com'])");
  }

  @AfterAll
  static void close() {
    database.close();
  }

  private void sql(String statement, Object... arguments) {
    database.useTransaction(h -> h.execute(statement, arguments));
  }

  private List<String> texts(String query) {
    return database.inTransaction(h -> h.createQuery(query).mapTo(String.class).list());
  }

  @ParameterizedTest
  @CsvSource({
    "bücher.example, xn--bcher-kva.example",
    "BÜCHER.example, xn--bcher-kva.example",
    "例え。テスト, xn--r8jz45g.xn--zckzah",
    "例え.テスト, xn--r8jz45g.xn--zckzah",
    "пример.испытание., xn--e1afmkfd.xn--80akhbyknj4f",
    "a.bücher-und-töne.example, a.xn--bcher-und-tne-smb3f.example"
  })
  void anInternationalNameIsRefusedWithItsALabel(String name, String inAscii) {
    assertThatThrownBy(() -> GivenName.parse(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("write " + inAscii);
    assertThat(texts("SELECT keyward.name_fault(lower('" + name.replaceFirst("\\.$", "") + "'))"))
        .singleElement()
        .asString()
        .endsWith("write " + inAscii);
  }

  /** Java's IDN would make another name of it: strasse. */
  @Test
  void whatIdnaReadsInTwoWaysIsNotGuessed() {
    assertThatThrownBy(() -> GivenName.parse("straße.example"))
        .hasMessageEndingWith("write the xn-- form of an international name");
    assertThat(texts("SELECT keyward.a_name('straße.example')"))
        .containsExactly("xn--strae-oqa.example");
  }

  /** What a variable without a value becomes; the root zone is not made by mistake. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO domains (name, type) VALUES ('', 'NATIVE')",
        "INSERT INTO domains (name, type) VALUES ('', 'SLAVE')",
        "UPDATE domains SET name = ''",
        "SELECT keyward.create_zone('', ARRAY['ns.example.com'])",
        "SELECT keyward.create_zone(' ', ARRAY['ns.example.com'])"
      })
  void aZoneWithoutANameIsRefused(String statement) {
    assertThatThrownBy(() -> sql(statement)).hasMessageContaining("is empty; the root zone is");
    sql("SELECT keyward.create_zone('.', ARRAY['ns.example.com'])");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-bad-.com", "bad-.com", "x.-bad", "b\\252cher.example"})
  void aZoneOfSuchANameIsRefused(String name) throws Exception {
    assertThatThrownBy(() -> sql("INSERT INTO domains (name, type) VALUES (?, 'NATIVE')", name))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("its name has a");
    assertThatThrownBy(() -> sql("SELECT keyward.create_zone(?, ARRAY['ns.example.com'])", name))
        .isInstanceOf(RefusedChangeException.class);
    Name parsed = GivenName.parse(name);
    assertThatThrownBy(() -> new ZoneEditor(database).create(parsed, List.of()))
        .isInstanceOf(RefusedChangeException.class);
    assertThatCode(() -> sql("INSERT INTO domains (name, type) VALUES (?, 'SLAVE')", name))
        .as("a copy is as its primary has it")
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "_msdcs.example",
        "0/25.2.0.192.in-addr.arpa",
        "0-25.2.0.192.in-addr.arpa",
        "xn--bcher-kva.example",
        "a--b.example",
        "1.example",
        "8.b.d.0.1.0.0.2.ip6.arpa",
        "a\\032b.example"
      })
  void otherNamesStayPossible(String name) {
    assertThatCode(() -> sql("SELECT keyward.create_zone(?, ARRAY['ns.example.com'])", name))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "NS, 192.0.2.1, is an address",
    "NS, 2001:db8::1, is an address",
    "CNAME, 192.0.2.1, is an address",
    "FOO, x, PowerDNS knows no type 'FOO'",
    "TYPE, x, PowerDNS knows no type"
  })
  void aRecordThatNobodyMeansIsRefused(String type, String content, String why) {
    String insert =
        "INSERT INTO records (domain_id, name, type, content, ttl)"
            + " SELECT id, 'a.' || name, ?, ?, 60 FROM domains WHERE name = ?";
    assertThatThrownBy(() -> sql(insert, type, content, "example.com"))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining(why);
    assertThatThrownBy(
            () ->
                sql(
                    "SELECT keyward.replace_rrset('example.com', 'a.example.com', ?, 60, ARRAY[?])",
                    type,
                    content))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining(why);
    Name owner = Name.fromConstantString("a.example.com.");
    assertThatThrownBy(
            () ->
                new ZoneEditor(database)
                    .replace(
                        ZONE, List.of(new RecordRow(0, owner, type, content, 60, 0)), stored -> {}))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining(why);
    sql("INSERT INTO domains (name, type) VALUES ('copy.test', 'SLAVE')");
    assertThatCode(() -> sql(insert, type, content, "copy.test")).doesNotThrowAnyException();
  }

  @Test
  void signaturesAreNotWrittenByHand() {
    assertThatThrownBy(
            () ->
                sql(
                    "SELECT keyward.replace_rrset('example.com', '@', 'rrsig', 60, ARRAY['A 13 2'])"))
        .hasMessageContaining("made by whoever signs the zone");
  }

  /** The one list is in SQL, the other in Java. */
  @Test
  void theTypesAreThoseThatAreRead() {
    List<String> refused =
        Stream.concat(
                IntStream.range(1, 65_536).mapToObj(RecordType::of).map(RecordType::mnemonic),
                Stream.of("OPT", "AXFR", "ANY", "FOO"))
            .filter(name -> !name.startsWith("TYPE"))
            .filter(
                name ->
                    texts("SELECT keyward.meaning_fault('a', '" + name + "', 'x')").get(0)
                        == null
                        != isRead(name))
            .toList();
    assertThat(refused).isEmpty();
  }

  private static boolean isRead(String name) {
    try {
      return RecordType.named(name).number() > 0;
    } catch (ContentException e) {
      return false;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "MX, 10 mail, mail.example.com",
    "MX, 10 @, example.com",
    "MX, 10 mail.example.com, mail.example.com",
    "MX, 10 mail.example.net., mail.example.net",
    "MX, 0 ., .",
    "SRV, 1 2 3 sip, 2 3 sip.example.com",
    "CNAME, www, www.example.com",
    "PTR, host.example.net., host.example.net",
    "AFSDB, 1 afs, 1 afs.example.com",
    "HTTPS, 1 . alpn=h2, 1 . alpn=h2",
    "HTTPS, 1 web alpn=h2, 1 web.example.com alpn=h2",
    "RP, hm.example.org. txt, hm.example.org txt.example.com",
    "NAPTR, '1 2 \"u\" \"a b\" \"\" sip', '1 2 \"u\" \"a b\" \"\" sip.example.com'"
  })
  void contentsAreReadAsInAMasterFile(String type, String content, String stored) {
    sql(
        "SELECT keyward.replace_rrset('example.com', 'a.example.com', ?, 60, ARRAY[?])",
        type,
        content);
    assertThat(texts("SELECT content FROM records WHERE name = 'a.example.com'"))
        .containsExactly(stored);
  }

  @Test
  void aNameThatMayHaveLostItsLastDotIsNotGuessed() {
    assertThatThrownBy(
            () ->
                sql(
                    "SELECT keyward.replace_rrset('example.com', '@', 'MX', 60,"
                        + " ARRAY['10 mx.example.net'])"))
        .hasMessageContaining(
            "the name mx.example.net has no last dot; write mx.example.net. for that name, or"
                + " mx.example.net.example.com. for one in the zone");
  }

  @ParameterizedTest
  @CsvSource({"PRIMARY, MASTER", "primary, MASTER", "SECONDARY, SLAVE", "NATIVE, NATIVE"})
  void theNewWordsForKindsAreStoredAsAllVersionsReadThem(String kind, String stored) {
    sql("INSERT INTO domains (name, type) VALUES ('kind.test', ?)", kind);
    sql("SELECT keyward.create_zone('made.test', ARRAY['ns.example.com'], NULL, ?)", kind);
    sql("UPDATE domains SET type = ? WHERE name = 'example.com'", kind);
    assertThat(texts("SELECT DISTINCT type FROM domains")).containsExactly(stored);
    assertThat(new PostgresZones(database, SigningReader.NONE).headers())
        .extracting(ZoneHeader::kind)
        .containsOnly(ZoneHeader.Kind.valueOf(stored));
  }
}
