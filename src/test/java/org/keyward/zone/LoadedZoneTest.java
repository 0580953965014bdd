package org.keyward.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.clock.MovedClock;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.dnssec.FormattedTime;
import org.xbill.DNS.Name;

class LoadedZoneTest {
  private static final Name ORIGIN = Name.fromConstantString("example.com.");
  private static final String ZONE =
      """
      @ 3600 IN SOA ns hostmaster 1 7200 3600 1209600 300
      @ 3600 IN NS ns
      @ 300 IN MX 10 Mail
      ns 300 IN A 192.0.2.1
      Mail 300 IN AAAA 2001:db8::1
      *.wild 300 IN TXT "anything" "two strings"
      a.b.empty 300 IN A 192.0.2.2
      secure 300 IN NS ns.secure
      secure 300 IN DS 1 13 2 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
      ns.secure 300 IN A 192.0.2.3
      insecure 300 IN NS ns.insecure
      ns.insecure 300 IN A 192.0.2.4
      below.ns.insecure 300 IN A 192.0.2.5
      ns.glue.insecure 300 IN A 192.0.2.6
      other 300 IN DNAME example.net.
      alias 300 IN CNAME Mail
      space\\032name 300 IN TXT "escaped"
      _sip._tcp 300 IN SRV 1 2 5060 Mail
      """;

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  private static List<RecordRow> rows(String text) throws IOException {
    return MasterFile.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), ORIGIN);
  }

  private static LoadedZone signed(Name origin, List<RecordRow> rows, Clock clock) {
    return new LoadedZone(
        SignedZones.zone(
            origin, rows, Optional.of(SignedZones.signing(origin, Clock.systemUTC(), 5))),
        clock);
  }

  private static Name name(String relative) throws IOException {
    return Name.fromString(relative, ORIGIN);
  }

  @Test
  void aSmallZoneVerifies(@TempDir Path dir) throws Exception {
    ZoneVerifiers.verify(signed(ORIGIN, rows(ZONE), Clock.systemUTC()), dir);
  }

  @Test
  void theRootZoneVerifies(@TempDir Path dir) throws Exception {
    try (InputStream in = getClass().getResourceAsStream("/demo/root-2020-11-27.zone")) {
      ZoneVerifiers.verify(
          signed(Name.root, MasterFile.read(in, Name.root), Clock.systemUTC()), dir);
    }
  }

  @Test
  void aChangedZoneVerifiesAndIsLikeOneLoadedAnew(@TempDir Path dir) throws Exception {
    List<RecordRow> before = rows(ZONE);
    LoadedZone zone = signed(ORIGIN, before, Clock.systemUTC());
    // Signatures exist, so that stale ones would show.
    assertThat(zone.list().toList()).isNotEmpty();
    List<RecordRow> added =
        rows("new.sub 300 IN A 192.0.2.9\nns.insecure 300 IN NS x\nMail 60 IN A 192.0.2.8\n");
    List<RecordRow> after = new ArrayList<>(before);
    Set<Name> touched = Set.of(name("new.sub"), name("ns.insecure"), name("mail"), name("secure"));
    after.removeIf(row -> row.owner().equals(name0("secure")));
    after.addAll(added);

    zone = zone.with(touched, after.stream().filter(row -> touched.contains(row.owner())).toList());

    ZoneVerifiers.verify(zone, dir);
    assertThat(unsigned(zone)).isEqualTo(unsigned(signed(ORIGIN, after, Clock.systemUTC())));
  }

  private static Name name0(String relative) {
    return Name.fromConstantString(relative + "." + ORIGIN);
  }

  private static List<AnswerRow> unsigned(LoadedZone zone) {
    return zone.list()
        .filter(row -> !row.type().equals("RRSIG") && !row.type().equals("DNSKEY"))
        .sorted(java.util.Comparator.comparing(AnswerRow::toString))
        .toList();
  }

  @Test
  void authorityComesFromTheNames() throws Exception {
    LoadedZone zone = signed(ORIGIN, rows(ZONE), Clock.systemUTC());
    assertThat(zone.lookup(name("ns.secure")).orElseThrow().rows())
        .isNotEmpty()
        .noneMatch(AnswerRow::auth);
    assertThat(zone.lookup(name("secure")).orElseThrow().rows())
        .filteredOn(AnswerRow::auth)
        .extracting(AnswerRow::type)
        .containsExactly("DS");
    assertThat(zone.lookup(name("b.EMPTY")).orElseThrow().rows())
        .containsExactly(new AnswerRow(name("b.empty"), "", "", 0, true));
    assertThat(zone.lookup(name("glue.insecure")).orElseThrow().rows())
        .containsExactly(new AnswerRow(name("glue.insecure"), "", "", 0, false));
    assertThat(zone.lookup(name("nothing"))).isEmpty();
    assertThat(zone.lookup(name("MAIL")).orElseThrow().rows().get(0).owner().toString())
        .isEqualTo("mail.example.com.");
  }

  @Test
  void neighboursWrapAroundAndLeaveOutGlueAndEmptyNonTerminals() throws Exception {
    LoadedZone zone = signed(ORIGIN, rows(ZONE), Clock.systemUTC());
    assertThat(zone.nsecNeighbours(name("zzz")).orElseThrow().after()).isEqualTo(ORIGIN);
    assertThat(zone.nsecNeighbours(name("below.ns.insecure")).orElseThrow())
        .isEqualTo(new Zone.Neighbours(name("insecure"), name("mail")));
    assertThat(zone.nsecNeighbours(name("empty")).orElseThrow().before()).isEqualTo(name("alias"));
  }

  /** Whoever inserts a SOA into a zone that is to come from its primaries makes it worse. */
  @Test
  void aSecondaryThatWasNotTransferredYetIsNotCalledAMistakeOfItsRecords() {
    ZoneHeader copy =
        new ZoneHeader(
            1,
            ORIGIN,
            ZoneHeader.Kind.SLAVE,
            List.of("192.0.2.1"),
            0,
            Optional.empty(),
            Optional.empty(),
            "");
    ZoneData empty =
        new ZoneData(copy, List.of(), Map.of(), List.of(), Optional.empty(), List.of());
    assertThat(new LoadedZone(empty, Clock.systemUTC()).problems())
        .singleElement()
        .extracting(RecordProblem::reason)
        .asString()
        .contains("PowerDNS has not transferred it")
        .doesNotContain("insert");
  }

  @Test
  void brokenRecordsAreLeftOutAndTheRestIsServed() throws Exception {
    List<RecordRow> rows = new ArrayList<>(rows(ZONE));
    rows.add(new RecordRow(0, name("bad"), "A", "192.0.2.300", 300, 0));
    rows.add(new RecordRow(0, name("alias"), "A", "192.0.2.1", 300, 0));
    rows.add(new RecordRow(0, Name.fromString("example.org."), "A", "192.0.2.1", 300, 0));
    rows.add(new RecordRow(0, name("mail"), "NOTYPE", "x", 300, 0));
    LoadedZone zone = signed(ORIGIN, rows, Clock.systemUTC());
    assertThat(zone.problems()).hasSize(4);
    assertThat(zone.lookup(name("bad"))).isEmpty();
    assertThat(zone.lookup(name("mail"))).isPresent();
  }

  @Test
  void everyHourHasAValidSignature() throws Exception {
    Instant start = Instant.now();
    MovedClock clock = new MovedClock(start);
    LoadedZone zone = signed(ORIGIN, rows(ZONE), clock);
    for (int hour = 0; hour < 34 * 24; hour++) {
      clock.now = start.plus(Duration.ofHours(hour));
      String now = FormattedTime.format(clock.now);
      assertThat(zone.lookup(ORIGIN).orElseThrow().rows())
          .filteredOn(row -> row.type().equals("RRSIG"))
          .isNotEmpty()
          .allSatisfy(
              row -> {
                String[] fields = row.content().split(" ");
                assertThat(fields[4]).isGreaterThan(now);
                assertThat(fields[5]).isLessThan(now);
              });
    }
  }

  /** PowerDNS would answer SERVFAIL for the name. */
  @Test
  void theFormForUnknownTypesIsForUnknownTypes() throws Exception {
    List<RecordRow> rows =
        List.of(
            new RecordRow(1, ORIGIN, "SOA", "ns.example.com h.example.com 1 2 3 4 5", 300, 0),
            new RecordRow(2, name("a"), "A", "\\# 4 c0000201", 300, 0),
            new RecordRow(3, name("b"), "TYPE65280", "\\# 2 abcd", 300, 0),
            new RecordRow(4, name("c"), "EUI48", "00-00-5e-00-53-2a", 300, 0),
            new RecordRow(5, name("d"), "AMTRELAY", "10 0 0 .", 300, 0));
    LoadedZone zone =
        new LoadedZone(SignedZones.zone(ORIGIN, rows, Optional.empty()), Clock.systemUTC());
    assertThat(zone.lookup(name("a"))).isEmpty();
    assertThat(zone.lookup(name("b"))).isPresent();
    assertThat(zone.lookup(name("c"))).isPresent();
    assertThat(zone.lookup(name("d"))).isEmpty();
    assertThat(zone.problems())
        .extracting(problem -> problem.reason())
        .anyMatch(reason -> reason.contains("does not read for A"))
        .anyMatch(reason -> reason.contains("TYPE260"))
        .hasSize(2);
  }

  @Test
  void includesAreRefused(@TempDir Path folder) throws Exception {
    Path secret = Files.writeString(folder.resolve("secret"), "a 60 IN TXT \"read\"\n");
    assertThatThrownBy(() -> rows("b 60 IN A 192.0.2.1\n$INCLUDE " + secret + "\n"))
        .isInstanceOf(java.io.IOException.class)
        .hasMessageContaining("INCLUDE")
        .hasMessageContaining("named-compilezone");
  }

  @Test
  void namesInContentHaveNoTrailingDotWhateverTheType() throws Exception {
    String text =
        """
        a 60 IN NAPTR 1 2 "S" "SIP+D2T." "" sip.example.net.
        a 60 IN AFSDB 1 afs.example.net.
        a 60 IN HTTPS 1 svc.example.net. alpn=h2
        a 60 IN HTTPS 2 . alpn=h3
        a 60 IN RP mail.example.net. .
        a 60 IN CAA 0 issue "ca.example.net."
        a 60 IN TXT "ends with a dot. " "."
        b 60 IN PTR a\\..example.net.
        """;
    assertThat(rows(text))
        .extracting(RecordRow::content)
        .containsExactlyInAnyOrder(
            "1 2 \"S\" \"SIP+D2T.\" \"\" sip.example.net",
            "1 afs.example.net",
            "1 svc.example.net alpn=h2",
            "2 . alpn=h3",
            "mail.example.net .",
            "0 issue \"ca.example.net.\"",
            "\"ends with a dot. \" \".\"",
            "a\\..example.net");
    assertThat(MasterFile.withoutTrailingDots("a\\.")).isEqualTo("a\\.");
    assertThat(MasterFile.withoutTrailingDots("a\\..")).isEqualTo("a\\.");
  }
}
