package org.keyward.signing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.signing.FindingStore.AssignedKey;
import org.keyward.signing.FindingStore.ClockFact;
import org.keyward.signing.FindingStore.CopyFact;
import org.keyward.signing.FindingStore.EngineUse;
import org.keyward.signing.FindingStore.Facts;
import org.keyward.signing.FindingStore.LeftOut;
import org.keyward.signing.FindingStore.MoveFact;
import org.keyward.signing.FindingStore.ParentFact;
import org.keyward.signing.FindingStore.PowerDns;
import org.keyward.signing.FindingStore.ServerFact;
import org.keyward.signing.FindingStore.ShortRunway;
import org.keyward.signing.FindingStore.SignedZone;
import org.keyward.signing.FindingStore.TokenFact;
import org.keyward.signing.FindingStore.UnloadedZone;
import org.keyward.signing.FindingStore.UnsignableZone;
import org.keyward.signing.ParentVerdict.Word;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;

class FindingRulesTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private List<ClockFact> clocks = List.of();
  private List<MoveFact> moves = List.of();
  private List<CopyFact> copies = List.of();
  private List<String> heldBack = List.of();
  private List<FindingStore.UnnoticedFact> unnoticed = List.of();
  private List<SignedZone> lapsed = List.of();
  private TokenState.PinState pin = TokenState.PinState.OK;
  private Optional<String> fault = Optional.empty();
  private List<String> warnings = List.of();
  private final List<TokenKey> onToken = new ArrayList<>();
  private final List<AssignedKey> assigned = new ArrayList<>();
  private List<ShortRunway> runways = List.of();
  private List<UnloadedZone> unloaded = List.of();
  private List<ParentFact> parents = List.of();
  private List<FindingStore.RollFact> rolls = List.of();
  private boolean inventoried = true;
  private List<TokenFact> others = List.of();
  private List<EngineUse> ofPowerDns = List.of();
  private List<LeftOut> leftOut = List.of();
  private PowerDns powerDns =
      new PowerDns(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());
  private Optional<String> auditFault = Optional.empty();

  private static TokenKey key(String label, int number) {
    return new TokenKey(
        "t", "S1", label, "0" + number, Algorithm.ECDSAP256SHA256, new byte[] {(byte) number, 1});
  }

  private static TokenKey as(Algorithm algorithm, TokenKey key) {
    return new TokenKey("t", "S1", key.label(), key.ckaId(), algorithm, key.publicKey());
  }

  private static TokenKey rsa(int bits) {
    byte[] field = new byte[2 + bits / 8];
    field[0] = 1;
    field[1] = 3;
    field[2] = (byte) 0x80;
    return new TokenKey("t", "S1", "rsa", "06", Algorithm.RSASHA256, field);
  }

  private void use(TokenKey key, long zones) {
    assigned.add(new AssignedKey(key, 4711, zones, "example.com"));
  }

  private List<String> found() {
    return findings().stream()
        .map(f -> f.severity().word() + " " + f.kind().word() + " " + f.subject())
        .toList();
  }

  private List<Finding> findings() {
    TokenFact token =
        new TokenFact(
            "t", Optional.of("S1"), Optional.of("card"), fault, pin, warnings, 6, inventoried);
    Facts facts =
        new Facts(
            clocks,
            moves,
            unnoticed,
            copies,
            Stream.concat(Stream.of(token), others.stream()).toList(),
            new FindingStore.Keys(onToken, assigned, ofPowerDns),
            lapsed,
            runways,
            unloaded,
            leftOut,
            parents,
            rolls,
            powerDns,
            heldBack,
            auditFault);
    return FindingRules.apply(facts, Duration.ofDays(14), NOW);
  }

  /** All at once: each says what and what to do, and stands in the guide with that severity. */
  @Test
  void everyKindSaysWhatToDoAndIsInTheGuide() throws Exception {
    clocks = clock("signer", 6);
    moves = List.of(new MoveFact("one", NOW, "the database has gone back"));
    copies =
        List.of(new CopyFact("ns1", Optional.of("no room is left"), Optional.of("from 1 to 2")));
    lapsed = List.of(new SignedZone("l.example", "t"));
    rolls =
        List.of(
            new FindingStore.RollFact(Finding.Kind.CLOCK_JUMP, "", "from 1 to 2", NOW),
            new FindingStore.RollFact(
                Finding.Kind.ROLL_STUCK, "r.example", "its name servers", NOW),
            new FindingStore.RollFact(Finding.Kind.SERVERS_DIFFER, "r.example", "a has 1", NOW),
            new FindingStore.RollFact(Finding.Kind.DS_DUE, "r.example", "the DS of key 7", NOW),
            new FindingStore.RollFact(
                Finding.Kind.CDS_IGNORED, "r.example", "the DS of key 7", NOW),
            new FindingStore.RollFact(
                Finding.Kind.DS_REVERTED, "r.example", "the DS of key 7", NOW),
            new FindingStore.RollFact(
                Finding.Kind.ROLL_WAITS_FOR_PARENT, "r.example", "ns.p (lame)", NOW),
            new FindingStore.RollFact(
                Finding.Kind.KEY_LIFETIME_OVER, "r.example", "KSK is not replaced", NOW),
            new FindingStore.RollFact(
                Finding.Kind.POLICY_UNSAFE, "default", "zsk-lifetime must be 99d", NOW),
            new FindingStore.RollFact(Finding.Kind.SET_HELD, "r.example", "ZSK 7", NOW),
            new FindingStore.RollFact(
                Finding.Kind.DS_DUE, "s.example", "the DS of key 7", NOW, Optional.of("example")));
    heldBack = List.of("h.example");
    unnoticed = List.of(new FindingStore.UnnoticedFact("u.example", NOW, "www", "why"));
    others =
        List.of(
            new TokenFact(
                "u",
                Optional.empty(),
                Optional.empty(),
                Optional.of("not plugged in"),
                TokenState.PinState.UNKNOWN,
                List.of(),
                0,
                false));
    warnings = List.of("token t has the Nitrokey's factory PIN; change it");
    pin = TokenState.PinState.COUNT_LOW;
    onToken.add(key("changed", 9));
    onToken.add(key("twice", 3));
    onToken.add(key("twice", 4));
    use(key("changed", 2), 1);
    use(key("gone", 5), 3);
    use(rsa(1024), 1);
    runways = List.of(new ShortRunway("z", "t", NOW.plus(Duration.ofDays(3))));
    onToken.add(key("pdns", 7));
    ofPowerDns = List.of(new EngineUse("card", "pdns", 2, "p.example"));
    auditFault = Optional.of("row 7 was changed");
    leftOut = List.of(new LeftOut("left.example", 2, "www.left.example A", "is no address", true));
    powerDns =
        new PowerDns(
            List.of(new ServerFact("one at :1", Duration.ofSeconds(61), Duration.ofMinutes(1))),
            List.of(new FindingStore.LargeZone("big.example", 1001, "one", LargestZone.UNIX)),
            List.of(new FindingStore.InvalidSets("i.example", 2, "a.i.example A: …", "one")),
            List.of(new UnsignableZone("u.example", "none of its 2 keys is active")),
            List.of(
                new UnsignableZone("o.example", "has keys of PowerDNS as well: 7 in cryptokeys")),
            List.of(new UnsignableZone("h.example", "there is no key 'x' on token t")));
    unloaded = List.of(new UnloadedZone("renamed.example", "zone renamed.example. is not served"));
    parents =
        Stream.of(Word.values())
            .filter(word -> word != Word.FITS)
            .map(word -> new ParentFact(word.name(), new ParentVerdict(word, "tag 4711")))
            .toList();
    assertThat(findings()).extracting(Finding::kind).contains(Finding.Kind.values());
    List<String> guide =
        Files.readAllLines(Path.of("docs/operations.md")).stream()
            .filter(line -> line.startsWith("| `"))
            .toList();
    for (Finding finding : findings()) {
      assertThat(finding.message()).isNotBlank().doesNotContain("\n");
      assertThat(finding.todo()).isNotBlank().isNotEqualTo(finding.message());
      assertThat(guide)
          .filteredOn(line -> line.contains("`" + finding.kind().word() + "`"))
          .singleElement()
          .asString()
          .contains(finding.severity().word());
    }
  }

  @Test
  void whenAllIsWellNothingIsFound() {
    onToken.add(key("a", 1));
    use(key("a", 1), 1);
    assertThat(found()).isEmpty();
  }

  @Test
  void keysAndAssignmentsAreCompared() {
    onToken.add(key("a", 1));
    onToken.add(key("changed", 9));
    onToken.add(key("twice", 3));
    onToken.add(key("twice", 4));
    use(key("a", 1), 20);
    use(key("changed", 2), 1);
    use(key("gone", 5), 3);
    use(key("twice", 3), 1);
    use(key("twice", 4), 1);
    assertThat(found())
        .containsExactlyInAnyOrder(
            "info key-shared S1/a",
            "info key-shared S1/gone",
            "critical key-changed S1/changed",
            "info key-unused S1/changed 09",
            "critical key-missing S1/gone",
            "warning label-twice S1/twice");
  }

  @Test
  void aTokenThatWasNeverReadHasLostNothing() {
    inventoried = false;
    use(key("a", 1), 1);
    assertThat(found()).isEmpty();
  }

  @Test
  void tokensAndTheirPinsAreLookedAt() {
    fault = Optional.of("not plugged in");
    warnings = List.of("token t has the Nitrokey's factory PIN; change it");
    onToken.add(rsa(2048));
    use(as(Algorithm.RSASHA512, rsa(2048)), 1);
    assertThat(found())
        .containsExactlyInAnyOrder(
            "warning token-unreachable t", "critical factory-pin t", "info rsa-on-slow-token t");
    fault = Optional.empty();
    pin = TokenState.PinState.COUNT_LOW;
    assertThat(found()).contains("warning pin t");
    // What keeps the token from being used is said once.
    fault = Optional.of("token t has had a wrong PIN, maybe the configured one");
    assertThat(found())
        .containsExactlyInAnyOrder(
            "critical pin t", "critical factory-pin t", "info rsa-on-slow-token t");
    pin = TokenState.PinState.WRONG;
    assertThat(found()).contains("critical pin t").doesNotContain("warning token-unreachable t");
  }

  private static List<ClockFact> clock(String role, long ahead) {
    return List.of(new ClockFact(role, "host", Duration.ofSeconds(ahead)));
  }

  @Test
  void clocksThatDifferAreFound() {
    clocks = clock("signer", -5);
    assertThat(found()).isEmpty();
    clocks = clock("signer", 6);
    assertThat(found()).containsExactly("warning clock-off signer host");
    clocks = clock("server", -61);
    assertThat(found()).containsExactly("critical clock-off server host");
    assertThat(findings().get(0).message())
        .isEqualTo(
            "the clock of server host is 61 s behind the database's; it may serve signatures"
                + " that are not valid");
  }

  @Test
  void aZoneWithoutAValidSignatureIsCritical() {
    lapsed = List.of(new SignedZone("example.com", "t"));
    assertThat(found()).containsExactly("critical signature-lapsed example.com");
  }

  @Test
  void aCauseIsAsBadAsWhatComesOfIt() {
    fault = Optional.of("not plugged in");
    assertThat(found()).containsExactly("warning token-unreachable t");
    runways = List.of(new ShortRunway("z", "other", NOW.plus(Duration.ofDays(1))));
    assertThat(found()).contains("warning token-unreachable t");
    runways = List.of(new ShortRunway("z", "t", NOW.plus(Duration.ofDays(1))));
    assertThat(found())
        .containsExactlyInAnyOrder("critical token-unreachable t", "critical runway-short z");
    runways = List.of();
    lapsed = List.of(new SignedZone("l.example", "t"));
    assertThat(found()).contains("critical token-unreachable t");
  }

  @Test
  void aKeyThatPowerDnsUsesIsNotUnused() {
    onToken.add(key("pdns", 1));
    ofPowerDns = List.of(new EngineUse("card", "pdns", 1, "example.com"));
    assertThat(found()).containsExactly("info key-of-powerdns S1/pdns 01");
    // Nobody knows which token is meant: rather this one than none.
    ofPowerDns = List.of(new EngineUse("elsewhere", "pdns", 1, "example.com"));
    assertThat(found()).containsExactly("info key-of-powerdns S1/pdns 01");
    ofPowerDns = List.of(new EngineUse("card", "other", 1, "example.com"));
    assertThat(found()).containsExactly("info key-unused S1/pdns 01");
  }

  @Test
  void aPowerDnsThatAsksNowAndThenIsNotSilent() {
    powerDns =
        new PowerDns(
            List.of(
                new ServerFact("busy", Duration.ofSeconds(3), Duration.ofMinutes(1)),
                new ServerFact("many zones", Duration.ofSeconds(90), Duration.ofMinutes(2)),
                new ServerFact("alone", Duration.ofSeconds(90), Duration.ofMinutes(1))),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of());
    assertThat(found()).containsExactly("warning powerdns-silent server alone");
  }

  @Test
  void aHundredZonesAreNamedAndTheRestIsOne() {
    runways =
        IntStream.range(0, Findings.NAMED + 1)
            .mapToObj(
                n -> new ShortRunway("z" + n, "t", NOW.plus(Duration.ofDays(n == 0 ? 3 : 13))))
            .toList();
    assertThat(found())
        .hasSize(Findings.NAMED + 1)
        .startsWith("critical runway-short z0", "warning runway-short z1")
        .endsWith("critical runway-short (more)");
  }

  @Test
  void everyVerdictOnAParentIsAFinding() {
    parents =
        List.of(Word.MISSING, Word.ORPHANED, Word.BOGUS, Word.WRONG_DIGEST, Word.SERVED_OTHERWISE)
            .stream()
            .map(word -> new ParentFact(word.name(), new ParentVerdict(word, "")))
            .toList();
    assertThat(found())
        .containsExactlyInAnyOrder(
            "warning ds-missing MISSING",
            "warning ds-orphaned ORPHANED",
            "critical ds-orphaned BOGUS",
            "critical ds-wrong-digest WRONG_DIGEST",
            "critical served-otherwise SERVED_OTHERWISE");
  }

  private static DNSKEYRecord ksk() {
    return SoftwareKeys.generate(ZONE, Algorithm.ECDSAP256SHA256, SoftwareKeys.KSK_FLAGS).dnskey();
  }

  private static DSRecord ds(DNSKEYRecord key) {
    return new DSRecord(ZONE, DClass.IN, 60, DNSSEC.Digest.SHA256, key);
  }

  private static Word verdict(List<DSRecord> ds, DNSKEYRecord... keys) {
    return ParentVerdict.of(ds, List.of(keys), Optional.empty()).word();
  }

  @Test
  void aParentIsComparedWithTheKeys() {
    DNSKEYRecord ours = ksk();
    DNSKEYRecord other = ksk();
    byte[] digest = ds(ours).getDigest();
    digest[0] ^= 1;
    DSRecord wrong =
        new DSRecord(
            ZONE,
            DClass.IN,
            60,
            ours.getFootprint(),
            ours.getAlgorithm(),
            DNSSEC.Digest.SHA256,
            digest);
    assertThat(verdict(List.of(), ours)).isEqualTo(Word.MISSING);
    assertThat(verdict(List.of())).isEqualTo(Word.FITS);
    assertThat(verdict(List.of(ds(ours)), ours)).isEqualTo(Word.FITS);
    assertThat(verdict(List.of(ds(ours), ds(other)), ours)).isEqualTo(Word.ORPHANED);
    assertThat(verdict(List.of(ds(other)), ours)).isEqualTo(Word.BOGUS);
    assertThat(verdict(List.of(ds(ours)))).isEqualTo(Word.BOGUS);
    assertThat(verdict(List.of(wrong, ds(ours)), ours)).isEqualTo(Word.WRONG_DIGEST);
    assertThat(
            ParentVerdict.of(List.of(ds(ours)), List.of(ours), Optional.of(List.of(other))).word())
        .isEqualTo(Word.SERVED_OTHERWISE);
    assertThat(
            ParentVerdict.of(List.of(ds(ours)), List.of(ours), Optional.of(List.of(other, ours)))
                .word())
        .isEqualTo(Word.FITS);
  }

  @Test
  void aDigestThatNobodyCanMakeIsNeitherRightNorWrong() {
    DNSKEYRecord ours = ksk();
    DSRecord unknown =
        new DSRecord(
            ZONE, DClass.IN, 60, ours.getFootprint(), ours.getAlgorithm(), 99, new byte[32]);
    assertThat(verdict(List.of(ds(ours), unknown), ours)).isEqualTo(Word.FITS);
    assertThat(verdict(List.of(unknown), ours)).isEqualTo(Word.MISSING);
  }

  @Test
  void theGravestOfWhatServersShowCountsAndTellsWhere() {
    DNSKEYRecord ours = ksk();
    ParentAnswers answers =
        new ParentAnswers(
            Optional.of(Name.root),
            List.of(
                ParentAnswer.of("a", "192.0.2.1", List.of(ds(ours)), Optional.empty()),
                ParentAnswer.of("a", "192.0.2.2", List.of(), Optional.empty()),
                ParentAnswer.of("b", "192.0.2.3", List.of(ds(ksk())), Optional.empty()),
                ParentAnswer.silent("c", "192.0.2.4", ParentAnswer.Kind.LAME, "REFUSED")));
    ParentVerdict verdict = ParentVerdict.of(answers, List.of(ours), Optional.empty());
    assertThat(verdict.word()).isEqualTo(Word.BOGUS);
    assertThat(verdict.detail()).matches("DS with tag \\d+ at b \\(192.0.2.3\\)");
    assertThat(answers.all())
        .extracting(one -> one.shows(List.of(ours)))
        .containsExactly("MATCH", "none", "differs", "lame");
  }
}
