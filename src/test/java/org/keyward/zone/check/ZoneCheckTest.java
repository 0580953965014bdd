package org.keyward.zone.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.zone.CryptoKey;
import org.keyward.zone.KeyContent;
import org.keyward.zone.RecordRow;
import org.keyward.zone.SigningMode;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneHeader;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;

class ZoneCheckTest {
  private static final String PAGE = page();
  private static final Name ORIGIN = Name.fromConstantString("example.com.");
  private static final List<String> SOUND =
      List.of(
          "@ 3600 SOA ns1.example.com hostmaster.example.com 1 10800 3600 1209600 3600",
          "@ 3600 NS ns1.example.com",
          "@ 3600 NS ns2.example.net",
          "@ 3600 CAA 0 issue \"ca.example.net\"",
          "@ 3600 MX 10 mail.example.com",
          "@ 3600 TXT \"v=spf1 mx -all\"",
          "_dmarc 3600 TXT \"v=DMARC1; p=reject\"",
          "key._domainkey 3600 TXT \"v=DKIM1; p=abc\"",
          "ns1 3600 A 192.0.2.1",
          "mail 3600 A 192.0.2.2",
          "www 3600 CNAME mail.example.com",
          "shop 3600 ALIAS shops.example.net",
          "*.wild 3600 A 192.0.2.9",
          "to-wild 3600 CNAME a.wild.example.com",
          "_sip._tcp 3600 SRV 10 5 5060 mail.example.com",
          "_443._tcp.mail 3600 TLSA 3 1 1 "
              + "0000000000000000000000000000000000000000000000000000000000000000",
          "@ 3600 HTTPS 1 . alpn=h2",
          "@ 3600 A 192.0.2.3",
          "sub 3600 NS ns.sub.example.com",
          "sub 3600 NS ns2.example.net",
          "sub 3600 DS 1 13 2 "
              + "0000000000000000000000000000000000000000000000000000000000000000",
          "ns.sub 3600 A 192.0.2.4");

