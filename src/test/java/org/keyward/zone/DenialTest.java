package org.keyward.zone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.clock.MovedClock;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.dnssec.Nsec3Parameters;
import org.xbill.DNS.Name;

/** NSEC and NSEC3 chains of zones that Keyward signs. */
@Tag("once")
class DenialTest {
  private static final Name ORIGIN = Name.fromConstantString("example.com.");
  private static final String ZONE =
      """
      @ 3600 IN SOA ns hostmaster 1 7200 3600 1209600 300
      @ 3600 IN NS ns
      ns 300 IN A 192.0.2.1
      *.wild 300 IN TXT "anything"
      a.b.empty 300 IN A 192.0.2.2
      secure 300 IN NS ns.secure
      secure 300 IN DS 1 13 2 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
      ns.secure 300 IN A 192.0.2.3
      insecure 300 IN NS ns.insecure
      ns.insecure 300 IN A 192.0.2.4
      x.only.insecure-below 300 IN NS ns.example.net.
      other 300 IN DNAME example.net.
      hidden.other 300 IN A 192.0.2.5
      *.deep.other 300 IN A 192.0.2.5
      alias 300 IN CNAME ns
      space\\032name 300 IN TXT "escaped"
      """;
  private static Clock now;

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
    now = Clock.fixed(Instant.now(), ZoneOffset.UTC);
  }

  private static List<RecordRow> rows(String text) throws IOException {
    return MasterFile.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), ORIGIN);
  }

  private static ZoneData data(Name origin, List<RecordRow> rows, String nsec3param) {
    return SignedZones.with(
        SignedZones.zone(
            origin, rows, Optional.of(SignedZones.signing(origin, now, 5, Algorithm.ED25519))),
        nsec3param.isEmpty() ? Map.of() : Map.of("NSEC3PARAM", List.of(nsec3param)));
  }

  private static Name name(String relative) throws IOException {
    return Name.fromString(relative, ORIGIN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1 0 0 -", "1 1 0 -", "1 0 5 abcd", "1 1 1 -"})
  void aSmallZoneVerifies(String nsec3param, @TempDir Path dir) throws Exception {
    ZoneVerifiers.verify(new LoadedZone(data(ORIGIN, rows(ZONE), nsec3param), now), dir);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1 0 0 -", "1 1 0 -"})
  void theRootZoneVerifies(String nsec3param, @TempDir Path dir) throws Exception {
    try (InputStream in = getClass().getResourceAsStream("/demo/root-2020-11-27.zone")) {
      ZoneVerifiers.verify(
          new LoadedZone(data(Name.root, MasterFile.read(in, Name.root), nsec3param), now), dir);
    }
  }

  @Test
  void optOutLeavesOutInsecureDelegationsAlone() throws Exception {
    LoadedZone zone = new LoadedZone(data(ORIGIN, rows(ZONE), "1 1 0 -"), now);
    assertThat(isInChain(zone, "insecure")).isFalse();
    assertThat(isInChain(zone, "x.only.insecure-below")).isFalse();
    assertThat(isInChain(zone, "only.insecure-below")).as("an empty non-terminal").isTrue();
    assertThat(isInChain(zone, "insecure-below")).as("an empty non-terminal").isTrue();
    assertThat(isInChain(zone, "secure")).isTrue();
    assertThat(isInChain(zone, "b.empty")).isTrue();
    LoadedZone full = new LoadedZone(data(ORIGIN, rows(ZONE), "1 0 0 -"), now);
    assertThat(isInChain(full, "only.insecure-below")).isTrue();
    assertThat(isInChain(full, "insecure")).isTrue();
    assertThat(isInChain(full, "ns.insecure")).isFalse();
  }

  private static boolean isInChain(LoadedZone zone, String relative) throws IOException {
    String hash = Nsec3Parameters.DEFAULT.hash(name(relative));
    boolean neighbour =
        zone.nsec3Neighbours(hash, Optional.empty()).orElseThrow().before().equals(hash);
    assertThat(zone.lookup(name(hash)).isPresent()).isEqualTo(neighbour);
    return neighbour;
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1 0 0 -"})
  void whatIsBelowADnameIsNotThere(String nsec3param) throws Exception {
    LoadedZone zone = new LoadedZone(data(ORIGIN, rows(ZONE), nsec3param), now);
    assertThat(zone.lookup(name("hidden.other"))).isEmpty();
    assertThat(zone.lookup(name("deep.other"))).isEmpty();
    assertThat(zone.list()).noneMatch(row -> row.owner().toString().contains("hidden"));
    assertThat(zone.problems())
        .hasSize(2)
        .allMatch(problem -> problem.reason().contains("DNAME of other.example.com"));
    assertThat(zone.nsecNeighbours(name("other")).orElseThrow().after()).isEqualTo(name("secure"));
    zone = zone.with(Set.of(name("other")), List.of());
    assertThat(zone.problems()).isEmpty();
    assertThat(zone.lookup(name("hidden.other"))).isPresent();
    assertThat(zone.lookup(name("deep.other"))).isPresent();
  }

  /** With a deterministic algorithm the whole zone must be the same, signatures included. */
  @ParameterizedTest
  @ValueSource(strings = {"", "1 0 0 -", "1 1 0 -"})
  void aZoneChangedAtRandomIsLikeOneLoadedAnew(String nsec3param) throws Exception {
    Random random = new Random(7);
    ZoneData empty =
        data(ORIGIN, rows(ZONE.lines().limit(3).reduce("", (a, b) -> a + b + "\n")), nsec3param);
    List<RecordRow> rows = new ArrayList<>(empty.records());
    LoadedZone zone = new LoadedZone(empty, now);
    List<LoadedZone> formerZones = new ArrayList<>();
    List<List<String>> formerRows = new ArrayList<>();
    for (int change = 0; change < 400; change++) {
      Set<Name> touched = new HashSet<>();
      for (int i = random.nextInt(3); i >= 0; i--) {
        Name owner = randomName(random);
        touched.add(owner);
        rows.removeIf(row -> row.owner().equals(owner));
        rows.addAll(randomRows(random, owner));
      }
      if (random.nextInt(10) == 0) {
        touched.add(ORIGIN);
        rows.removeIf(row -> row.type().equals("SOA"));
        rows.add(
            new RecordRow(
                0,
                ORIGIN,
                "SOA",
                "ns.example.com h.example.com 1 1 1 1 " + random.nextInt(300),
                300,
                0));
      }
      zone =
          zone.with(touched, rows.stream().filter(row -> touched.contains(row.owner())).toList());
      LoadedZone anew =
          new LoadedZone(
              new ZoneData(
                  empty.header(), rows, empty.metadata(), List.of(), empty.signing(), List.of()),
              now);
      assertThat(listed(zone)).as("change %d", change).isEqualTo(listed(anew));
      if (change % 20 == 0) {
        formerZones.add(zone);
        formerRows.add(listed(anew));
      }
    }
    for (int i = 0; i < formerZones.size(); i++) {
      assertThat(listed(formerZones.get(i))).as("it never changes").isEqualTo(formerRows.get(i));
    }
  }

  private static List<String> listed(LoadedZone zone) {
    return zone.list().map(AnswerRow::toString).sorted().toList();
  }

  private static Name randomName(Random random) throws IOException {
    StringBuilder name = new StringBuilder();
    for (int labels = random.nextInt(4); labels >= 0; labels--) {
      name.append("abc*".charAt(random.nextInt(4))).append('.');
    }
    return name(name.substring(0, name.length() - 1));
  }

  private static List<RecordRow> randomRows(Random random, Name owner) {
    RecordRow ns = new RecordRow(0, owner, "NS", "ns.example.net", 60, 0);
    RecordRow ds = new RecordRow(0, owner, "DS", "1 13 2 " + "00".repeat(32), 60, 0);
    return switch (random.nextInt(7)) {
      case 0 -> List.of(ns);
      case 1 -> List.of(ns, ds);
      case 2 -> List.of(new RecordRow(0, owner, "DNAME", "example.net", 60, 0));
      case 3, 4 -> List.of(new RecordRow(0, owner, "A", "192.0.2." + random.nextInt(9), 60, 0));
      default -> List.of();
    };
  }

  @Test
  void aChangeOfParametersGoesByWayOfNsecAndServesWhatCachesMayStillAskFor() throws Exception {
    MovedClock clock = new MovedClock(now.instant());
    Instant start = clock.now;
    Duration overlap = Duration.ofMinutes(2);
    ZoneData salted = data(ORIGIN, rows(ZONE), "1 0 0 -");
    LoadedZone zone =
        new LoadedZone(
            SignedZones.with(
                salted,
                salted.metadata(),
                new DenialChange(Optional.of("1 0 1 ab"), Instant.EPOCH, overlap),
                new DenialChange(Optional.of("1 0 0 -"), start.plusSeconds(10), overlap)),
            clock);
    assertServes(zone, "1 0 1 ab", false, "1 0 1 ab");
    clock.now = start.plusSeconds(10);
    assertServes(zone, "", true, "1 0 1 ab");
    clock.now = start.plusSeconds(129);
    assertServes(zone, "", true, "1 0 1 ab");
    clock.now = start.plusSeconds(130);
    assertServes(zone, "1 0 0 -", true, "1 0 0 -");
    clock.now = start.plusSeconds(250);
    assertServes(zone, "1 0 0 -", false, "1 0 0 -");
  }

  /**
   * @param shown in the metadata
   * @param nsec whether NSEC records are signed
   * @param hashed parameters of the NSEC3 records that are signed
   */
  private static void assertServes(LoadedZone zone, String shown, boolean nsec, String hashed)
      throws Exception {
    assertThat(zone.metadata().getOrDefault("NSEC3PARAM", List.of()))
        .isEqualTo(shown.isEmpty() ? List.of() : List.of(shown));
    String hash = Nsec3Parameters.parse(hashed).hash(name("ns"));
    assertThat(covered(zone, "ns").contains("NSEC")).isEqualTo(nsec);
    assertThat(covered(zone, hash)).containsExactly("NSEC3");
    assertThat(covered(zone, "@")).contains("NSEC3PARAM");
    assertThat(zone.isHash(hash)).isTrue();
    assertThat(zone.isHash("ns")).isEqualTo(!nsec);
    assertThat(zone.nsec3Neighbours(hash, Optional.empty()).orElseThrow().before()).isEqualTo(hash);
    String form = shown.isEmpty() ? "NSEC" : "NSEC3";
    assertThat(
            zone.list()
                .filter(row -> row.type().equals("RRSIG"))
                .map(row -> row.content().split(" ")[0])
                .filter(type -> type.matches("NSEC3?")))
        .isNotEmpty()
        .containsOnly(form);
    if (shown.isEmpty()) {
      return;
    }
    Path dir = Files.createTempDirectory("keyward-denial");
    try {
      ZoneVerifiers.verify(zone, dir);
    } finally {
      Files.delete(dir.resolve("zone"));
      Files.delete(dir);
    }
  }

  private static List<String> covered(LoadedZone zone, String relative) throws IOException {
    return zone.lookup(name(relative)).orElseThrow().rows().stream()
        .filter(row -> row.type().equals("RRSIG"))
        .map(row -> row.content().split(" ")[0])
        .toList();
  }

  @Test
  void whatCannotBeServedIsNsecWithAProblem() throws Exception {
    for (String wrong : List.of("1 2 0 -", "2 0 0 -", "1 0 x -", "1 0 0 zz", "")) {
      ZoneData zone = data(ORIGIN, rows(ZONE), "");
      LoadedZone loaded =
          new LoadedZone(SignedZones.with(zone, Map.of("NSEC3PARAM", List.of(wrong))), now);
      assertThat(loaded.metadata()).doesNotContainKey("NSEC3PARAM");
      assertThat(loaded.problems())
          .filteredOn(problem -> problem.type().equals("NSEC3PARAM"))
          .singleElement()
          .satisfies(problem -> assertThat(problem.reason()).contains("NSEC instead"));
    }
    LoadedZone warned =
        new LoadedZone(
            SignedZones.with(
                data(ORIGIN, rows(ZONE), ""),
                Map.of("NSEC3PARAM", List.of("1 0 5 ab"), "NSEC3NARROW", List.of("1"))),
            now);
    assertThat(warned.metadata())
        .containsEntry("NSEC3PARAM", List.of("1 0 5 ab"))
        .doesNotContainKey("NSEC3NARROW");
    assertThat(warned.problems())
        .extracting(RecordProblem::type)
        .contains("NSEC3PARAM", "NSEC3NARROW");
  }
}