  private static String page() {
    try {
      return Files.readString(Path.of("docs/zone-check.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RecordRow row(String line) {
    String[] parts = line.split(" ", 4);
    Name owner = parts[0].equals("@") ? ORIGIN : Name.fromConstantString(parts[0] + "." + ORIGIN);
    return RecordRow.of(owner, parts[2], parts[3], Long.parseLong(parts[1]));
  }

  private static ZoneData data(
      List<String> lines, Map<String, List<String>> metadata, List<CryptoKey> keys) {
    return data(lines, metadata, keys, ZoneHeader.Kind.NATIVE, List.of());
  }

  private static ZoneData data(
      List<String> lines,
      Map<String, List<String>> metadata,
      List<CryptoKey> keys,
      ZoneHeader.Kind kind,
      List<String> primaries) {
    return new ZoneData(
        new ZoneHeader(1, ORIGIN, kind, primaries, 1, Optional.empty(), Optional.empty(), ""),
        lines.stream().map(ZoneCheckTest::row).toList(),
        metadata,
        keys,
        Optional.empty(),
        List.of());
  }

  /** Every rule that a test here finds is on the page. */
  private static List<String> found(ZoneFacts facts) {
    ZoneCheck.run(facts).forEach(finding -> assertThat(PAGE).contains("`" + finding.rule() + "`"));
    return ZoneCheck.run(facts).stream()
        .map(finding -> finding.severity() + " " + finding.rule())
        .distinct()
        .toList();
  }

  private static List<String> found(ZoneData data) {
    return found(new ZoneFacts(data, List.of(), List.of(), Optional.empty(), Optional.empty()));
  }

  @Test
  void aSoundZoneHasNoFindings() {
    assertThat(found(data(SOUND, Map.of(), List.of()))).isEmpty();
  }

  /** The first field takes a line of the sound zone away; the others add lines to it. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "ERROR ns-missing, INFO soa-primary | @ 3600 NS |",
        "WARNING ns-single | @ 3600 NS ns2 |",
        "ERROR ns-no-address | ns1 3600 A |",
        "ERROR ns-alias | | @ 3600 NS www.example.com",
        "WARNING ns-wildcard | | *.any 3600 NS ns2.example.net",
        "ERROR glue-missing | ns.sub 3600 A |",
        "WARNING glue-missing | | other 3600 NS x.sub.example.com",
        "INFO soa-primary | @ 3600 SOA | @ 3600 SOA ns9.example.net h.example.com 1 10800 3600 1209600 3600",
        "WARNING soa-hostmaster | @ 3600 SOA | @ 3600 SOA ns1.example.com h@x.example.com 1 10800 3600 1209600 3600",
        "WARNING soa-values | @ 3600 SOA | @ 3600 SOA ns1.example.com h.example.com 0 10800 3600 1209600 3600",
        "WARNING soa-values | @ 3600 SOA | @ 3600 SOA ns1.example.com h.example.com 1 60 3600 1209600 3600",
        "WARNING soa-values | @ 3600 SOA | @ 3600 SOA ns1.example.com h.example.com 1 10800 3600 3600 3600",
        "WARNING soa-values | @ 3600 SOA | @ 3600 SOA ns1.example.com h.example.com 1 10800 3600 1209600 999999",
        "ERROR ttl-mismatch | | mail 60 A 192.0.2.5",
        "ERROR duplicate | | mail 3600 A 192.0.2.2",
        "WARNING below-delegation | | x.sub 3600 TXT \"lost\"",
        "WARNING below-delegation | | sub 3600 MX 10 mail.example.net",
        "WARNING below-dname | | tree 3600 DNAME example.net~a.tree 3600 A 192.0.2.7",
        "WARNING ds-at-apex | | @ 3600 DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000",
        "WARNING ds-without-ns | | nothing 3600 DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000",
        "WARNING target-alias | | two 3600 MX 10 www.example.com",
        "WARNING target-alias | | _x._tcp 3600 SRV 10 5 80 www.example.com",
        "WARNING target-no-address | | two 3600 MX 10 nobody.example.com",
        "ERROR target-address | | two 3600 MX 10 192.0.2.2",
        "ERROR null-mx | | @ 3600 MX 0 .",
        "ERROR alias-loop | | l1 3600 CNAME l2.example.com~l2 3600 CNAME l1.example.com",
        "WARNING alias-dangling | | l1 3600 CNAME nobody.example.com",
        "WARNING underscore-host | | _host 3600 A 192.0.2.5",
        "INFO no-hostname | | ho\\047st 3600 A 192.0.2.5",
        "WARNING target-no-hostname | | two 3600 MX 10 bad_name.example.net",
        "WARNING zone-twice | | www.example.com 3600 A 192.0.2.5",
        "WARNING alias-dangling, WARNING zone-twice | | v 3600 CNAME mail.example.com.example.com",
        "WARNING content-form | | v 3600 AAAA ::ffff:192.0.2.5",
        "WARNING international-name | | v 3600 CNAME b\\195\\188cher.example",
        "WARNING international-name | | v 3600 SVCB 1 bücher.example",
        "WARNING underscore-missing | | sip.tcp 3600 SRV 10 5 5060 mail.example.com",
        "ERROR underscore-missing | | mail 3600 TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000000",
        "WARNING underscore-missing | | dmarc 3600 TXT \"v=DMARC1; p=none\"",
        "WARNING underscore-missing | | sel 3600 TXT \"v=DKIM1; p=none\"",
        "ERROR spf-twice | | @ 3600 TXT \"v=spf1 -all\"",
        "WARNING spf-type | | @ 3600 SPF \"v=spf1 -all\"",
        "ERROR dmarc-twice | | _dmarc 3600 TXT \"v=DMARC1; p=none\"",
        "INFO caa-absent | @ 3600 CAA |",
        "WARNING tlsa-no-host | | _443._tcp.none 3600 TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000000",
        "ERROR svcb-itself | | v 3600 HTTPS 1 v.example.com alpn=h2",
        "WARNING svcb-aliases | | v 3600 HTTPS 0 mail.example.com~v 3600 HTTPS 0 ns1.example.com",
        "WARNING svcb-alias-chain | | v 3600 HTTPS 0 w.example.com~w 3600 HTTPS 0 mail.example.com",
        "ERROR svcb-no-target | | v 3600 HTTPS 0 nobody.example.com",
        "WARNING dnskey-row | | @ 3600 DNSKEY 257 3 13 AAAA",
        "WARNING dnskey-not-at-apex | | v 3600 DNSKEY 257 3 13 AAAA"
      })
  void aFaultIsFound(String expected, String without, String with) {
    List<String> lines = new ArrayList<>(SOUND);
    if (without != null) {
      lines.removeIf(line -> line.startsWith(without));
    }
    if (with != null) {
      lines.addAll(List.of(with.split("~")));
    }
    assertThat(found(data(lines, Map.of(), List.of())))
        .containsExactlyInAnyOrder(expected.split(", "));
  }

  @Test
  void contentsThatAreNotInPowerDnsForm() {
    List<RecordRow> rows = new ArrayList<>(SOUND.stream().map(ZoneCheckTest::row).toList());
    rows.add(
        new RecordRow(
            0, Name.fromConstantString("v.example.com."), "CNAME", "mail.example.com.", 60, 0));
    ZoneData sound = data(SOUND, Map.of(), List.of());
    ZoneData data =
        new ZoneData(sound.header(), rows, Map.of(), List.of(), Optional.empty(), List.of());
    assertThat(found(data)).containsExactly("WARNING content-form");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "WARNING nsec3-iterations | 1 0 10 -",
        "WARNING nsec3-salt | 1 0 0 ab",
        "WARNING opt-out-wildcard | 1 1 0 -",
        "ERROR nsec3-param | nonsense"
      })
  void nsec3(String expected, String parameters) {
    assertThat(found(data(SOUND, Map.of("NSEC3PARAM", List.of(parameters)), List.of(key("13")))))
        .containsExactly(expected);
  }

  private static CryptoKey key(String algorithm) {
    return new CryptoKey(
        1,
        257,
        true,
        true,
        KeyContent.of(
            "Private-key-format: v1.2\nAlgorithm: " + algorithm + " (X)\nPrivateKey: AAAA\n"));
  }

  @Test
  void keysAndMetadata() {
    assertThat(
            found(
                data(
                    SOUND,
                    Map.of(),
                    List.of(new CryptoKey(1, 257, true, true, KeyContent.of("x"))))))
        .containsExactly("ERROR key-invalid");
    assertThat(found(data(SOUND, Map.of("NSEC3PARAM", List.of("1 0 0 -")), List.of(key("5")))))
        .containsExactly("ERROR nsec3-algorithm");
    assertThat(found(data(SOUND, Map.of("ALSO-NOTIFY", List.of("a", "b", "a")), List.of())))
        .containsExactly("ERROR metadata-twice");
  }

  @ParameterizedTest
  @CsvSource({"192.0.2.1,true", "192.0.2.1:5300,true", "2001:db8::1,true", "ns1.example.net,false"})
  void primariesAreAddresses(String primary, boolean fine) {
    assertThat(found(data(SOUND, Map.of(), List.of(), ZoneHeader.Kind.SLAVE, List.of(primary))))
        .isEqualTo(fine ? List.of() : List.of("ERROR primary-no-address"));
    assertThat(found(data(SOUND, Map.of(), List.of(), ZoneHeader.Kind.SLAVE, List.of())))
        .containsExactly("ERROR no-primary");
  }

  private static List<String> below(List<DNSKEYRecord> keys, String... atParent) {
    List<RecordRow> rows =
        Stream.of(atParent).map(line -> line.split(" ", 2)).map(ZoneCheckTest::atOrigin).toList();
    ZoneFacts.Parent parent = new ZoneFacts.Parent(Name.fromConstantString("com."), rows);
    return found(
        new ZoneFacts(
            data(withoutAlias(), Map.of(), List.of()),
            List.of(),
            keys,
            Optional.empty(),
            Optional.of(parent)));
  }

  private static List<String> withoutAlias() {
    return SOUND.stream().filter(line -> !line.contains("ALIAS")).toList();
  }

  private static RecordRow atOrigin(String... typeAndContent) {
    return new RecordRow(0, ORIGIN, typeAndContent[0], typeAndContent[1], 3600, 0);
  }

  @Test
  void theParentHasADelegationThatFits() {
    String[] servers = {"NS ns1.example.com", "NS ns2.example.net"};
    DNSKEYRecord key =
        SoftwareKeys.generate(ORIGIN, Algorithm.ECDSAP256SHA256, SoftwareKeys.KSK_FLAGS).dnskey();
    String ds =
        "DS " + new DSRecord(ORIGIN, DClass.IN, 0, DNSSEC.Digest.SHA256, key).rdataToString();
    String other = "DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000";
    assertThat(below(List.of(), servers)).isEmpty();
    assertThat(below(List.of())).containsExactly("ERROR no-delegation");
    assertThat(below(List.of(), "NS ns1.example.com", "NS ns3.example.net"))
        .containsExactly("WARNING delegation-differs");
    assertThat(below(List.of(key), servers[0], servers[1], other, ds)).isEmpty();
    assertThat(below(List.of(key), servers[0], servers[1], other))
        .containsExactly("ERROR ds-orphaned");
    assertThat(below(List.of(), servers[0], servers[1], other))
        .containsExactly("ERROR ds-unsigned");
  }

  @Test
  void whatKeywardSignsHoldsNothingThatIsMadeWhileAnswering() {
    DNSKEYRecord key =
        SoftwareKeys.generate(ORIGIN, Algorithm.ECDSAP256SHA256, SoftwareKeys.KSK_FLAGS).dnskey();
    ZoneData data = data(SOUND, Map.of(), List.of());
    assertThat(found(signed(data, key, SigningMode.PRESIGNED)))
        .containsExactly("ERROR live-type-signed");
    assertThat(found(signed(data, key, SigningMode.SPLIT))).containsExactly("INFO split-ds");
    List<String> published = new java.util.ArrayList<>(SOUND);
    published.add("@ 3600 CDS 0 0 0 00");
    assertThat(found(signed(data(published, Map.of(), List.of()), key, SigningMode.SPLIT)))
        .containsExactly("ERROR split-cds", "INFO split-ds");
  }

  private static ZoneFacts signed(ZoneData data, DNSKEYRecord key, SigningMode mode) {
    return new ZoneFacts(data, List.of(), List.of(key), Optional.of(mode), Optional.empty());
  }
}
